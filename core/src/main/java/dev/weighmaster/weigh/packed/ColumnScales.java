package dev.weighmaster.weigh.packed;

import java.util.Arrays;

/**
 * Between what each column of a matrix can have been scaled, so that every code is the nearest. Not
 * thread-safe.
 */
final class ColumnScales {
  /**
   * Half of a narrow range, as a part of its middle. Codes of 64 rows mostly leave less open; a
   * column all of whose codes are 0 leaves everything below a scale open.
   */
  private static final double NARROW = 0.1;

  private final double[] low;
  private final double[] high;

  ColumnScales(int columns) {
    low = new double[columns];
    high = new double[columns];
    Arrays.fill(high, Double.POSITIVE_INFINITY);
  }

  /** Leaves what is also in a range; whether anything is. */
  boolean narrow(int column, double least, double most) {
    low[column] = Math.max(low[column], least);
    high[column] = Math.min(high[column], most);
    return low[column] <= high[column];
  }

  double low(int column) {
    return low[column];
  }

  double high(int column) {
    return high[column];
  }

  /** The middle of a column's range: its least where it has no end. */
  double middle(int column) {
    return Double.isInfinite(high[column]) ? low[column] : (low[column] + high[column]) / 2;
  }

  /** Half of the width of a column's range, as a part of its middle. */
  double uncertainty(int column) {
    double middle = middle(column);
    return middle > 0 && !Double.isInfinite(high[column])
        ? (high[column] - low[column]) / 2 / middle
        : Double.POSITIVE_INFINITY;
  }

  /** Whether the range of a column is narrow. */
  boolean decided(int column) {
    return uncertainty(column) <= NARROW;
  }

  boolean allDecided() {
    for (int i = 0; i < low.length; i++) {
      if (!decided(i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether all columns can be as they were. */
  boolean allowNone() {
    for (int i = 0; i < low.length; i++) {
      if (low[i] > 1 || high[i] < 1) {
        return false;
      }
    }
    return true;
  }
}
