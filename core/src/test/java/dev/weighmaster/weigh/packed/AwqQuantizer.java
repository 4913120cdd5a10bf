package dev.weighmaster.weigh.packed;

import static dev.weighmaster.weigh.packed.SourceWeights.round;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.packing.PackedWriter;
import dev.weighmaster.packing.Quantized;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A layer named as Llama's are, and what AWQ makes of it as AutoAWQ publishes: columns are scaled
 * and what precedes them is divided, weights are clipped and rounded. Which scales and clips are
 * the best is drawn, in the place of a calibration.
 */
final class AwqQuantizer {
  static final String LAYER = "model.layers.0.";
  static final List<String> MATRICES =
      List.of(
          "self_attn.q_proj",
          "self_attn.k_proj",
          "self_attn.v_proj",
          "self_attn.o_proj",
          "mlp.gate_proj",
          "mlp.up_proj",
          "mlp.down_proj");

  private static final int GROUP = 32;

  private final SafetensorsType type;
  private final Random random;
  private final Map<String, float[][]> weights = new LinkedHashMap<>();
  private final Map<String, float[]> norms = new LinkedHashMap<>();

  AwqQuantizer(int hidden, int inner, int keyed, SafetensorsType type, Random random) {
    this.type = type;
    this.random = random;
    put("self_attn.q_proj", hidden, hidden);
    put("self_attn.k_proj", keyed, hidden);
    put("self_attn.v_proj", keyed, hidden);
    put("self_attn.o_proj", hidden, hidden);
    put("mlp.gate_proj", inner, hidden);
    put("mlp.up_proj", inner, hidden);
    put("mlp.down_proj", hidden, inner);
    for (String norm : List.of("input_layernorm", "post_attention_layernorm")) {
      float[] values = new float[hidden];
      for (int i = 0; i < hidden; i++) {
        values[i] = round((float) (0.5 + random.nextDouble()), type);
      }
      norms.put(norm, values);
    }
  }

  private void put(String name, int rows, int columns) {
    weights.put(name, SourceWeights.random(rows, columns, type, random).rows());
  }

  /** The weights of a matrix, which may be changed. */
  float[][] weights(String name) {
    return weights.get(name);
  }

  /** The weights of a norm, which may be changed. */
  float[] norm(String name) {
    return norms.get(name);
  }

  PackedWriter source() {
    var writer = new PackedWriter();
    weights.forEach((name, rows) -> writer.floats(LAYER + name + ".weight", type, rows));
    norms.forEach((name, values) -> writer.vector(LAYER + name + ".weight", type, values));
    return writer;
  }

  /** Quantizes the layer, after which its weights are the scaled ones. */
  Map<String, Quantized> quantize() {
    divideNorm("input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj");
    if (weights("self_attn.v_proj").length == weights("self_attn.o_proj").length) {
      divideRows("self_attn.v_proj", "self_attn.o_proj");
    }
    divideNorm("post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj");
    divideRows("mlp.up_proj", "mlp.down_proj");
    Map<String, Quantized> quantized = new LinkedHashMap<>();
    for (String name : MATRICES) {
      boolean clips = !name.contains("q_") && !name.contains("k_");
      quantized.put(name, packed(weights(name), clips));
    }
    return quantized;
  }

  PackedWriter written(Map<String, Quantized> quantized) {
    var writer = new PackedWriter();
    quantized.forEach((name, matrix) -> writer.awqGemm(LAYER + name, matrix));
    norms.forEach(
        (name, values) ->
            writer.vector(LAYER + name + ".weight", SafetensorsType.F16, halves(values)));
    return writer;
  }

  private static float[] halves(float[] values) {
    float[] halves = new float[values.length];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = round(values[i], SafetensorsType.F16);
    }
    return halves;
  }

  /** About as activations make them, so that the greatest is the inverse of the least. */
  private float[] scales(int count) {
    double[] drawn =
        random.doubles(count).map(any -> Math.exp(0.35 * random.nextGaussian())).toArray();
    double middle =
        Math.sqrt(
            Arrays.stream(drawn).max().orElseThrow() * Arrays.stream(drawn).min().orElseThrow());
    float[] scales = new float[count];
    for (int i = 0; i < count; i++) {
      scales[i] = round((float) (drawn[i] / middle), type);
    }
    return scales;
  }

  private void divideNorm(String norm, String... readers) {
    float[] values = norms.get(norm);
    float[] scales = scales(values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = round(values[i] / scales[i], type);
    }
    for (String reader : readers) {
      scaleColumns(reader, scales);
    }
  }

  private void divideRows(String before, String reader) {
    float[][] rows = weights(before);
    float[] scales = scales(rows.length);
    for (int row = 0; row < rows.length; row++) {
      for (int i = 0; i < rows[row].length; i++) {
        rows[row][i] = round(rows[row][i] / scales[row], type);
      }
    }
    scaleColumns(reader, scales);
  }

  private void scaleColumns(String name, float[] scales) {
    for (float[] row : weights(name)) {
      for (int i = 0; i < row.length; i++) {
        row[i] = round(row[i] * scales[i], type);
      }
    }
  }

  private Quantized packed(float[][] rows, boolean clips) {
    int columns = rows[0].length;
    int[][] codes = new int[rows.length][columns];
    float[][] scales = new float[rows.length][columns / GROUP];
    int[][] zeros = new int[rows.length][columns / GROUP];
    for (int row = 0; row < rows.length; row++) {
      for (int group = 0; group < columns / GROUP; group++) {
        float[] weights = Arrays.copyOfRange(rows[row], group * GROUP, (group + 1) * GROUP);
        clip(weights, clips ? random.nextInt(10) : 0);
        float min = weights[0];
        float max = weights[0];
        for (int i = 0; i < GROUP; i++) {
          weights[i] = half(weights[i]);
          min = Math.min(min, weights[i]);
          max = Math.max(max, weights[i]);
        }
        float scale = half(Math.max(half(max - min), half(1e-5f)) / 15);
        float zero = (float) Math.max(0, Math.min(15, -Math.rint(half(min / scale))));
        scales[row][group] = scale;
        zeros[row][group] = (int) zero;
        for (int i = 0; i < GROUP; i++) {
          double code = Math.rint(half(weights[i] / scale)) + zero;
          codes[row][group * GROUP + i] = (int) Math.max(0, Math.min(15, code));
        }
      }
    }
    return new Quantized(codes, scales, zeros, Quantized.inOrder(columns, GROUP));
  }

  private static float half(float value) {
    return round(value, SafetensorsType.F16);
  }

  private void clip(float[] weights, int twentieths) {
    float absmax = 0;
    for (float weight : weights) {
      absmax = Math.max(absmax, Math.abs(weight));
    }
    float most = round(absmax * (1 - twentieths / 20f), type);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.max(-most, Math.min(most, weights[i]));
    }
  }
}
