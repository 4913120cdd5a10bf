package dev.weighmaster.format;

import dev.weighmaster.io.ByteSource;
import java.nio.ByteBuffer;

/** Bytes at hand, handed out in chunks of a given size. */
public final class InMemoryByteSource implements ByteSource {
  private final byte[] bytes;
  private final int chunkSize;
  private int position;

  public InMemoryByteSource(byte[] bytes, int chunkSize) {
    this.bytes = bytes;
    this.chunkSize = chunkSize;
  }

  public InMemoryByteSource(byte[] bytes) {
    this(bytes, 1 << 16);
  }

  @Override
  public long size() {
    return bytes.length;
  }

  /** Bytes handed out so far. */
  public int position() {
    return position;
  }

  @Override
  public ByteBuffer next() {
    int length = Math.min(chunkSize, bytes.length - position);
    ByteBuffer chunk = ByteBuffer.wrap(bytes, position, length).slice().asReadOnlyBuffer();
    position += length;
    return chunk;
  }

  @Override
  public void close() {}
}
