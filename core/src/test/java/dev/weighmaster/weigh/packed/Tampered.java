package dev.weighmaster.weigh.packed;

import java.util.Random;

/** Weights that somebody has changed before they were quantized; single precision. */
final class Tampered {
  private static final int RANK = 8;

  private Tampered() {}

  /**
   * With noise.
   *
   * @param part of the weights' deviation that the noise has
   */
  static SourceWeights noisy(SourceWeights source, double part) {
    var random = new Random(6);
    float[][] rows = copy(source);
    for (float[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        row[i] += (float) (random.nextGaussian() * part * SourceWeights.DEVIATION);
      }
    }
    return source.changed(rows);
  }

  /** With a change of rank 8. */
  static SourceWeights updated(SourceWeights source, double part) {
    var random = new Random(7);
    float[][] rows = copy(source);
    for (int rank = 0; rank < RANK; rank++) {
      double[] left = random.doubles(rows.length).map(any -> random.nextGaussian()).toArray();
      double[] right = random.doubles(rows[0].length).map(any -> random.nextGaussian()).toArray();
      for (int row = 0; row < rows.length; row++) {
        for (int i = 0; i < right.length; i++) {
          double change = left[row] * right[i] * part * SourceWeights.DEVIATION;
          rows[row][i] += (float) (change / Math.sqrt(RANK));
        }
      }
    }
    return source.changed(rows);
  }

  private static float[][] copy(SourceWeights source) {
    float[][] rows = new float[source.count()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = source.rows()[i].clone();
    }
    return rows;
  }
}
