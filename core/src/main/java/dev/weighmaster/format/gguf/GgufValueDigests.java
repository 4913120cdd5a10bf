package dev.weighmaster.format.gguf;

import dev.weighmaster.io.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The SHA-256 of every metadata value of a GGUF, whole, where {@link GgufReader} keeps only its
 * beginning: a chat template, a tokenizer's vocabulary.
 *
 * <p>It is that of the bytes by which a little-endian file of version 3 stores the value, its type
 * first; so versions and byte orders do not change it. Memory is constant for values of any length.
 */
public final class GgufValueDigests {
  private static final int STEP = 1 << 13;

  private final GgufInput gguf;
  private final MessageDigest digest = sha256();
  private final ByteBuffer pending = ByteBuffer.allocate(STEP).order(ByteOrder.LITTLE_ENDIAN);

  private GgufValueDigests(GgufInput gguf) {
    this.gguf = gguf;
  }

  /**
   * Reads no further than the chunk in which the metadata ends.
   *
   * @param source that nothing has been read from; it is left open
   * @return 64 lower-case hexadecimal digits by key, in the file's order
   * @throws dev.weighmaster.format.MalformedWeightsException if the file breaks the specification
   * @throws dev.weighmaster.format.UnsupportedWeightsException for another version
   * @throws IOException if the source can't be read
   */
  public static Map<String, String> read(ByteSource source) throws IOException {
    return new GgufValueDigests(new GgufInput(source)).all();
  }

  /**
   * The digest that a file's value has if it is this one.
   *
   * @param value no array, and complete
   */
  public static String of(GgufValue value) {
    byte[] file = new GgufWriter().put("value", value).toByteArray();
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    // Magic, version, two counts, the key, and then the value's type and itself.
    int from = 3 * Long.BYTES + Long.BYTES + "value".length();
    int length = Integer.BYTES + length(bytes, from, value.type());
    MessageDigest digest = sha256();
    digest.update(file, from, length);
    return HexFormat.of().formatHex(digest.digest());
  }

  private static int length(ByteBuffer bytes, int from, GgufType type) {
    return switch (type) {
      case UINT8, INT8, BOOL -> Byte.BYTES;
      case UINT16, INT16 -> Short.BYTES;
      case UINT32, INT32, FLOAT32 -> Integer.BYTES;
      case UINT64, INT64, FLOAT64 -> Long.BYTES;
      case STRING -> Long.BYTES + (int) bytes.getLong(from + Integer.BYTES);
      case ARRAY -> throw new IllegalArgumentException("an array");
    };
  }

  private Map<String, String> all() throws IOException {
    Map<String, String> digests = new LinkedHashMap<>();
    for (long i = 0; i < gguf.metadataCount(); i++) {
      String key = gguf.readKey();
      GgufType type = gguf.readType();
      number(Integer.BYTES, type.id());
      value(type, 0);
      flush();
      digests.put(key, HexFormat.of().formatHex(digest.digest()));
    }
    return Collections.unmodifiableMap(digests);
  }

  private void value(GgufType type, int depth) throws IOException {
    switch (type) {
      case UINT8, INT8 -> number(Byte.BYTES, gguf.bytes.readByte());
      case BOOL -> number(Byte.BYTES, gguf.readBool() ? 1 : 0);
      case UINT16, INT16 -> number(Short.BYTES, gguf.bytes.readShort());
      case UINT32, INT32, FLOAT32 -> number(Integer.BYTES, gguf.bytes.readInt());
      case UINT64, INT64, FLOAT64 -> number(Long.BYTES, gguf.bytes.readLong());
      case STRING -> text();
      case ARRAY -> {
        GgufInput.ArrayHead head = gguf.readArrayHead(depth);
        number(Integer.BYTES, head.elementType().id());
        number(Long.BYTES, head.count());
        for (long i = 0; i < head.count(); i++) {
          value(head.elementType(), depth + 1);
        }
      }
    }
  }

  private void text() throws IOException {
    long left = gguf.readLength();
    number(Long.BYTES, left);
    while (left > 0) {
      byte[] part = gguf.bytes.readBytes((int) Math.min(left, STEP));
      left -= part.length;
      if (pending.remaining() < part.length) {
        flush();
      }
      pending.put(part);
    }
  }

  private void number(int bytes, long value) {
    if (pending.remaining() < Long.BYTES) {
      flush();
    }
    pending.putLong(value).position(pending.position() - Long.BYTES + bytes);
  }

  private void flush() {
    digest.update(pending.flip());
    pending.clear();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
