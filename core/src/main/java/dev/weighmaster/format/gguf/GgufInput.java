package dev.weighmaster.format.gguf;

import static dev.weighmaster.format.HostileText.quoted;

import dev.weighmaster.format.HeaderInput;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.io.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * What a GGUF header consists of, read from the front of a file and checked one by one. Not
 * thread-safe.
 */
final class GgufInput {
  /** Models of today have about fifty. */
  static final int MAX_METADATA = 16_384;

  /** Models of today have about two thousand. */
  static final int MAX_TENSORS = 131_072;

  /** The specification's, in bytes. */
  static final int MAX_KEY_BYTES = 65_535;

  /** llama.cpp's limit for the elements of an array and the bytes of a string. */
  static final long MAX_LENGTH = 1 << 30;

  static final int MAX_ARRAY_DEPTH = 8;

  /** Of all keys and values together. */
  static final int KEPT_BYTES = 16 * 1024 * 1024;

  /** What a key or an element that is kept takes beside its text. */
  static final int ELEMENT_COST = 64;

  private static final int MAGIC = 0x46554747;

  /** Everything else, in the file's byte order. */
  final HeaderInput bytes;

  private final int version;
  private final boolean bigEndian;
  private final long tensorCount;
  private final long metadataCount;
  private final Set<String> keys = new HashSet<>();
  private int kept;

  /** Reads up to the first metadata entry. */
  GgufInput(ByteSource source) throws IOException {
    bytes = new HeaderInput(source);
    if (bytes.readInt() != MAGIC) {
      throw new MalformedWeightsException(0, "file does not begin with GGUF");
    }
    int read = bytes.readInt();
    // Of a big-endian file the version's low half is empty, read the other way.
    bigEndian = (read & 0xFFFF) == 0;
    if (bigEndian) {
      bytes.order(ByteOrder.BIG_ENDIAN);
    }
    version = bigEndian ? Integer.reverseBytes(read) : read;
    if (version < 1 || version > 3) {
      throw new UnsupportedWeightsException(
          Integer.BYTES,
          "GGUF version %s is not known".formatted(Integer.toUnsignedString(version)));
    }
    tensorCount = readCount("tensors", MAX_TENSORS);
    metadataCount = readCount("metadata entries", MAX_METADATA);
    bytes.section("its metadata");
  }

  int version() {
    return version;
  }

  boolean bigEndian() {
    return bigEndian;
  }

  long tensorCount() {
    return tensorCount;
  }

  long metadataCount() {
    return metadataCount;
  }

  /** The next metadata entry's key, which none before it had. */
  String readKey() throws IOException {
    long start = bytes.offset();
    long length = readLength();
    if (length == 0 || length > MAX_KEY_BYTES) {
      throw new MalformedWeightsException(
          start, "a metadata key is %d bytes long, not 1 to %d".formatted(length, MAX_KEY_BYTES));
    }
    if (!keep((int) length + ELEMENT_COST)) {
      throw new MalformedWeightsException(
          start, "metadata takes more than %d bytes".formatted(KEPT_BYTES));
    }
    String key = readText((int) length, "a metadata key");
    if (!keys.add(key)) {
      throw new MalformedWeightsException(start, "metadata key %s twice".formatted(quoted(key)));
    }
    return key;
  }

  GgufType readType() throws IOException {
    long start = bytes.offset();
    int id = bytes.readInt();
    return GgufType.of(id)
        .orElseThrow(
            () ->
                new MalformedWeightsException(
                    start, "there is no metadata value type %d".formatted(id)));
  }

  boolean readBool() throws IOException {
    byte value = bytes.readByte();
    if (value != 0 && value != 1) {
      throw new MalformedWeightsException(
          bytes.offset() - 1, "a BOOL is %d, not 0 or 1".formatted(value));
    }
    return value == 1;
  }

  record ArrayHead(GgufType elementType, long count) {}

  ArrayHead readArrayHead(int depth) throws IOException {
    long start = bytes.offset();
    if (depth == MAX_ARRAY_DEPTH) {
      throw new MalformedWeightsException(
          start, "arrays within arrays, more than %d deep".formatted(MAX_ARRAY_DEPTH));
    }
    GgufType elementType = readType();
    long count = readLength();
    if (count > bytes.remaining() / leastBytes(elementType)) {
      throw new MalformedWeightsException(
          start,
          "file ends within an array of %d elements of type %s".formatted(count, elementType));
    }
    return new ArrayHead(elementType, count);
  }

  int leastBytes(GgufType type) {
    return switch (type) {
      case STRING -> lengthBytes();
      case ARRAY -> Integer.BYTES + lengthBytes();
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, BOOL, UINT64, INT64, FLOAT64 ->
          type.bytes();
    };
  }

  /** Whether there is room for so many bytes more. */
  boolean keep(int bytes) {
    if (bytes > KEPT_BYTES - kept) {
      return false;
    }
    kept += bytes;
    return true;
  }

  String readText(int length, String what) throws IOException {
    long start = bytes.offset();
    return decode(bytes.readBytes(length), start, what, true, false);
  }

  static String decode(byte[] bytes, long start, String what, boolean strict, boolean truncated)
      throws MalformedWeightsException {
    var action = strict ? CodingErrorAction.REPORT : CodingErrorAction.REPLACE;
    CharBuffer text = CharBuffer.allocate(bytes.length);
    ByteBuffer encoded = ByteBuffer.wrap(bytes);
    try {
      var result =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(action)
              .decode(encoded, text, !truncated);
      if (result.isError()) {
        result.throwException();
      }
    } catch (CharacterCodingException e) {
      throw new MalformedWeightsException(
          start + encoded.position(), "%s is not UTF-8".formatted(what));
    }
    return text.flip().toString();
  }

  long readCount(String what, int limit) throws IOException {
    long start = bytes.offset();
    long count = readSize();
    if (count < 0 || count > limit) {
      throw new MalformedWeightsException(
          start,
          "file claims %s %s, more than %d".formatted(Long.toUnsignedString(count), what, limit));
    }
    return count;
  }

  /** Of a string in bytes, or of an array in elements. */
  long readLength() throws IOException {
    long start = bytes.offset();
    long length = readSize();
    if (length < 0 || length > MAX_LENGTH) {
      throw new MalformedWeightsException(
          start,
          "a length is %s, more than %d".formatted(Long.toUnsignedString(length), MAX_LENGTH));
    }
    return length;
  }

  /** Version 1 has 32 bits where later versions have 64. */
  long readSize() throws IOException {
    return version == 1 ? Integer.toUnsignedLong(bytes.readInt()) : bytes.readLong();
  }

  int lengthBytes() {
    return version == 1 ? Integer.BYTES : Long.BYTES;
  }
}
