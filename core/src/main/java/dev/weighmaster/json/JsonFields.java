package dev.weighmaster.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.verdict.Quoted;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One JSON object, asked for its fields by name and type. Thread-safe.
 *
 * <p>The text must be UTF-8 of at most {@link #MAX_BYTES} and {@link #MAX_TOKENS}, nested at most
 * {@link #MAX_DEPTH} deep, with no name twice in one object and nothing after the object. A field
 * whose value is {@code null} counts as absent, as protobuf's JSON mapping has it; no type stands
 * in for another.
 */
public final class JsonFields {
  public static final int MAX_BYTES = 32 << 20;
  public static final int MAX_DEPTH = 64;

  /** A list of empty objects takes thirty times its bytes in memory; a manifest has 14 a token. */
  public static final int MAX_TOKENS = MAX_BYTES / 16;

  private static final double MAX_EXACT_DOUBLE = 1L << 53;
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final ObjectReader READER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxDocumentLength(MAX_BYTES)
                          .maxStringLength(MAX_BYTES)
                          .maxNestingDepth(MAX_DEPTH)
                          .maxTokenCount(MAX_TOKENS)
                          .maxNameLength(4096)
                          .maxNumberLength(64)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  // The exceptions' messages must not quote the source.
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .reader();

  private final String path;
  private final ObjectNode node;

  private JsonFields(String path, ObjectNode node) {
    this.path = path;
    this.node = node;
  }

  /**
   * Parses a document that must be an object.
   *
   * @throws MalformedJsonException for anything else, whatever the bytes are
   */
  public static JsonFields parse(byte[] json) throws MalformedJsonException {
    if (json.length > MAX_BYTES) {
      throw new MalformedJsonException("has more than " + MAX_BYTES + " bytes");
    }
    JsonNode root;
    try {
      // Jackson would guess UTF-16 and UTF-32 too.
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
      root = READER.readTree(text);
    } catch (CharacterCodingException e) {
      throw new MalformedJsonException("is not UTF-8");
    } catch (JsonProcessingException e) {
      throw new MalformedJsonException("is not JSON: " + Quoted.line(e.getOriginalMessage()));
    }
    if (root instanceof ObjectNode object) {
      return new JsonFields("", object);
    }
    throw new MalformedJsonException("is not a JSON object");
  }

  /** Whether the field is there with a value. */
  public boolean has(String name) {
    return node.hasNonNull(name);
  }

  /** Whether the object has no fields. */
  public boolean isEmpty() {
    return node.isEmpty();
  }

  /** The fields' names, in their order. */
  public List<String> names() {
    var names = new ArrayList<String>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** Refuses an object that has other fields than these. */
  public void mustOnlyHave(Set<String> names) throws MalformedJsonException {
    for (Iterator<String> fields = node.fieldNames(); fields.hasNext(); ) {
      String name = fields.next();
      if (!names.contains(name)) {
        throw malformed(Quoted.of(name), "is a field that does not belong there");
      }
    }
  }

  /** The object as JSON text. */
  public String json() {
    return node.toString();
  }

  public String string(String name) throws MalformedJsonException {
    return optionalString(name).orElseThrow(() -> missing(name));
  }

  public Optional<String> optionalString(String name) throws MalformedJsonException {
    if (!has(name)) {
      return Optional.empty();
    }
    JsonNode value = node.get(name);
    if (!value.isTextual()) {
      throw malformed(name, "must be a string");
    }
    return Optional.of(value.textValue());
  }

  public boolean bool(String name) throws MalformedJsonException {
    if (!has(name)) {
      throw missing(name);
    }
    if (!node.get(name).isBoolean()) {
      throw malformed(name, "must be true or false");
    }
    return node.get(name).booleanValue();
  }

  /** An integer, also one that is written as 8.0: what a protobuf Struct holds is a double. */
  public Optional<Long> optionalInteger(String name) throws MalformedJsonException {
    if (!has(name)) {
      return Optional.empty();
    }
    JsonNode value = node.get(name);
    boolean whole =
        value.isDouble()
            && value.doubleValue() == Math.rint(value.doubleValue())
            && Math.abs(value.doubleValue()) <= MAX_EXACT_DOUBLE;
    if (!whole && !(value.isIntegralNumber() && value.canConvertToLong())) {
      throw malformed(name, "must be an integer of at most 64 bits");
    }
    return Optional.of(value.longValue());
  }

  /** Whatever the value is, as text: a string's own, else its JSON. */
  public String text(String name) throws MalformedJsonException {
    JsonNode value = node.get(name);
    if (value == null) {
      throw missing(name);
    }
    return value.isTextual() ? value.textValue() : value.toString();
  }

  /** A number that a double can hold. */
  public double number(String name) throws MalformedJsonException {
    if (!has(name)) {
      throw missing(name);
    }
    double number = node.get(name).doubleValue();
    if (!node.get(name).isNumber() || !Double.isFinite(number)) {
      throw malformed(name, "must be a finite number");
    }
    return number;
  }

  public JsonFields object(String name) throws MalformedJsonException {
    return optionalObject(name).orElseThrow(() -> missing(name));
  }

  public Optional<JsonFields> optionalObject(String name) throws MalformedJsonException {
    if (!has(name)) {
      return Optional.empty();
    }
    if (node.get(name) instanceof ObjectNode object) {
      return Optional.of(new JsonFields(at(name), object));
    }
    throw malformed(name, "must be an object");
  }

  /** The objects of an array; an absent one is empty. */
  public List<JsonFields> objects(String name) throws MalformedJsonException {
    var objects = new ArrayList<JsonFields>();
    for (JsonNode item : array(name)) {
      String itemName = name + "[" + objects.size() + "]";
      if (!(item instanceof ObjectNode object)) {
        throw malformed(itemName, "must be an object");
      }
      objects.add(new JsonFields(at(itemName), object));
    }
    return objects;
  }

  /** The strings of an array; an absent one is empty. */
  public List<String> strings(String name) throws MalformedJsonException {
    var strings = new ArrayList<String>();
    for (JsonNode item : array(name)) {
      if (!item.isTextual()) {
        throw malformed(name + "[" + strings.size() + "]", "must be a string");
      }
      strings.add(item.textValue());
    }
    return strings;
  }

  /** The integers of an array; an absent one is empty. */
  public List<Long> integers(String name) throws MalformedJsonException {
    var integers = new ArrayList<Long>();
    for (JsonNode item : array(name)) {
      if (!item.isIntegralNumber() || !item.canConvertToLong()) {
        throw malformed(
            name + "[" + integers.size() + "]", "must be an integer of at most 64 bits");
      }
      integers.add(item.longValue());
    }
    return integers;
  }

  /** Bytes in Base64 of either alphabet, padded or not, as protobuf's JSON mapping has them. */
  public byte[] bytes(String name) throws MalformedJsonException {
    try {
      return Base64.getDecoder().decode(string(name).replace('-', '+').replace('_', '/'));
    } catch (IllegalArgumentException e) {
      throw malformed(name, "must be Base64");
    }
  }

  /** A SHA-256 digest in lower-case hexadecimal. */
  public String sha256(String name) throws MalformedJsonException {
    return optionalSha256(name).orElseThrow(() -> missing(name));
  }

  /** A SHA-256 digest in lower-case hexadecimal, if it is there. */
  public Optional<String> optionalSha256(String name) throws MalformedJsonException {
    Optional<String> digest = optionalString(name);
    if (digest.isPresent() && !SHA256.matcher(digest.get()).matches()) {
      throw malformed(name, "must be 64 lower-case hexadecimal digits");
    }
    return digest;
  }

  /** The exception that says what is wrong with a field of this object. */
  public MalformedJsonException malformed(String name, String what) {
    return new MalformedJsonException(at(name) + " " + what);
  }

  private MalformedJsonException missing(String name) {
    return malformed(name, "is missing");
  }

  private Iterable<JsonNode> array(String name) throws MalformedJsonException {
    if (!has(name)) {
      return List.of();
    }
    JsonNode value = node.get(name);
    if (!value.isArray()) {
      throw malformed(name, "must be an array");
    }
    return value;
  }

  private String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
