package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.Quantized;
import dev.weighmaster.packing.TestFloats;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * GPTQ, written after its paper: columns are rounded one after the other, and the error of each is
 * made up for in those that follow, as the inputs' second moments say. Calibrated by inputs that
 * are drawn, and depend on each other.
 */
final class GptqQuantizer {
  private final int columns;
  private final int bits;
  private final int groupSize;
  private final boolean symmetric;
  private final double[][] upper;
  private final int[] order;

  /**
   * @param inOrder whether columns are rounded in their order, or by how much their inputs vary
   */
  GptqQuantizer(
      int columns, int bits, int groupSize, boolean symmetric, boolean inOrder, Random random) {
    this.columns = columns;
    this.bits = bits;
    this.groupSize = groupSize;
    this.symmetric = symmetric;
    double[][] moments = moments(columns, random);
    this.order =
        inOrder
            ? IntStream.range(0, columns).toArray()
            : IntStream.range(0, columns)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -moments[i][i]))
                .mapToInt(i -> i)
                .toArray();
    double[][] ordered = new double[columns][columns];
    for (int i = 0; i < columns; i++) {
      for (int j = 0; j < columns; j++) {
        ordered[i][j] = moments[order[i]][order[j]];
      }
    }
    this.upper = upperOfInverse(ordered);
  }

  /** Of inputs that share sources, each with a scale of its own; damped. */
  private static double[][] moments(int columns, Random random) {
    int sources = columns / 4;
    double shared = 0.2 + 0.6 * random.nextDouble();
    double[] scales = new double[columns];
    double[][] mixing = new double[columns][sources];
    for (int i = 0; i < columns; i++) {
      scales[i] = Math.exp(0.7 * random.nextGaussian());
      for (int j = 0; j < sources; j++) {
        mixing[i][j] = shared * random.nextGaussian() / Math.sqrt(sources);
      }
    }
    double[][] moments = new double[columns][columns];
    double trace = 0;
    for (int sample = 0; sample < columns + 64; sample++) {
      double[] hidden = random.doubles(sources).map(any -> random.nextGaussian()).toArray();
      double[] input = new double[columns];
      for (int i = 0; i < columns; i++) {
        input[i] = random.nextGaussian();
        for (int j = 0; j < sources; j++) {
          input[i] += mixing[i][j] * hidden[j];
        }
        input[i] *= scales[i];
      }
      for (int i = 0; i < columns; i++) {
        trace += input[i] * input[i];
        for (int j = 0; j < columns; j++) {
          moments[i][j] += input[i] * input[j];
        }
      }
    }
    for (int i = 0; i < columns; i++) {
      moments[i][i] += 0.01 * trace / columns;
    }
    return moments;
  }

  /** The upper triangle whose square, from the left, is the inverse of a matrix. */
  private static double[][] upperOfInverse(double[][] matrix) {
    int n = matrix.length;
    // With L the lower triangle of the matrix in reverse order, the inverse of L, reversed again.
    double[][] lower = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = matrix[n - 1 - i][n - 1 - j];
        for (int k = 0; k < j; k++) {
          sum -= lower[i][k] * lower[j][k];
        }
        lower[i][j] = i == j ? Math.sqrt(sum) : sum / lower[j][j];
      }
    }
    double[][] inverse = new double[n][n];
    for (int j = 0; j < n; j++) {
      for (int i = j; i < n; i++) {
        double sum = i == j ? 1 : 0;
        for (int k = j; k < i; k++) {
          sum -= lower[i][k] * inverse[k][j];
        }
        inverse[i][j] = sum / lower[i][i];
      }
    }
    double[][] upper = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        upper[i][j] = inverse[n - 1 - i][n - 1 - j];
      }
    }
    return upper;
  }

  Quantized quantize(float[][] source) {
    int groups = (columns + groupSize - 1) / groupSize;
    int[][] codes = new int[source.length][columns];
    float[][] scales = new float[source.length][groups];
    int[][] zeros = new int[source.length][groups];
    int[] groupOf = new int[columns];
    for (int i = 0; i < columns; i++) {
      groupOf[order[i]] = i / groupSize;
    }
    for (int row = 0; row < source.length; row++) {
      double[] weights = new double[columns];
      for (int i = 0; i < columns; i++) {
        weights[i] = source[row][order[i]];
      }
      for (int i = 0; i < columns; i++) {
        int group = i / groupSize;
        if (i % groupSize == 0) {
          scale(weights, i, scales[row], zeros[row], group);
        }
        float scale = scales[row][group];
        int zero = zeros[row][group];
        int code =
            (int) Math.max(0, Math.min((1 << bits) - 1, Math.rint(weights[i] / scale) + zero));
        codes[row][order[i]] = code;
        double error = (weights[i] - (code - zero) * (double) scale) / upper[i][i];
        for (int j = i; j < columns; j++) {
          weights[j] -= error * upper[i][j];
        }
      }
    }
    return new Quantized(codes, scales, zeros, groupOf);
  }

  private void scale(double[] weights, int from, float[] scales, int[] zeros, int group) {
    double min = 0;
    double max = 0;
    for (int i = from; i < Math.min(columns, from + groupSize); i++) {
      min = Math.min(min, weights[i]);
      max = Math.max(max, weights[i]);
    }
    int greatest = (1 << bits) - 1;
    if (symmetric) {
      scales[group] = TestFloats.throughHalf((float) (2 * Math.max(-min, max) / greatest));
      zeros[group] = (greatest + 1) / 2;
    } else {
      scales[group] = TestFloats.throughHalf((float) ((max - min) / greatest));
      // The first version of the format has no zero point of 0.
      zeros[group] = (int) Math.max(1, Math.rint(-min / scales[group]));
    }
  }
}
