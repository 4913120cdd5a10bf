package dev.weighmaster.conversion;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.weighmaster.format.HeaderInput;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * How many tokens a tokenizer has, as converters count them: the size of the vocabulary that the
 * configuration names or else the pieces of {@code tokenizer.model}, or without that file the
 * entries of {@code tokenizer.json}.
 */
final class TokenCount {
  /** In bytes; tokenizers of today have up to 40 million. */
  private static final long MAX_BYTES = 256 << 20;

  private static final int PIECES = 1;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(100)
                  .maxStringLength(1 << 20)
                  .maxNameLength(1 << 16)
                  .build())
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private TokenCount() {}

  /**
   * Counts the tokens of the tokenizer in a folder; empty if there is none that can be read.
   *
   * @param folder empty, or ending in a slash
   * @throws IOException if a file can't be read
   */
  static Optional<Long> in(Storage storage, String folder, ModelConfig config) throws IOException {
    Optional<Storage.Entry> pieces = file(storage, folder + "tokenizer.model");
    try {
      if (pieces.isPresent()) {
        Optional<Long> size = config.integer("vocab_size");
        return size.isPresent() ? size : count(storage, pieces.get(), TokenCount::pieces);
      }
      Optional<Storage.Entry> json = file(storage, folder + "tokenizer.json");
      return json.isPresent() ? count(storage, json.get(), TokenCount::entries) : Optional.empty();
    } catch (UnmappedException e) {
      return Optional.empty();
    }
  }

  private static Optional<Storage.Entry> file(Storage storage, String path) throws IOException {
    return SmallFile.find(storage, path).filter(file -> file.size() <= MAX_BYTES);
  }

  /** Counts what a stream has. */
  private interface Counter {
    long of(InputStream in) throws IOException;
  }

  private static Optional<Long> count(Storage storage, Storage.Entry file, Counter counter)
      throws IOException {
    try (ByteSource source = storage.open(file)) {
      return Optional.of(counter.of(new HeaderInput(source).stream(file.size())));
    } catch (JsonProcessingException | EOFException e) {
      return Optional.empty();
    }
  }

  /** The first field of a {@code ModelProto}, as often as it is there. */
  private static long pieces(InputStream in) throws IOException {
    long count = 0;
    for (long tag = varint(in, true); tag >= 0; tag = varint(in, true)) {
      switch ((int) (tag & 7)) {
        case 0 -> varint(in, false);
        case 1 -> in.skipNBytes(Long.BYTES);
        case 2 -> {
          in.skipNBytes(varint(in, false));
          count += tag >> 3 == PIECES ? 1 : 0;
        }
        case 5 -> in.skipNBytes(Integer.BYTES);
        default -> throw new EOFException("not a field of a message");
      }
    }
    return count;
  }

  /** A number of seven bits a byte; -1 at the end of the stream where there may be one. */
  private static long varint(InputStream in, boolean mayEnd) throws IOException {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE - 1; shift += 7) {
      int next = in.read();
      if (next < 0) {
        if (mayEnd && shift == 0) {
          return -1;
        }
        throw new EOFException("a message ends early");
      }
      value |= (long) (next & 0x7F) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new EOFException("a number is too long");
  }

  /** The entries of {@code model.vocab}, and those of {@code added_tokens}. */
  private static long entries(InputStream in) throws IOException {
    long count = 0;
    try (JsonParser json = JSON.createParser(in)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new EOFException("not an object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        if (name.equals("added_tokens")) {
          count += children(json);
        } else if (name.equals("model") && value == JsonToken.START_OBJECT) {
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean vocabulary = json.currentName().equals("vocab");
            json.nextToken();
            count += vocabulary ? children(json) : skipped(json);
          }
        } else {
          json.skipChildren();
        }
      }
    }
    return count;
  }

  private static long skipped(JsonParser json) throws IOException {
    json.skipChildren();
    return 0;
  }

  /** How many values the array or object has whose beginning was read. */
  private static long children(JsonParser json) throws IOException {
    if (!json.currentToken().isStructStart()) {
      return 0;
    }
    long count = 0;
    for (JsonToken next = json.nextToken();
        next != null && !next.isStructEnd();
        next = json.nextToken()) {
      if (next == JsonToken.FIELD_NAME) {
        json.nextToken();
      }
      json.skipChildren();
      count++;
    }
    return count;
  }
}
