package dev.weighmaster.gptq;

import java.util.Arrays;
import java.util.Optional;

/**
 * Where the coefficients are, if there are any: if they could be as large as one likes, the
 * rounding of the stored scales would explain everything. Both bounds are around the least squares.
 *
 * <p>One is certain. Each row leaves at most its bound, so the mean of the squares of what the rows
 * leave is at most that of their bounds. That mean is a quadratic form of the coefficients, which
 * grows from its least value by no less than its least eigenvalue.
 *
 * <p>The other is far closer, but takes what GPTQ's rounding leaves in a row for independent of the
 * errors before: the least squares are off by a sum of independent terms, whose sizes are known.
 */
final class Enclosure {
  /**
   * How many times the deviation of a sum of independent terms it can be off. Terms are taken to be
   * as large as they can be, so this is nearly 7 times the deviation of evenly distributed ones.
   */
  private static final double DEVIATIONS = 4;

  /** Far more than the rounding of the sums that are formed here. */
  private static final double ROUNDING = 0x1p-30;

  private final double[] center;
  private final double radius;
  private final double[][] factor;
  private final int rows;

  private Enclosure(double[] center, double radius, double[][] factor, int rows) {
    this.center = center;
    this.radius = radius;
    this.factor = factor;
    this.rows = rows;
  }

  /** Empty if the residuals before depend on each other. */
  static Optional<Enclosure> of(ColumnSystem system, Budget budget) {
    int unknowns = system.unknowns();
    int[] rows = system.boundedTwice();
    SymmetricMatrix squares = new SymmetricMatrix(unknowns);
    double[] right = new double[unknowns];
    for (int row : rows) {
      double[] values = system.row(row);
      squares.addSquare(values, 1.0 / rows.length);
      for (int j = 0; j < unknowns; j++) {
        right[j] += values[unknowns] * values[j] / rows.length;
      }
    }
    budget.spend((rows.length + 10L * unknowns) * unknowns * unknowns);
    double least = unknowns == 0 ? 1 : squares.leastEigenvalue();
    return least > 0
        ? squares.factor(0).flatMap(factor -> of(system, rows, factor, right, least))
        : Optional.empty();
  }

  private static Optional<Enclosure> of(
      ColumnSystem system,
      int[] rows,
      SymmetricMatrix.Factor factor,
      double[] right,
      double least) {
    double[] center = factor.solve(right);
    double radius = system.unknowns() == 0 ? 0 : radius(system, rows, center, least);
    return Double.isFinite(radius)
        ? Optional.of(new Enclosure(center, radius, factor.lower(), rows.length))
        : Optional.empty();
  }

  private static double radius(ColumnSystem system, int[] rows, double[] center, double least) {
    int unknowns = system.unknowns();
    double[] slope = new double[unknowns];
    double left = 0;
    double allowed = 0;
    double errors = 0;
    for (int row : rows) {
      double[] values = system.row(row);
      double remainder = values[unknowns];
      for (int j = 0; j < unknowns; j++) {
        remainder -= center[j] * values[j];
      }
      for (int j = 0; j < unknowns; j++) {
        slope[j] += remainder * values[j] / rows.length;
      }
      RowErrors error = RowErrors.of(system, row);
      double bound = 1 + error.under(center);
      left += remainder * remainder / rows.length;
      allowed += bound * bound / rows.length;
      errors += error.norm() * error.norm() / rows.length;
    }
    // least u^2 - 2 slope u + left <= (sqrt(allowed) + sqrt(errors) u)^2
    double square = least - errors;
    double half = RowErrors.norm(slope) + Math.sqrt(allowed * errors) + ROUNDING;
    double constant = Math.max(0, allowed - left + ROUNDING * (1 + allowed + left));
    return square <= 0
        ? Double.POSITIVE_INFINITY
        : (half + Math.sqrt(half * half + square * constant)) / square * (1 + ROUNDING);
  }

  /** The least squares. */
  double[] center() {
    return center;
  }

  /** How far the coefficients are from the center at most: certain. */
  double radius() {
    return radius;
  }

  /** How far a sum of coefficients, each times its factor, is from that of the center at most. */
  double reach(double[] factors) {
    double squares = 0;
    double[] solved = new double[factors.length];
    for (int i = 0; i < factors.length; i++) {
      double sum = factors[i];
      for (int j = 0; j < i; j++) {
        sum -= factor[i][j] * solved[j];
      }
      solved[i] = sum / factor[i][i];
      squares += solved[i] * solved[i];
    }
    double norm = Math.sqrt(Arrays.stream(factors).map(value -> value * value).sum());
    return Math.min(radius * norm, DEVIATIONS * Math.sqrt(squares / rows));
  }
}
