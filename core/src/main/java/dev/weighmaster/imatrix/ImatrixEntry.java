package dev.weighmaster.imatrix;

import dev.weighmaster.tensor.TensorBytes;
import java.io.IOException;
import java.util.Objects;

/**
 * What an importance matrix has of one tensor.
 *
 * @param values sums in the file, as floats
 * @param offset of the first, in bytes from the start of the file
 * @param divisors one for each equal part of the values; 0 for a part that was never used, of which
 *     every column counts 1
 * @param bytes where the values are
 */
record ImatrixEntry(long values, long offset, float[] divisors, Range bytes) {

  /** Opens values of the file. */
  @FunctionalInterface
  interface Range {
    TensorBytes open(long first, long count) throws IOException;
  }

  ColumnWeights open(long from) throws IOException {
    Objects.checkIndex(from, values);
    return new ColumnWeights(
        bytes.open(from, values - from), from, values / divisors.length, divisors);
  }
}
