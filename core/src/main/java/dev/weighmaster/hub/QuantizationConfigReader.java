package dev.weighmaster.hub;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Reads how weights are quantized: from {@code config.json}, where {@code quantization_config} or
 * MLX's {@code quantization} can lie at any depth, from ModelOpt's {@code hf_quant_config.json}, or
 * from the whole of an older {@code quantize_config.json} or {@code quant_config.json}.
 */
public final class QuantizationConfigReader {
  /** The longest file that is read, in bytes. */
  public static final int MAX_LENGTH = 4 << 20;

  private static final int MAX_BITS = 16;

  private static final StreamReadConstraints LIMITS =
      StreamReadConstraints.builder()
          .maxNestingDepth(1000)
          .maxNumberLength(5000)
          .maxStringLength(MAX_LENGTH)
          .maxNameLength(MAX_LENGTH)
          .maxTokenCount(1 << 20)
          .build();

  /** What Python's json takes; of two entries of one name the last counts. */
  private static final JsonMapper PYTHON = mapper(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS);

  /** What people write who take it for JavaScript. */
  private static final JsonMapper LENIENT =
      mapper(
          JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS,
          JsonReadFeature.ALLOW_JAVA_COMMENTS,
          JsonReadFeature.ALLOW_YAML_COMMENTS,
          JsonReadFeature.ALLOW_TRAILING_COMMA,
          JsonReadFeature.ALLOW_SINGLE_QUOTES,
          JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES,
          JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS,
          JsonReadFeature.ALLOW_LEADING_ZEROS_FOR_NUMBERS);

  /** Beyond this nobody looks whether a configuration carries a quantization; in bytes. */
  private static final long MAX_SEARCHED = 64 << 20;

  /** Texts that are passed over have any length. */
  private static final JsonFactory SEARCH =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(1000)
                  .maxNumberLength(1 << 16)
                  .maxStringLength(1 << 16)
                  .maxNameLength(1 << 16)
                  .build())
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private static final Set<String> SETTINGS =
      Set.of("quantization_config", "compression_config", "quantization");

  /** Keys for the bits of a weight, which are a fraction for EXL2: GPTQ and others, AWQ, HQQ. */
  private static final List<String> BITS = List.of("bits", "w_bit", "nbits");

  private static final String MLX = "MLX";

  private QuantizationConfigReader() {}

  /**
   * What the file says, as a loader in Python reads it; empty where it carries no quantization.
   *
   * <p>A file that no loader reads, with comments or not in UTF-8, is read all the same: where it
   * says nothing of a quantization it is not worth a word.
   *
   * @param name of the file, which tells the older files' method where they don't say it
   * @throws UnsupportedWeightsException if nobody can say whether it carries a quantization, or it
   *     does in a form that no loader reads
   */
  public static Optional<QuantizationConfig> read(String name, byte[] content)
      throws UnsupportedWeightsException {
    String fileName = StoragePaths.lastName(name);
    String problem;
    try {
      return said(fileName, PYTHON.readTree(decoded(content, UTF_8)));
    } catch (CharacterCodingException e) {
      problem = "not UTF-8";
    } catch (JsonProcessingException e) {
      problem = "not well-formed JSON: " + Quoted.line(e.getOriginalMessage());
    }
    JsonNode root;
    try {
      String text = decodedSomehow(content);
      root = text.isBlank() ? LENIENT.createObjectNode() : LENIENT.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UnsupportedWeightsException(offset(e), problem);
    }
    if (said(fileName, root).isPresent()) {
      throw new UnsupportedWeightsException(
          0, problem + ", though it says that its weights are quantized");
    }
    return Optional.empty();
  }

  /**
   * Whether a loader may find a quantization in a file that {@link #read} refuses, such as one that
   * is too long for it. Memory is bounded, and time linear.
   *
   * @param content as much of the file as it takes to say so is read of it
   * @param size of the file, in bytes
   * @throws IOException if the content can't be read
   */
  public static boolean mayCarryQuantization(String name, InputStream content, long size)
      throws IOException {
    if (size > MAX_SEARCHED || !isOfModel(StoragePaths.lastName(name))) {
      return true;
    }
    boolean found = false;
    try (JsonParser json = SEARCH.createParser(content)) {
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        found |=
            token == JsonToken.FIELD_NAME
                && (json.currentName().equals("configuration_files")
                    || (SETTINGS.contains(json.currentName())
                        && json.nextToken() == JsonToken.START_OBJECT
                        && json.nextToken() != JsonToken.END_OBJECT));
      }
    } catch (StreamConstraintsException e) {
      return true;
    } catch (JsonProcessingException e) {
      return false;
    }
    return found;
  }

  private static Optional<QuantizationConfig> said(String fileName, JsonNode root)
      throws UnsupportedWeightsException {
    if (root.isMissingNode()) {
      return Optional.empty();
    }
    if (!root.isObject()) {
      throw new UnsupportedWeightsException(0, "not a JSON object");
    }
    if (isOfModel(fileName)) {
      checkOtherConfigurations(root);
      return inModel(root);
    }
    if (fileName.equalsIgnoreCase("hf_quant_config.json")) {
      return ofModelOpt(root.path("quantization"));
    }
    return hasAny(root, "quant_method", "bits", "w_bit")
        ? Optional.of(config(root, olderMethod(fileName, root)))
        : Optional.empty();
  }

  private static Stream<String> texts(JsonNode array) {
    return array.valueStream().map(JsonNode::asText);
  }

  private static boolean isOfModel(String fileName) {
    return fileName.equalsIgnoreCase("config.json") || FileKind.isVersionedConfig(fileName);
  }

  /** Those beside it are looked at too; what others there are could say anything. */
  private static void checkOtherConfigurations(JsonNode root) throws UnsupportedWeightsException {
    JsonNode files = root.path("configuration_files");
    Stream<String> names =
        files.isObject() ? files.propertyStream().map(Map.Entry::getKey) : texts(files);
    Optional<String> unknown = names.filter(LoaderConfigReader::isUnknownConfiguration).findFirst();
    if (unknown.isPresent()) {
      throw new UnsupportedWeightsException(
          0, "it names the configuration " + Quoted.line(unknown.get()) + ", which is not read");
    }
  }

  /**
   * The settings that lie least deep: those of a model of several parts lie in the configuration of
   * the part that is quantized, such as {@code text_config}.
   */
  private static Optional<QuantizationConfig> inModel(JsonNode root)
      throws UnsupportedWeightsException {
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

  private static Optional<QuantizationConfig> here(JsonNode node)
      throws UnsupportedWeightsException {
    JsonNode mlx = node.path("quantization");
    for (String key : List.of("quantization_config", "compression_config")) {
      JsonNode config = node.path(key);
      if (!config.isMissingNode() && !config.isNull() && !config.isObject()) {
        throw new UnsupportedWeightsException(0, key + " is not a JSON object");
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

  private static JsonMapper mapper(JsonReadFeature... features) {
    return JsonMapper.builder(JsonFactory.builder().streamReadConstraints(LIMITS).build())
        .enable(features)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
  }

  private static String decoded(byte[] content, Charset charset) throws CharacterCodingException {
    return charset.newDecoder().decode(ByteBuffer.wrap(content)).toString();
  }

  /** By its byte order mark, or as UTF-8, or as Latin-1, in which everything is a text. */
  private static String decodedSomehow(byte[] content) {
    String start = new String(content, 0, Math.min(2, content.length), ISO_8859_1);
    boolean wide = start.equals("\u00FF\u00FE") || start.equals("\u00FE\u00FF");
    try {
      String text = decoded(content, wide ? UTF_16 : UTF_8);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      return new String(content, ISO_8859_1);
    }
  }

  private static long offset(JsonProcessingException e) {
    return e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getCharOffset());
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
