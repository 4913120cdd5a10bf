package dev.weighmaster.weigh;

import java.util.Optional;

/**
 * Adds up the errors of a tensor's rows. Not thread-safe.
 *
 * <p>The sums run in one order, in doubles: by block, the blocks by row. Attestations claim what
 * comes of it, so another order must stay within {@link CheckedBound#TOLERANCE}.
 */
final class ErrorSums {
  /** Of a type whose weights share no block. */
  private static final int USUAL_BLOCK = 32;

  private final int block;
  private long weights;
  private double squares;
  private double sourceSquares;
  private double largest;
  private double worstMean = -1;
  private long worstRow;
  private long worstColumn;
  private int worstLength;

  ErrorSums(int blockElements) {
    this.block = blockElements == 1 ? USUAL_BLOCK : blockElements;
  }

  /**
   * Adds a row.
   *
   * @param from index of the row's first weight in both arrays
   */
  void add(float[] source, float[] decoded, int from, int length, long row) {
    for (int at = 0; at < length; at += block) {
      int count = Math.min(block, length - at);
      double sum = 0;
      double sourceSum = 0;
      double max = 0;
      for (int i = from + at; i < from + at + count; i++) {
        double x = source[i];
        double error = decoded[i] - x;
        sum += error * error;
        sourceSum += x * x;
        max = Math.max(max, Math.abs(error));
      }
      squares += sum;
      sourceSquares += sourceSum;
      largest = Math.max(largest, max);
      if (sum / count > worstMean) {
        worstMean = sum / count;
        worstRow = row;
        worstColumn = at;
        worstLength = count;
      }
    }
    weights += length;
  }

  /** The sum of the squared errors. */
  double squares() {
    return squares;
  }

  boolean sourceIsNotFinite() {
    return !Double.isFinite(sourceSquares);
  }

  /** Empty if there are no weights, or some are not finite. */
  Optional<Errors> errors() {
    if (weights == 0 || !Double.isFinite(squares) || !Double.isFinite(sourceSquares)) {
      return Optional.empty();
    }
    double relative =
        squares == 0 ? 0 : sourceSquares == 0 ? 1 : Math.sqrt(squares / sourceSquares);
    return Optional.of(
        new Errors(
            largest,
            Math.sqrt(squares / weights),
            relative,
            new Errors.WorstBlock(worstRow, worstColumn, worstLength, Math.sqrt(worstMean))));
  }
}
