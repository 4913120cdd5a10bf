package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.tensor.RowReader;
import java.io.IOException;

/** Adds one to each weight. Not thread-safe. */
final class PlusOneReader implements RowReader {
  private static final int STEP = 1 << 12;
  private static final float[] NO_IMPORTANCE = {};

  private final RowReader weights;
  private final GgmlCodec from;
  private final GgmlCodec to;
  private final byte[] stored;
  private final byte[] added;
  private final float[] floats = new float[STEP];
  private int position;
  private int filled;

  /**
   * @param from type of the weights, of single ones
   * @param to that of the sums, which are rounded to it
   */
  PlusOneReader(RowReader weights, GgmlType from, GgmlType to) {
    this.weights = weights;
    this.from = GgmlCodecs.of(from).orElseThrow();
    this.to = GgmlCodecs.of(to).orElseThrow();
    this.stored = new byte[STEP * from.blockBytes()];
    this.added = new byte[STEP * to.blockBytes()];
  }

  @Override
  public long remaining() {
    return filled
        - position
        + weights.remaining() / from.type().blockBytes() * to.type().blockBytes();
  }

  @Override
  public void read(byte[] target, int offset, int length) throws IOException {
    int read = 0;
    while (read < length) {
      if (position == filled) {
        load();
      }
      int step = Math.min(filled - position, length - read);
      System.arraycopy(added, position, target, offset + read, step);
      position += step;
      read += step;
    }
  }

  private void load() throws IOException {
    int bytes = (int) Math.min(stored.length, weights.remaining());
    if (bytes == 0) {
      throw new IndexOutOfBoundsException("no bytes remain");
    }
    weights.read(stored, 0, bytes);
    int count = bytes / from.type().blockBytes();
    from.decode(stored, 0, floats, 0, count);
    for (int i = 0; i < count; i++) {
      floats[i] += 1;
    }
    to.encode(floats, 0, count, NO_IMPORTANCE, added, 0);
    position = 0;
    filled = count * to.type().blockBytes();
  }

  @Override
  public void close() throws IOException {
    weights.close();
  }
}
