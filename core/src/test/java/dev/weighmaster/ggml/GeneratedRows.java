package dev.weighmaster.ggml;

import java.util.List;
import java.util.Random;

/**
 * Rows of one length, and the importance of their columns.
 *
 * @param columns weights in each row: at least 256, a multiple of 32
 * @param importanceSeed the importance of columns follows from it
 */
record GeneratedRows(
    int columns, List<GeneratedRow> rows, Importance importance, long importanceSeed) {
  enum Importance {
    ONES,
    /** Wilder than any that was measured. */
    LOG_NORMAL,
    MOSTLY_ZEROS,
    ZEROS,
    TINY,
    HUGE
  }

  /** One row after the other. */
  float[] weights() {
    float[] weights = new float[rows.size() * columns];
    for (int row = 0; row < rows.size(); row++) {
      System.arraycopy(rows.get(row).weights(columns), 0, weights, row * columns, columns);
    }
    return weights;
  }

  float[] importanceOfColumns() {
    var random = new Random(importanceSeed);
    float[] weights = new float[columns];
    for (int i = 0; i < columns; i++) {
      float normal = (float) random.nextGaussian();
      weights[i] =
          switch (importance) {
            case ONES -> 1;
            case LOG_NORMAL -> (float) Math.exp(1.5 * normal);
            case MOSTLY_ZEROS -> random.nextInt(4) == 0 ? Math.abs(normal) : 0;
            case ZEROS -> 0;
            case TINY -> Math.abs(normal) * 1e-30f;
            case HUGE -> Math.abs(normal) * 1e8f;
          };
    }
    return weights;
  }
}
