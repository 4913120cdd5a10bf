package dev.weighmaster.hub;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.format.MalformedWeightsException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads how weights are quantized: from {@code config.json}, where {@code quantization_config} or
 * MLX's {@code quantization} can lie at any depth, from ModelOpt's {@code hf_quant_config.json}, or
 * from the whole of an older {@code quantize_config.json} or {@code quant_config.json}.
 */
public final class QuantizationConfigReader {
  private static final int MAX_BITS = 16;

  // Python writes NaN and Infinity into JSON; model configurations hold them.
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(64).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Keys for the bits of a weight, which are a fraction for EXL2: GPTQ and others, AWQ, HQQ. */
  private static final List<String> BITS = List.of("bits", "w_bit", "nbits");

  private static final String MLX = "MLX";

  private QuantizationConfigReader() {}

  /**
   * What the file says; empty where it carries no quantization.
   *
   * @param name of the file, which tells the older files' method where they don't say it
   * @throws MalformedWeightsException if it is not a JSON object, or too deep, or ambiguous
   */
  public static Optional<QuantizationConfig> read(String name, byte[] content)
      throws MalformedWeightsException {
    String fileName = name.substring(name.lastIndexOf('/') + 1);
    JsonNode root = parse(content);
    if (fileName.equalsIgnoreCase("config.json")) {
      return inModel(root);
    }
    if (fileName.equalsIgnoreCase("hf_quant_config.json")) {
      return ofModelOpt(root.path("quantization"));
    }
    return hasAny(root, "quant_method", "bits", "w_bit")
        ? Optional.of(config(root, olderMethod(fileName, root)))
        : Optional.empty();
  }

  /**
   * The settings that lie least deep: those of a model of several parts lie in the configuration of
   * the part that is quantized, such as {@code text_config}.
   */
  private static Optional<QuantizationConfig> inModel(JsonNode root)
      throws MalformedWeightsException {
    Deque<JsonNode> level = new ArrayDeque<>(List.of(root));
    while (!level.isEmpty()) {
      JsonNode node = level.remove();
      Optional<QuantizationConfig> found = here(node);
      if (found.isPresent()) {
        return found;
      }
      node.valueStream().filter(JsonNode::isContainerNode).forEach(level::add);
    }
    return Optional.empty();
  }

  private static Optional<QuantizationConfig> here(JsonNode node) throws MalformedWeightsException {
    JsonNode mlx = node.path("quantization");
    for (String key : List.of("quantization_config", "compression_config")) {
      JsonNode config = node.path(key);
      if (!config.isMissingNode() && !config.isNull() && !config.isObject()) {
        throw new MalformedWeightsException(0, key + " is not a JSON object");
      }
      if (!config.isEmpty()) {
        return Optional.of(config(config, isOfMlx(mlx) ? MLX : newerMethod(config)));
      }
    }
    return isOfMlx(mlx) ? Optional.of(config(mlx, MLX)) : ofModelOpt(mlx);
  }

  /** What MLX writes; before {@code mode} it wrote no more than the first two. */
  private static boolean isOfMlx(JsonNode quantization) {
    return quantization.hasNonNull("group_size") && quantization.hasNonNull("bits");
  }

  /**
   * TensorRT-LLM has the same in its {@code config.json}; where it is null nothing is quantized.
   */
  private static Optional<QuantizationConfig> ofModelOpt(JsonNode quantization) {
    return hasAny(quantization, "quant_algo")
        ? Optional.of(config(quantization, quantization.path("quant_algo").asText("")))
        : Optional.empty();
  }

  private static JsonNode parse(byte[] content) throws MalformedWeightsException {
    try {
      JsonNode root = JSON.readTree(content);
      if (!root.isObject()) {
        throw new MalformedWeightsException(0, "not a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      long offset = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
      throw new MalformedWeightsException(
          offset, "not well-formed JSON: " + e.getOriginalMessage());
    } catch (MalformedWeightsException e) {
      throw e;
    } catch (IOException e) {
      throw new MalformedWeightsException(0, "not well-formed JSON: " + e.getMessage());
    }
  }

  private static QuantizationConfig config(JsonNode config, String methodWithoutName) {
    String named = config.path("quant_method").asText("").strip();
    String method = (named.isEmpty() ? methodWithoutName.strip() : named).toUpperCase(Locale.ROOT);
    return new QuantizationConfig(
        method.isEmpty() ? QuantizationConfig.UNKNOWN : method, bits(config, method));
  }

  /** AutoGPTQ wrote {@code bits} and {@code group_size}, AutoAWQ {@code w_bit}. */
  private static String olderMethod(String fileName, JsonNode config) {
    boolean awq = config.has("w_bit") || (config.has("zero_point") && !config.has("desc_act"));
    boolean gptq = config.has("desc_act") || fileName.equalsIgnoreCase("quantize_config.json");
    return gptq && !awq ? "GPTQ" : "AWQ";
  }

  private static String newerMethod(JsonNode config) {
    if (hasAny(config, "load_in_4bit", "load_in_8bit")) {
      return "BITSANDBYTES";
    }
    if (config.has("config_groups")) {
      return "COMPRESSED-TENSORS";
    }
    if (config.has("w_bit")) {
      return "AWQ";
    }
    if (config.has("desc_act")) {
      return "GPTQ";
    }
    return config.has("mode") && isOfMlx(config) ? MLX : QuantizationConfig.UNKNOWN;
  }

  private static Optional<Double> bits(JsonNode config, String method) {
    Optional<Double> stated =
        Stream.concat(
                BITS.stream().map(config::path),
                config.path("config_groups").valueStream().map(g -> g.at("/weights/num_bits")))
            .filter(JsonNode::isNumber)
            .map(JsonNode::doubleValue)
            .filter(bits -> bits > 0 && bits <= MAX_BITS)
            .findFirst();
    if (stated.isPresent()) {
      return stated;
    }
    if (config.path("load_in_4bit").asBoolean()) {
      return Optional.of(4.0);
    }
    if (config.path("load_in_8bit").asBoolean() || method.endsWith("FP8")) {
      return Optional.of(8.0);
    }
    return method.endsWith("FP4") ? Optional.of(4.0) : Optional.empty();
  }

  private static boolean hasAny(JsonNode node, String... keys) {
    return Stream.of(keys).anyMatch(node::hasNonNull);
  }
}
