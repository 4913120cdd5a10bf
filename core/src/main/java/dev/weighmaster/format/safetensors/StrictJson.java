package dev.weighmaster.format.safetensors;

import static dev.weighmaster.format.HostileText.quoted;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.weighmaster.format.HeaderInput;
import dev.weighmaster.format.MalformedWeightsException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * One JSON value in the next bytes of a file, read as it comes. Whatever is wrong with it is a
 * {@link MalformedWeightsException}.
 */
final class StrictJson implements Closeable {
  private static final int MAX_DEPTH = 16;

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
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // A table of names that all files share is nothing for names that are hostile.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private final String document;
  private final long start;
  private final Reader reader;
  private final JsonParser parser;
  private final CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();

  /**
   * @param document what it is, for messages
   * @param length in bytes, with the whitespace that may follow the value
   */
  StrictJson(String document, HeaderInput input, long length) throws IOException {
    this.document = document;
    input.section(document);
    start = input.offset();
    // Jackson's own decoder lets some bytes pass that are not UTF-8.
    reader =
        new InputStreamReader(
            input.stream(length),
            StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT));
    parser = FACTORY.createParser(reader);
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
    String name = parser.currentName();
    if (!encoder.canEncode(name)) {
      throw malformed(document + " has a name with half a surrogate pair");
    }
    return name;
  }

  /** Goes to a string; its length in characters. */
  int beginText(String what) throws IOException {
    if (next() != JsonToken.VALUE_STRING) {
      throw malformed(what + " is not a string");
    }
    return guarded(parser::getTextLength);
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
    return guarded(parser::getLongValue);
  }

  void skipValue() throws IOException {
    next();
    guarded(parser::skipChildren);
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
    } catch (JsonProcessingException e) {
      throw malformed(
          "%s is not sound JSON: %s".formatted(document, quoted(e.getOriginalMessage())));
    } catch (CharacterCodingException e) {
      throw malformed(document + " is not UTF-8");
    }
  }
}
