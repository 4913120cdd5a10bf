package dev.weighmaster.format.safetensors;

import static dev.weighmaster.format.HostileText.quoted;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.weighmaster.format.HeaderInput;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * One JSON value in the next bytes of a file, read as it comes. Whatever is wrong with it is a
 * {@link MalformedWeightsException}, and an {@link UnsupportedWeightsException} what is merely
 * longer than is read here. Of two entries of one name both come: the later counts.
 */
final class StrictJson implements Closeable {
  /** Whose parser must take it. */
  enum Dialect {
    /** serde_json, which the reference implementation of safetensors reads headers by. */
    RUST,
    /** Python's json, which Transformers reads indexes by. */
    PYTHON
  }

  /** As serde_json has it. */
  private static final int MAX_DEPTH = 127;

  private static final String MAX_LONG = Long.toString(Long.MAX_VALUE);

  /** In characters. */
  private static final int MAX_NAME = 65_536;

  /** In characters. */
  private static final int MAX_TEXT = 20_000_000;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_NAME)
                  .maxStringLength(MAX_TEXT)
                  .build())
          // A table of names that all files share is nothing for names that are hostile.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private static final JsonFactory OF_PYTHON =
      FACTORY.rebuild().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private final Dialect dialect;
  private final String document;
  private final long start;
  private final Reader reader;
  private final JsonParser parser;
  private final CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();

  /**
   * @param document what it is, for messages
   * @param length in bytes, with the whitespace that may follow the value
   */
  StrictJson(Dialect dialect, String document, HeaderInput input, long length) throws IOException {
    this.dialect = dialect;
    this.document = document;
    input.section(document);
    start = input.offset();
    // Jackson's own decoder lets some bytes pass that are not UTF-8.
    reader =
        new InputStreamReader(
            input.stream(length),
            StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT));
    parser = (dialect == Dialect.PYTHON ? OF_PYTHON : FACTORY).createParser(reader);
  }

  /** In the file; exact where the document is ASCII up to here, as writers make it. */
  long offset() {
    return start + Math.max(0, parser.currentTokenLocation().getCharOffset());
  }

  void beginObject(String what) throws IOException {
    if (next() != JsonToken.START_OBJECT) {
      throw malformed(what + " is not an object");
    }
  }

  /** Whether the object goes on with another entry, whose name is {@link #name()} then. */
  boolean hasEntry() throws IOException {
    return next() != JsonToken.END_OBJECT;
  }

  String name() throws IOException {
    return whole(parser.currentName());
  }

  /** Goes to an object or an array; whether it is an object. */
  boolean beginObjectOrArray(String what) throws IOException {
    JsonToken token = next();
    if (token != JsonToken.START_OBJECT && token != JsonToken.START_ARRAY) {
      throw malformed(what + " is not an object");
    }
    return token == JsonToken.START_OBJECT;
  }

  /** Goes to an object or null; whether it is an object. */
  boolean beginOptionalObject(String what) throws IOException {
    JsonToken token = next();
    if (token != JsonToken.START_OBJECT && token != JsonToken.VALUE_NULL) {
      throw malformed(what + " is not an object");
    }
    return token == JsonToken.START_OBJECT;
  }

  /** A string, or an object whose only entry has null: Rust has two ways to write a constant. */
  String readConstant(String what) throws IOException {
    JsonToken token = next();
    if (token == JsonToken.VALUE_STRING) {
      return whole(guarded(parser::getText));
    }
    if (token == JsonToken.START_OBJECT && hasEntry()) {
      String constant = name();
      if (next() == JsonToken.VALUE_NULL && !hasEntry()) {
        return constant;
      }
    }
    throw malformed(what + " is not a string");
  }

  private String whole(String text) throws IOException {
    if (dialect == Dialect.RUST && !encoder.canEncode(text)) {
      throw malformed(document + " has half a surrogate pair");
    }
    return text;
  }

  /** Goes to a string; its length in characters. */
  int beginText(String what) throws IOException {
    if (next() != JsonToken.VALUE_STRING) {
      throw malformed(what + " is not a string");
    }
    int length = guarded(parser::getTextLength);
    if (dialect == Dialect.RUST) {
      whole(text(length));
    }
    return length;
  }

  /** The first characters of the string begun. */
  String text(int length) throws IOException {
    return guarded(() -> new String(parser.getTextCharacters(), parser.getTextOffset(), length));
  }

  String readText(String what) throws IOException {
    return text(beginText(what));
  }

  void beginArray(String what) throws IOException {
    if (next() != JsonToken.START_ARRAY) {
      throw malformed(what + " is not an array");
    }
  }

  /** Whether the array goes on with another element, which {@link #size} gives. */
  boolean hasElement() throws IOException {
    return next() != JsonToken.END_ARRAY;
  }

  /** The element at hand, which must be an integer from 0 to 2^63 - 1. */
  long size(String what) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
        || guarded(parser::getText).startsWith("-")) {
      throw malformed(what + " holds something that is not an integer from 0 on");
    }
    String digits = guarded(parser::getText);
    if (digits.length() >= MAX_LONG.length()) {
      BigInteger value = new BigInteger(digits);
      if (value.bitLength() > Long.SIZE) {
        throw malformed(what + " holds a number out of range");
      }
      if (value.bitLength() == Long.SIZE) {
        throw new UnsupportedWeightsException(
            offset(), what + " holds a number of 2^63 or more, which is not supported");
      }
    }
    return guarded(parser::getLongValue);
  }

  void skipValue() throws IOException {
    int depth = 0;
    do {
      JsonToken token = next();
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (token == JsonToken.FIELD_NAME || token == JsonToken.VALUE_STRING) {
        whole(guarded(parser::getText));
      } else if (token.isNumeric()
          && dialect == Dialect.RUST
          && Double.isInfinite(Double.parseDouble(guarded(parser::getText)))) {
        throw malformed(document + " has a number out of range");
      }
    } while (depth > 0);
  }

  /** Reads to the end of the bytes, where only the characters of {@code space} may be. */
  void finish(String space) throws IOException {
    var rest = new StringWriter();
    parser.releaseBuffered(rest);
    boolean blank = rest.toString().chars().allMatch(c -> space.indexOf(c) >= 0);
    while (blank) {
      int c = guarded(reader::read);
      if (c < 0) {
        return;
      }
      blank = space.indexOf(c) >= 0;
    }
    throw malformed(document + " goes on after its closing brace");
  }

  MalformedWeightsException malformed(String message) {
    return new MalformedWeightsException(offset(), message);
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }

  private JsonToken next() throws IOException {
    JsonToken token = guarded(parser::nextToken);
    if (token == null) {
      throw malformed(document + " is empty");
    }
    return token;
  }

  private interface Read<T> {
    T read() throws IOException;
  }

  private <T> T guarded(Read<T> read) throws IOException {
    try {
      return read.read();
    } catch (StreamConstraintsException e) {
      // The depth is the parser's own limit that must be met; the lengths are limits of this class.
      if (e.getOriginalMessage().contains("nesting depth")) {
        throw malformed(document + " is nested more than %d deep".formatted(MAX_DEPTH));
      }
      throw new UnsupportedWeightsException(
          offset(), "%s: %s".formatted(document, quoted(e.getOriginalMessage())));
    } catch (JsonProcessingException e) {
      throw malformed(
          "%s is not sound JSON: %s".formatted(document, quoted(e.getOriginalMessage())));
    } catch (CharacterCodingException e) {
      throw malformed(document + " is not UTF-8");
    }
  }
}
