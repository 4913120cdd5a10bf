package dev.weighmaster.gptq;

import java.util.Arrays;

/**
 * What GPTQ's rounding of one column asks of the coefficients: with each row's residual at the
 * column, at most the row's bound is left after the residuals of the columns before it are taken
 * away, each times its coefficient. The bound is half a step, and what {@link Tolerance} adds
 * whatever the coefficients are.
 */
final class ColumnSystem {
  private static final int TILE = 1024;

  final GptqStack stack;
  final int position;
  final int[] before;
  final double[] bounds;
  private final boolean[] usable;

  ColumnSystem(GptqStack stack, int position, int[] before) {
    this.stack = stack;
    this.position = position;
    this.before = before;
    this.bounds = new double[stack.rows()];
    this.usable = new boolean[stack.rows()];
    Arrays.fill(usable, true);
    for (int other : before) {
      stack.removeEnded(other, usable);
    }
    Arrays.setAll(bounds, row -> Tolerance.bound(stack, position, before.length, row));
  }

  int rows() {
    return bounds.length;
  }

  /** How many coefficients there are. */
  int unknowns() {
    return before.length;
  }

  boolean allows(int row, int sign) {
    return usable[row]
        && (sign > 0 ? stack.boundedAbove(position, row) : stack.boundedBelow(position, row));
  }

  /** Rows that bound the weight before rounding from both sides. */
  int[] boundedTwice() {
    int[] rows = new int[rows()];
    int count = 0;
    for (int row = 0; row < rows.length; row++) {
      if (usable[row] && stack.boundedTwice(position, row)) {
        rows[count++] = row;
      }
    }
    return Arrays.copyOf(rows, count);
  }

  /**
   * A row's residuals at the columns before and, last, at the column; all as parts of its bound.
   */
  double[] row(int row) {
    double[] values = new double[before.length + 1];
    for (int j = 0; j < before.length; j++) {
      values[j] = stack.residuals(before[j])[row] / bounds[row];
    }
    values[before.length] = stack.residuals(position)[row] / bounds[row];
    return values;
  }

  /** What is left of each row's residual under some coefficients, as a part of its bound. */
  void remainders(double[] coefficients, float[] remainders) {
    float[] own = stack.residuals(position);
    for (int start = 0; start < rows(); start += TILE) {
      int end = Math.min(rows(), start + TILE);
      System.arraycopy(own, start, remainders, start, end - start);
      for (int j = 0; j < before.length; j++) {
        subtract((float) coefficients[j], stack.residuals(before[j]), remainders, start, end);
      }
      for (int row = start; row < end; row++) {
        remainders[row] /= (float) bounds[row];
      }
    }
  }

  private static void subtract(float factor, float[] from, float[] to, int start, int end) {
    for (int row = start; row < end; row++) {
      to[row] -= factor * from[row];
    }
  }
}
