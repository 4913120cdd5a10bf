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
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads how weights are quantized: from {@code config.json}'s {@code quantization_config}, or from
 * the whole of an older {@code quantize_config.json} or {@code quant_config.json}.
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

  /** Keys for the bits of a weight: GPTQ and others, AWQ, HQQ. */
  private static final List<String> BITS = List.of("bits", "w_bit", "nbits");

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
    if (!fileName.equalsIgnoreCase("config.json")) {
      return hasAny(root, "quant_method", "bits", "w_bit")
          ? Optional.of(config(root, olderMethod(fileName, root)))
          : Optional.empty();
    }
    for (String key : List.of("quantization_config", "compression_config")) {
      JsonNode config = root.path(key);
      if (!config.isMissingNode() && !config.isNull() && !config.isObject()) {
        throw new MalformedWeightsException(0, key + " is not a JSON object");
      }
      if (!config.isEmpty()) {
        return Optional.of(config(config, newerMethod(config)));
      }
    }
    return Optional.empty();
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
    String method = config.path("quant_method").asText("").strip().toUpperCase(Locale.ROOT);
    return new QuantizationConfig(method.isEmpty() ? methodWithoutName : method, bits(config));
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
    return config.has("desc_act") ? "GPTQ" : "UNKNOWN";
  }

  private static Optional<Integer> bits(JsonNode config) {
    Optional<Integer> stated =
        Stream.concat(
                BITS.stream().map(config::path),
                config.path("config_groups").valueStream().map(g -> g.at("/weights/num_bits")))
            .filter(bits -> bits.canConvertToInt() && bits.isIntegralNumber())
            .map(JsonNode::intValue)
            .filter(bits -> bits > 0 && bits <= MAX_BITS)
            .findFirst();
    if (stated.isPresent()) {
      return stated;
    }
    if (config.path("load_in_4bit").asBoolean()) {
      return Optional.of(4);
    }
    String method = config.path("quant_method").asText("").toLowerCase(Locale.ROOT);
    if (config.path("load_in_8bit").asBoolean() || method.endsWith("fp8")) {
      return Optional.of(8);
    }
    return method.equals("mxfp4") ? Optional.of(4) : Optional.empty();
  }

  private static boolean hasAny(JsonNode node, String... keys) {
    return Stream.of(keys).anyMatch(node::hasNonNull);
  }
}
