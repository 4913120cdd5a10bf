package dev.weighmaster.gptq;

import java.util.Arrays;
import java.util.Optional;

/**
 * One constraint more than there are unknowns, all met with the same excess: a vertex of the linear
 * program, and its multipliers, which are not negative. Constraints are {@code sign * (y - a b) <=
 * v}, of unknowns b and v.
 */
final class Basis {
  private static final double LEAST_PIVOT = 1e-9;

  private final int size;
  private final int[] rows;
  private final int[] signs;

  /** The inverse of the matrix whose columns are the constraints; transposed. */
  private final double[][] inverse;

  private final double[] multipliers;

  /** The coefficients and, last, the excess. */
  private final double[] solution;

  private final double[] entering;

  private Basis(int[] rows, int[] signs, double[][] inverse, double[][] values) {
    this.size = rows.length;
    this.rows = rows;
    this.signs = signs;
    this.inverse = inverse;
    this.multipliers = inverse[size - 1].clone();
    this.solution = new double[size];
    this.entering = new double[size];
    for (int l = 0; l < size; l++) {
      for (int i = 0; i < size; i++) {
        solution[l] += signs[i] * values[i][size - 1] * inverse[l][i];
      }
    }
  }

  /**
   * The vertex of some rows.
   *
   * @param values each row's, as {@link ColumnSystem#row} has them
   * @return empty if they don't make one
   */
  static Optional<Basis> of(int[] rows, double[][] values) {
    return inverse(Arrays.stream(values).map(Basis::equation).toArray(double[][]::new))
        .flatMap(inverse -> of(rows, signs(inverse[rows.length - 1], values), values));
  }

  /** The vertex of rows with signs; empty if they don't make one. */
  static Optional<Basis> of(int[] rows, int[] signs, double[][] values) {
    double[][] equations = new double[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      equations[i] = equation(values[i]);
      scale(equations[i], signs[i]);
      equations[i][rows.length - 1] = 1;
    }
    return inverse(equations).map(inverse -> new Basis(rows, signs, inverse, values));
  }

  /** What a row asks of the coefficients and the excess. */
  static double[] equation(double[] values) {
    double[] equation = values.clone();
    equation[values.length - 1] = 1;
    return equation;
  }

  /**
   * The signs with which the rows leave the same excess, which is not negative.
   *
   * @param cancelling what to multiply rows with to have their residuals before the column cancel
   */
  private static int[] signs(double[] cancelling, double[][] values) {
    double excess = 0;
    for (int i = 0; i < cancelling.length; i++) {
      excess += cancelling[i] * values[i][cancelling.length - 1];
    }
    boolean turned = excess < 0;
    return Arrays.stream(cancelling).mapToInt(value -> value < 0 == turned ? 1 : -1).toArray();
  }

  private static Optional<double[][]> inverse(double[][] matrix) {
    int size = matrix.length;
    double[][] work = Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
    double[][] inverse = new double[size][size];
    for (int i = 0; i < size; i++) {
      inverse[i][i] = 1;
    }
    for (int column = 0; column < size; column++) {
      int pivot = pivot(work, column);
      swap(work, pivot, column);
      swap(inverse, pivot, column);
      double value = work[column][column];
      if (!(Math.abs(value) > LEAST_PIVOT)) {
        return Optional.empty();
      }
      scale(work[column], 1 / value);
      scale(inverse[column], 1 / value);
      for (int i = 0; i < size; i++) {
        if (i != column) {
          double factor = work[i][column];
          subtract(work[column], factor, work[i]);
          subtract(inverse[column], factor, inverse[i]);
        }
      }
    }
    return Optional.of(inverse);
  }

  private static int pivot(double[][] matrix, int column) {
    int pivot = column;
    for (int i = column + 1; i < matrix.length; i++) {
      if (Math.abs(matrix[i][column]) > Math.abs(matrix[pivot][column])) {
        pivot = i;
      }
    }
    return pivot;
  }

  private static void swap(double[][] rows, int i, int j) {
    double[] row = rows[i];
    rows[i] = rows[j];
    rows[j] = row;
  }

  private static void scale(double[] row, double factor) {
    for (int i = 0; i < row.length; i++) {
      row[i] *= factor;
    }
  }

  private static void subtract(double[] from, double factor, double[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] -= factor * from[i];
    }
  }

  double excess() {
    return solution[size - 1];
  }

  /** The coefficients; the last number is not one of them. */
  double[] solution() {
    return solution;
  }

  int[] rows() {
    return rows;
  }

  int[] signs() {
    return signs;
  }

  double[] multipliers() {
    return multipliers;
  }

  /** What is left of a row under the solution. */
  double remainder(double[] values) {
    double sum0 = values[size - 1];
    double sum1 = 0;
    int l = 0;
    for (; l + 1 < size - 1; l += 2) {
      sum0 -= values[l] * solution[l];
      sum1 -= values[l + 1] * solution[l + 1];
    }
    return l < size - 1 ? sum0 + sum1 - values[l] * solution[l] : sum0 + sum1;
  }

  /**
   * Takes a violated constraint in, and the one out that keeps all multipliers positive: the excess
   * grows.
   *
   * @return where the one that is taken out was; less than 0 if rounding leaves none
   */
  int exchange(int row, int sign, double[] values) {
    Arrays.fill(entering, 0);
    for (int l = 0; l < size; l++) {
      double value = l < size - 1 ? sign * values[l] : 1;
      subtract(inverse[l], -value, entering);
    }
    int leaving = leaving();
    if (leaving < 0) {
      return leaving;
    }
    double pivot = entering[leaving];
    double step = multipliers[leaving] / pivot;
    double change = (sign * remainder(values) - excess()) / pivot;
    subtract(entering, step, multipliers);
    multipliers[leaving] = step;
    entering[leaving] -= 1;
    for (int l = 0; l < size; l++) {
      solution[l] += change * inverse[l][leaving];
      subtract(entering, inverse[l][leaving] / pivot, inverse[l]);
    }
    rows[leaving] = row;
    signs[leaving] = sign;
    return leaving;
  }

  private int leaving() {
    int leaving = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      if (entering[i] > LEAST_PIVOT) {
        double ratio = Math.max(0, multipliers[i]) / entering[i];
        if (ratio < least) {
          least = ratio;
          leaving = i;
        }
      }
    }
    return leaving;
  }

  /** How far the multipliers are from what they should be: what rounding has added up to. */
  double drift(double[][] values) {
    double[] sums = new double[size];
    for (int i = 0; i < size; i++) {
      for (int l = 0; l < size - 1; l++) {
        sums[l] += multipliers[i] * signs[i] * values[i][l];
      }
      sums[size - 1] += multipliers[i];
    }
    sums[size - 1] -= 1;
    return Arrays.stream(sums).map(Math::abs).max().orElse(0);
  }
}
