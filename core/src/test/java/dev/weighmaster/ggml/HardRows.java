package dev.weighmaster.ggml;

import java.util.Random;

/** Rows that are hard to encode, the same ones at every call: 40 rows of 512 weights. */
final class HardRows {
  static final int COLUMNS = 512;
  static final int ROWS = 40;

  private HardRows() {}

  /** Four rows of each kind. */
  static float[] weights() {
    var random = new Random(14);
    float[] weights = new float[ROWS * COLUMNS];
    for (int row = 0; row < ROWS; row++) {
      float size = (float) Math.scalb(1.0, random.nextInt(24) - 18);
      int outlier = random.nextInt(COLUMNS);
      for (int i = 0; i < COLUMNS; i++) {
        float x = (float) random.nextGaussian() * size;
        weights[row * COLUMNS + i] =
            switch (row % 10) {
              case 0 -> x;
              case 1 -> i == outlier ? 1e6f * x : x;
              case 2 -> Math.round(4 * x / size) * size; // ties
              case 3 -> random.nextInt(20) == 0 ? x : 0;
              case 4 -> Math.abs(x) + 3 * size;
              case 5 -> -Math.abs(x) - 3 * size;
              case 6 -> random.nextInt(8) == 0 ? Math.nextUp(size) : size;
              case 7 -> Float.intBitsToFloat(random.nextInt(1 << 23)); // denormals
              case 8 -> Math.nextDown((float) Math.scalb(1.0, random.nextInt(60) - 30));
              case 9 -> x * (float) Math.scalb(1.0, -4 * (i / 16 % 16));
              default -> throw new AssertionError();
            };
      }
    }
    return weights;
  }

  /** A weight for each column; some have none. */
  static float[] importance() {
    var random = new Random(41);
    float[] importance = new float[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
      float x = (float) random.nextGaussian();
      importance[i] = i % 50 == 0 ? 0 : x * x * x * x;
    }
    return importance;
  }
}
