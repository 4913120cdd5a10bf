package dev.weighmaster.format;

import dev.weighmaster.io.ByteSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Reads a header from the front of a file. Not thread-safe.
 *
 * <p>It takes no chunk from the source before a byte of it is asked for, so that who owns the
 * source can go on with {@link ByteSource#next()} where the header ends. A read past the end is a
 * {@link MalformedWeightsException}, and nothing is allocated for it.
 */
public final class HeaderInput {
  private final ByteSource source;
  private ByteBuffer chunk = ByteBuffer.allocate(0);
  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
  private String section = "its header";
  private long offset;

  /**
   * @param source that nothing has been read from
   */
  public HeaderInput(ByteSource source) {
    this.source = source;
  }

  /** In bytes from the start of the file. */
  public long offset() {
    return offset;
  }

  /** Bytes from here to the file's end. */
  public long remaining() {
    return source.size() - offset;
  }

  /** Sets the byte order of what is read from here on; little-endian at first. */
  public void order(ByteOrder newOrder) {
    order = newOrder;
    chunk.order(newOrder);
  }

  /** Names what is read from here on, for messages. */
  public void section(String name) {
    section = name;
  }

  public byte readByte() throws IOException {
    return require(Byte.BYTES) ? chunk.get() : gather(Byte.BYTES).get();
  }

  public short readShort() throws IOException {
    return require(Short.BYTES) ? chunk.getShort() : gather(Short.BYTES).getShort();
  }

  public int readInt() throws IOException {
    return require(Integer.BYTES) ? chunk.getInt() : gather(Integer.BYTES).getInt();
  }

  public long readLong() throws IOException {
    return require(Long.BYTES) ? chunk.getLong() : gather(Long.BYTES).getLong();
  }

  /** Allocates {@code length} bytes once it is known that the file has them. */
  public byte[] readBytes(int length) throws IOException {
    require(length);
    return gather(length).array();
  }

  public void skip(long length) throws IOException {
    if (require(length)) {
      chunk.position(chunk.position() + (int) length);
      return;
    }
    for (long left = length; left > 0; ) {
      int step = (int) Math.min(left, fill());
      chunk.position(chunk.position() + step);
      left -= step;
    }
  }

  /**
   * The next {@code length} bytes as a stream that moves this input on as it is read, and whose
   * closing does nothing.
   */
  public InputStream stream(long length) throws IOException {
    ensure(length);
    return new InputStream() {
      private long left = length;

      @Override
      public int read() throws IOException {
        if (left == 0) {
          return -1;
        }
        left--;
        return Byte.toUnsignedInt(readByte());
      }

      @Override
      public int read(byte[] target, int from, int count) throws IOException {
        Objects.checkFromIndexSize(from, count, target.length);
        if (count == 0) {
          return 0;
        }
        if (left == 0) {
          return -1;
        }
        int step = (int) Math.min(Math.min(count, left), fill());
        chunk.get(target, from, step);
        offset += step;
        left -= step;
        return step;
      }
    };
  }

  /** Counts the bytes as read; whether the chunk at hand has them all. */
  private boolean require(long length) throws IOException {
    ensure(length);
    offset += length;
    return length <= chunk.remaining();
  }

  private void ensure(long length) throws IOException {
    if (length < 0 || length > remaining()) {
      throw new MalformedWeightsException(
          offset,
          "file ends within %s: %s bytes wanted, %d left"
              .formatted(section, Long.toUnsignedString(length), remaining()));
    }
  }

  private ByteBuffer gather(int length) throws IOException {
    ByteBuffer gathered = ByteBuffer.allocate(length).order(order);
    while (gathered.hasRemaining()) {
      int step = Math.min(gathered.remaining(), fill());
      chunk.get(gathered.array(), gathered.position(), step);
      gathered.position(gathered.position() + step);
    }
    return gathered.flip();
  }

  /** Takes the next chunk where this one is used up; how many bytes there are, never 0. */
  private int fill() throws IOException {
    if (!chunk.hasRemaining()) {
      chunk = source.next().slice().order(order);
      if (!chunk.hasRemaining()) {
        throw new MalformedWeightsException(
            offset, "file ends within %s, before its listed size".formatted(section));
      }
    }
    return chunk.remaining();
  }
}
