package dev.weighmaster.jobs.demo;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * A linear layer in AutoGPTQ's layout: symmetric, 4 bits, in groups of 32 inputs. The weights are
 * rounded to the nearest, not fitted to calibration data.
 */
final class GptqLayer {
  static final int BITS = 4;
  static final int GROUP = 32;
  static final int ZERO_POINT = 8;

  private static final int PER_INTEGER = Integer.SIZE / BITS;

  /** Eight zero points, each written one less. */
  private static final int ZEROS = 0x77777777;

  private final int inputs;
  private final int outputs;
  private final int[] packed;
  private final float[] scales;

  private GptqLayer(int inputs, int outputs) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.packed = new int[inputs / PER_INTEGER * outputs];
    this.scales = new float[inputs / GROUP * outputs];
  }

  /** Quantizes a layer. */
  static GptqLayer of(TinyModel.Tensor weights) {
    GptqLayer layer = new GptqLayer(weights.columns(), weights.rows());
    for (int output = 0; output < layer.outputs; output++) {
      for (int group = 0; group < layer.inputs / GROUP; group++) {
        layer.quantize(weights, output, group);
      }
    }
    return layer;
  }

  private void quantize(TinyModel.Tensor weights, int output, int group) {
    int start = output * inputs + group * GROUP;
    float furthest = 0;
    for (int i = start; i < start + GROUP; i++) {
      furthest = Math.max(furthest, Math.abs(weights.value(i)));
    }
    float scale = furthest == 0 ? 1 : 2 * furthest / 15;
    scales[group * outputs + output] = scale;
    for (int i = 0; i < GROUP; i++) {
      int input = group * GROUP + i;
      int level = Math.round(weights.value(start + i) / scale) + ZERO_POINT;
      packed[input / PER_INTEGER * outputs + output] |= Math.min(15, level) << shift(input);
    }
  }

  /** The level of a weight, from 0 to 15. */
  int level(int input, int output) {
    return (packed[input / PER_INTEGER * outputs + output] >>> shift(input)) & 15;
  }

  private static int shift(int input) {
    return BITS * (input % PER_INTEGER);
  }

  /** The scale of a weight, before it is stored in half precision. */
  float scale(int input, int output) {
    return scales[input / GROUP * outputs + output];
  }

  /** Adds the layer's four tensors. */
  void writeTo(SafetensorsWriter writer, String layer) {
    long groupCount = inputs / GROUP;
    int[] zeros = new int[inputs / GROUP * outputs / PER_INTEGER];
    Arrays.fill(zeros, ZEROS);
    int[] groups = new int[inputs];
    Arrays.setAll(groups, input -> input / GROUP);
    put(writer, layer + ".qweight", List.of((long) inputs / PER_INTEGER, (long) outputs), packed);
    put(writer, layer + ".qzeros", List.of(groupCount, (long) outputs / PER_INTEGER), zeros);
    put(writer, layer + ".g_idx", List.of((long) inputs), groups);
    writer.tensor(
        layer + ".scales",
        SafetensorsType.F16,
        List.of(groupCount, (long) outputs),
        TensorEncoding.encode(GgmlType.F16, scales, outputs));
  }

  private static void put(SafetensorsWriter writer, String name, List<Long> shape, int[] values) {
    ByteBuffer integers = ByteBuffer.allocate(values.length * Integer.BYTES);
    integers.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(values);
    writer.tensor(name, SafetensorsType.I32, shape, integers.array());
  }
}
