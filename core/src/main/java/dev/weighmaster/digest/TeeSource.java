package dev.weighmaster.digest;

import dev.weighmaster.io.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Shows the first bytes of a source before they are read, and keeps the first that pass. */
final class TeeSource implements ByteSource {
  private final ByteSource source;
  private final byte[] kept;
  private int keptLength;
  private ByteBuffer head = ByteBuffer.allocate(0);
  private boolean replayed;

  /**
   * @param keep how many bytes at most are kept
   */
  TeeSource(ByteSource source, int keep) {
    this.source = source;
    this.kept = new byte[(int) Math.min(keep, source.size())];
  }

  /** The first bytes: as many as asked for, or the whole of a shorter file. */
  byte[] head(int length) throws IOException {
    head = pull();
    boolean atEnd = !head.hasRemaining();
    while (head.remaining() < length && !atEnd) {
      ByteBuffer first = ByteBuffer.allocate(head.remaining()).put(head).flip();
      ByteBuffer more = pull();
      atEnd = !more.hasRemaining();
      head = ByteBuffer.allocate(first.remaining() + more.remaining()).put(first).put(more).flip();
    }
    byte[] bytes = new byte[Math.min(length, head.remaining())];
    head.duplicate().get(bytes);
    return bytes;
  }

  /** What was kept of the bytes that have passed. */
  byte[] kept() {
    return keptLength == kept.length ? kept : Arrays.copyOf(kept, keptLength);
  }

  @Override
  public long size() {
    return source.size();
  }

  @Override
  public boolean mapped() {
    return source.mapped();
  }

  @Override
  public ByteBuffer next() throws IOException {
    if (replayed || !head.hasRemaining()) {
      return pull();
    }
    replayed = true;
    return head;
  }

  private ByteBuffer pull() throws IOException {
    ByteBuffer chunk = source.next();
    int length = Math.min(chunk.remaining(), kept.length - keptLength);
    chunk.duplicate().get(kept, keptLength, length);
    keptLength += length;
    return chunk;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
