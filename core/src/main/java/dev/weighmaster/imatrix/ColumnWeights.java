package dev.weighmaster.imatrix;

import dev.weighmaster.tensor.TensorBytes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The weights of a tensor's columns, matrix after matrix. Not thread-safe. */
public final class ColumnWeights implements Closeable {
  private final TensorBytes sums;
  private final long part;
  private final float[] divisors;
  private long position;
  private byte[] bytes = new byte[0];

  /**
   * @param sums from {@code position} on
   * @param part how many of them share a divisor
   */
  ColumnWeights(TensorBytes sums, long position, long part, float[] divisors) {
    this.sums = sums;
    this.position = position;
    this.part = part;
    this.divisors = divisors;
  }

  /**
   * Reads the next weights.
   *
   * @throws dev.weighmaster.io.ChangedDuringReadException if the file is not the one that was
   *     opened
   */
  public void next(float[] weights, int length) throws IOException {
    if (bytes.length < length * Float.BYTES) {
      bytes = new byte[length * Float.BYTES];
    }
    sums.read(bytes, 0, length * Float.BYTES);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(weights, 0, length);
    for (int i = 0; i < length; i++, position++) {
      float divisor = divisors[(int) (position / part)];
      weights[i] = divisor == 0 ? 1 : weights[i] / divisor;
    }
  }

  @Override
  public void close() throws IOException {
    sums.close();
  }
}
