package dev.weighmaster.conversion;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A {@code config.json}, as converters read it: what the configuration of the text model says goes
 * before what the whole says. Thread-safe.
 */
final class ModelConfig {
  /** In bytes; the largest of today list modules by the thousand. */
  static final int MAX_BYTES = 4 << 20;

  /** What a list of numbers has at most: one for each pair of a head's dimensions. */
  static final int MAX_NUMBERS = 1 << 16;

  /** By this name, tables ask for the number of the tokenizer's tokens. */
  static final String TOKENS = "tokens";

  private static final JsonMapper PYTHON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(1000)
                          .maxNumberLength(1000)
                          .maxStringLength(MAX_BYTES)
                          .maxNameLength(MAX_BYTES)
                          .maxTokenCount(1 << 18)
                          .build())
                  .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static final ModelConfig EMPTY = new ModelConfig(MissingNode.getInstance(), Optional.empty());

  /** Some editors begin a file with it. */
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private static final Pattern DOT = Pattern.compile("\\.");

  private final JsonNode root;
  private final Optional<Long> tokens;

  private ModelConfig(JsonNode root, Optional<Long> tokens) {
    this.root = root;
    this.tokens = tokens;
  }

  /** Reads a configuration; empty if the bytes are none. */
  static Optional<ModelConfig> parse(byte[] json) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
      JsonNode root = PYTHON.readTree(text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text);
      return root != null && root.isObject()
          ? Optional.of(new ModelConfig(root, Optional.empty()))
          : Optional.empty();
    } catch (CharacterCodingException | JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** The class that loads the model, such as {@code LlamaForCausalLM}. */
  Optional<String> architecture() {
    JsonNode first = root.path("architectures").path(0);
    return first.isTextual() ? Optional.of(first.textValue()) : Optional.empty();
  }

  /** The same with a number of tokens. */
  ModelConfig withTokens(Optional<Long> count) {
    return new ModelConfig(root, count);
  }

  boolean has(String path) {
    return !at(path).isMissingNode();
  }

  /**
   * A whole number.
   *
   * @throws UnmappedException if there is another value there
   */
  Optional<Long> integer(String path) throws UnmappedException {
    if (path.equals(TOKENS)) {
      return tokens;
    }
    JsonNode value = at(path);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new UnmappedException(
          "%s in the source's config.json is not a whole number".formatted(path));
    }
    return Optional.of(value.longValue());
  }

  /**
   * A number.
   *
   * @throws UnmappedException if there is another value there
   */
  Optional<Double> number(String path) throws UnmappedException {
    JsonNode value = at(path);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw new UnmappedException("%s in the source's config.json is not a number".formatted(path));
    }
    return Optional.of(value.doubleValue());
  }

  Optional<String> text(String path) {
    JsonNode value = at(path);
    return value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
  }

  /**
   * A list of numbers.
   *
   * @throws UnmappedException if there is another value there
   */
  Optional<List<Double>> numbers(String path) throws UnmappedException {
    JsonNode value = at(path);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isArray() || value.size() > MAX_NUMBERS) {
      throw new UnmappedException("%s in the source's config.json is not a list".formatted(path));
    }
    List<Double> numbers = new ArrayList<>();
    for (JsonNode each : value) {
      if (!each.isNumber()) {
        throw new UnmappedException(
            "%s in the source's config.json is not a list of numbers".formatted(path));
      }
      numbers.add(each.doubleValue());
    }
    return Optional.of(numbers);
  }

  private JsonNode at(String path) {
    JsonNode ofText = at(root.path("text_config"), path);
    return ofText.isMissingNode() ? at(root, path) : ofText;
  }

  private static JsonNode at(JsonNode from, String path) {
    JsonNode node = from;
    for (String name : List.of(DOT.split(path))) {
      node = node.path(name);
    }
    return node.isNull() ? MissingNode.getInstance() : node;
  }
}
