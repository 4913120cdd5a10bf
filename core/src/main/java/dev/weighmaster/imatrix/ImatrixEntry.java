package dev.weighmaster.imatrix;

import dev.weighmaster.tensor.TensorBytes;
import java.io.IOException;
import java.util.Objects;

/** What an importance matrix has of one tensor. */
final class ImatrixEntry {
  private final long values;
  private final long offset;
  private final float[] divisors;
  private final Range bytes;

  /** Opens values of the file. */
  @FunctionalInterface
  interface Range {
    TensorBytes open(long first, long count) throws IOException;
  }

  /**
   * @param values sums in the file, as floats
   * @param offset of the first, in bytes from the start of the file
   * @param divisors one for each equal part of the values; 0 for a part that was never used, of
   *     which every column counts 1
   * @param bytes where the values are
   */
  ImatrixEntry(long values, long offset, float[] divisors, Range bytes) {
    this.values = values;
    this.offset = offset;
    this.divisors = divisors;
    this.bytes = bytes;
  }

  long values() {
    return values;
  }

  long offset() {
    return offset;
  }

  ColumnWeights open(long from) throws IOException {
    Objects.checkIndex(from, values);
    long part = values / divisors.length;
    return new ColumnWeights(bytes.open(from, values - from), from, part, divisors);
  }
}
