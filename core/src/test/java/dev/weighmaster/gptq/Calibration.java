package dev.weighmaster.gptq;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Inputs that GPTQ was calibrated with. Channels differ in size and depend on each other, as those
 * of language models do: a few are far greater than the rest, and some may always be zero.
 */
final class Calibration {
  private final float[][] samples;
  private final int columns;

  private Calibration(float[][] samples, int columns) {
    this.samples = samples;
    this.columns = columns;
  }

  /**
   * @param spread deviation of the logarithm of the channels' sizes
   * @param factors how many common causes the channels depend on
   * @param strength how strongly they do; and how many follow their neighbours
   * @param zeros how many channels are always zero
   */
  static Calibration random(
      int columns,
      int count,
      double spread,
      int factors,
      double strength,
      int zeros,
      Random random) {
    double[] sizes = new double[columns];
    Arrays.setAll(sizes, j -> Math.exp(spread * random.nextGaussian()));
    for (int i = 0; i < columns / 64; i++) {
      sizes[random.nextInt(columns)] *= 20;
    }
    for (int i = 0; i < zeros; i++) {
      sizes[random.nextInt(columns)] = 0;
    }
    float[][] loadings = new float[factors][columns];
    for (float[] loading : loadings) {
      fillGaussian(loading, random);
    }
    boolean[] follows = new boolean[columns];
    for (int j = 1; j < columns; j++) {
      follows[j] = random.nextDouble() < strength / 6;
    }
    float[][] samples = new float[count][columns];
    for (float[] sample : samples) {
      fillGaussian(sample, random);
      for (float[] loading : loadings) {
        float factor = (float) (strength * random.nextGaussian() / Math.sqrt(factors));
        for (int j = 0; j < columns; j++) {
          sample[j] += factor * loading[j];
        }
      }
      for (int j = columns - 1; j > 0; j--) {
        sample[j] = follows[j] ? sample[j - 1] + 0.3f * sample[j] : sample[j];
      }
      for (int j = 0; j < columns; j++) {
        sample[j] *= (float) sizes[j];
      }
    }
    return new Calibration(samples, columns);
  }

  private static void fillGaussian(float[] values, Random random) {
    for (int j = 0; j < values.length; j++) {
      values[j] = (float) random.nextGaussian();
    }
  }

  int columns() {
    return columns;
  }

  /** The Hessian's diagonal, before damping. */
  double[] diagonal() {
    double[] diagonal = new double[columns];
    for (float[] sample : samples) {
      for (int j = 0; j < columns; j++) {
        diagonal[j] += 2.0 / samples.length * sample[j] * sample[j];
      }
    }
    return diagonal;
  }

  boolean isDead(int column) {
    return Arrays.stream(samples).allMatch(sample -> sample[column] == 0);
  }

  /** The columns by the greatest diagonal first, as {@code desc_act} takes them. */
  int[] descending() {
    double[] diagonal = diagonal();
    return IntStream.range(0, columns)
        .boxed()
        .sorted(Comparator.comparingDouble(j -> -diagonal[j]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /**
   * The first rows of the upper Cholesky factor of the damped Hessian's inverse.
   *
   * @param order in which the columns are rounded
   * @param count of rows and columns of the factor
   */
  float[][] factor(int[] order, int count, double damp) {
    double[][] inverse =
        samples.length < columns
            ? inverseOfFewSamples(order, count, damp)
            : inverse(order, count, damp);
    double[][] lower = cholesky(inverse);
    float[][] upper = new float[count][count];
    for (int i = 0; i < count; i++) {
      for (int j = i; j < count; j++) {
        upper[i][j] = (float) lower[j][i];
      }
    }
    return upper;
  }

  /** What is added to the diagonal: channels that are zero count as 1. */
  private double damping(double damp) {
    return damp
        * Arrays.stream(diagonal()).map(value -> value == 0 ? 1 : value).average().orElseThrow();
  }

  private double[][] inverse(int[] order, int count, double damp) {
    double[][] hessian = new double[columns][columns];
    double[] permuted = new double[columns];
    for (float[] sample : samples) {
      Arrays.setAll(permuted, j -> sample[order[j]]);
      for (int i = 0; i < columns; i++) {
        double value = 2.0 / samples.length * permuted[i];
        for (int j = 0; j < columns; j++) {
          hessian[i][j] += value * permuted[j];
        }
      }
    }
    double damping = damping(damp);
    for (int i = 0; i < columns; i++) {
      hessian[i][i] = (hessian[i][i] == 0 ? 1 : hessian[i][i]) + damping;
    }
    double[][] lower = cholesky(hessian);
    double[][] inverse = new double[count][];
    for (int i = 0; i < count; i++) {
      double[] unit = new double[columns];
      unit[i] = 1;
      inverse[i] = solve(lower, unit);
    }
    return inverse;
  }

  /** By Woodbury's identity; no channel may be zero. */
  private double[][] inverseOfFewSamples(int[] order, int count, double damp) {
    int few = samples.length;
    double damping = damping(damp);
    double[][] gram = new double[few][few];
    for (int a = 0; a < few; a++) {
      for (int b = 0; b <= a; b++) {
        double sum = 0;
        for (int j = 0; j < columns; j++) {
          sum += (double) samples[a][j] * samples[b][j];
        }
        gram[a][b] = sum;
        gram[b][a] = sum;
      }
      gram[a][a] += damping * few / 2;
    }
    double[][] lower = cholesky(gram);
    double[][] inverse = new double[count][count];
    for (int i = 0; i < count; i++) {
      double[] column = new double[few];
      for (int a = 0; a < few; a++) {
        column[a] = samples[a][order[i]];
      }
      double[] solved = solve(lower, column);
      for (int a = 0; a < few; a++) {
        for (int j = 0; j < count; j++) {
          inverse[i][j] -= solved[a] * samples[a][order[j]] / damping;
        }
      }
      inverse[i][i] += 1 / damping;
    }
    return inverse;
  }

  static double[][] cholesky(double[][] matrix) {
    double[][] lower = new double[matrix.length][];
    for (int i = 0; i < matrix.length; i++) {
      lower[i] = new double[i + 1];
      for (int j = 0; j <= i; j++) {
        double sum = matrix[i][j];
        for (int l = 0; l < j; l++) {
          sum -= lower[i][l] * lower[j][l];
        }
        lower[i][j] = j < i ? sum / lower[j][j] : Math.sqrt(sum);
      }
    }
    return lower;
  }

  private static double[] solve(double[][] lower, double[] right) {
    double[] x = right.clone();
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
