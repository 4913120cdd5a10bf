package dev.weighmaster.gptq;

import java.util.Arrays;
import java.util.Optional;

/** A symmetric matrix, and its Cholesky factor. */
final class SymmetricMatrix {
  /** Far more than the roundings of all sums that are formed here add up to. */
  private static final double ROUNDING = 0x1p-30;

  private static final double STEP = 0.85;
  private static final int STEPS = 60;

  private final double[][] lower;

  SymmetricMatrix(int size) {
    lower = new double[size][];
    Arrays.setAll(lower, i -> new double[i + 1]);
  }

  int size() {
    return lower.length;
  }

  /** Adds a vector times itself. */
  void addSquare(double[] vector, double factor) {
    for (int i = 0; i < lower.length; i++) {
      double scaled = factor * vector[i];
      double[] row = lower[i];
      for (int j = 0; j <= i; j++) {
        row[j] += scaled * vector[j];
      }
    }
  }

  double trace() {
    double sum = 0;
    for (int i = 0; i < lower.length; i++) {
      sum += lower[i][i];
    }
    return sum;
  }

  /**
   * The Cholesky factor of this matrix plus a multiple of the identity; empty if, as far as
   * rounding shows, the sum isn't positive.
   */
  Optional<Factor> factor(double shift) {
    return Optional.ofNullable(lowerFactor(shift)).map(Factor::new);
  }

  /** Solves equations. */
  static final class Factor {
    private final double[][] lower;

    private Factor(double[][] lower) {
      this.lower = lower;
    }

    /** The lower triangle that, times its transpose, is the matrix. */
    double[][] lower() {
      return lower;
    }

    double[] solve(double[] right) {
      double[] x = Arrays.copyOf(right, lower.length);
      for (int i = 0; i < x.length; i++) {
        for (int j = 0; j < i; j++) {
          x[i] -= lower[i][j] * x[j];
        }
        x[i] /= lower[i][i];
      }
      for (int i = x.length - 1; i >= 0; i--) {
        x[i] /= lower[i][i];
        for (int j = 0; j < i; j++) {
          x[j] -= lower[i][j] * x[i];
        }
      }
      return x;
    }
  }

  private double[][] lowerFactor(double shift) {
    double[][] factor = new double[lower.length][];
    for (int i = 0; i < lower.length; i++) {
      double[] row = lower[i].clone();
      row[i] += shift;
      for (int j = 0; j <= i; j++) {
        double[] other = j < i ? factor[j] : row;
        double sum = row[j];
        for (int l = 0; l < j; l++) {
          sum -= row[l] * other[l];
        }
        if (j < i) {
          row[j] = sum / other[j];
        } else if (sum > 0) {
          row[i] = Math.sqrt(sum);
        } else {
          return null;
        }
      }
      factor[i] = row;
    }
    return factor;
  }

  /**
   * A number that no eigenvalue is below, whatever was rounded: where the factor of a matrix comes
   * out, no eigenvalue is further below zero than rounding.
   */
  double leastEigenvalue() {
    double rounding = ROUNDING * trace();
    double least = Double.MAX_VALUE;
    for (int i = 0; i < lower.length; i++) {
      least = Math.min(least, lower[i][i]);
    }
    for (int i = 0; i < STEPS; i++) {
      if (lowerFactor(-least) != null) {
        return least - rounding;
      }
      least *= STEP;
    }
    return 0;
  }
}
