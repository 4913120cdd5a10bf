package dev.weighmaster.weigh.packed;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.packing.CodeType;
import dev.weighmaster.packing.PackedWriter;
import dev.weighmaster.packing.Quantized;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A model of one layer in bfloat16, and what quantizers publish of it. */
public final class PackedLayer {
  private static final int HIDDEN = 64;
  private static final int INNER = 128;
  private static final int WORDS = 32;
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";

  private final long seed;

  /** How a model is quantized, and what its configuration says of that. */
  public enum Method {
    AWQ(
        "{\"quant_method\": \"awq\", \"bits\": 4, \"group_size\": 32, \"version\": \"gemm\","
            + " \"zero_point\": true, \"modules_to_not_convert\": null}"),
    GPTQ(
        "{\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 32, \"desc_act\": false,"
            + " \"sym\": true, \"checkpoint_format\": \"gptq\","
            + " \"meta\": {\"quantizer\": [\"gptqmodel:5.0.0\"], \"damp_percent\": 0.01}}"),
    NF4(
        "{\"quant_method\": \"bitsandbytes\", \"load_in_4bit\": true,"
            + " \"bnb_4bit_quant_type\": \"nf4\", \"bnb_4bit_use_double_quant\": true}"),
    INT8("{\"quant_method\": \"bitsandbytes\", \"load_in_8bit\": true}"),
    FP8("{\"quant_method\": \"fp8\", \"weight_block_size\": [128, 128]}"),
    COMPRESSED(
        "{\"quant_method\": \"compressed-tensors\", \"format\": \"pack-quantized\", \"ignore\":"
            + " [\"lm_head\"], \"config_groups\": {\"group_0\": {\"targets\": [\"Linear\"],"
            + " \"weights\": {\"num_bits\": 4, \"group_size\": 32, \"symmetric\": true}}}}");

    private final String config;

    Method(String config) {
      this.config = config;
    }

    /** What {@code config.json} says under {@code quantization_config}. */
    public String config() {
      return config;
    }
  }

  /**
   * @param seed chooses all weights
   */
  public PackedLayer(long seed) {
    this.seed = seed;
  }

  private AwqQuantizer layer() {
    return new AwqQuantizer(HIDDEN, INNER, HIDDEN, SafetensorsType.BF16, new Random(seed));
  }

  private SourceWeights words(int more) {
    return SourceWeights.random(WORDS, HIDDEN, SafetensorsType.BF16, new Random(seed + more));
  }

  /** What the publisher of the model publishes. */
  public PackedWriter source() {
    return layer()
        .source()
        .floats(EMBEDDING, SafetensorsType.BF16, words(1).rows())
        .floats(HEAD, SafetensorsType.BF16, words(2).rows());
  }

  /** What an honest quantizer publishes. */
  public PackedWriter quantized(Method method) {
    PackedWriter written = method == Method.AWQ ? awq() : others(method);
    return written
        .floats(EMBEDDING, SafetensorsType.F16, words(1).rows())
        .floats(HEAD, SafetensorsType.F16, words(2).rows());
  }

  private PackedWriter awq() {
    AwqQuantizer layer = layer();
    return layer.written(layer.quantize());
  }

  private PackedWriter others(Method method) {
    AwqQuantizer layer = layer();
    PackedWriter written = new PackedWriter();
    Map<String, GptqQuantizer> ofInputs = new HashMap<>();
    for (String name : AwqQuantizer.MATRICES) {
      SourceWeights weights = new SourceWeights(layer.weights(name), SafetensorsType.BF16);
      PackedWriter matrix =
          switch (method) {
            case GPTQ ->
                gptq(
                    weights,
                    ofInputs.computeIfAbsent(
                        input(name),
                        any ->
                            new GptqQuantizer(
                                weights.columns(), 4, 32, true, true, new Random(seed + 9))));
            case NF4 -> Rounded.blockwise(weights, CodeType.NF4, 64, true);
            case INT8 -> Rounded.int8(weights);
            case FP8 ->
                Rounded.fp8(weights, 128, 128, SafetensorsType.F32, false, SafetensorsType.F32);
            case COMPRESSED ->
                new PackedWriter()
                    .packed(
                        SourceWeights.STEM,
                        Rounded.integers(weights, 4, 32, true, SafetensorsType.F32, 1),
                        4,
                        true,
                        SafetensorsType.F32);
            case AWQ -> throw new AssertionError(method);
          };
      written.putAll(matrix, SourceWeights.STEM, AwqQuantizer.LAYER + name);
    }
    for (String norm : List.of("input_layernorm", "post_attention_layernorm")) {
      written.vector(AwqQuantizer.LAYER + norm + ".weight", SafetensorsType.F16, layer.norm(norm));
    }
    return written;
  }

  /** What matrices that read the same have in common. */
  private static String input(String name) {
    return switch (name) {
      case "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" -> "attention";
      case "mlp.gate_proj", "mlp.up_proj" -> "mlp";
      default -> name;
    };
  }

  private static PackedWriter gptq(SourceWeights weights, GptqQuantizer quantizer) {
    Quantized quantized = quantizer.quantize(weights.rows());
    return new PackedWriter().gptq(SourceWeights.STEM, quantized, 4, 1);
  }
}
