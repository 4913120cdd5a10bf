package dev.weighmaster.ggml;

/** How much the error of each weight of a row counts in a search. */
final class RowWeights {
  /** The importance of columns, where none is given. */
  static final float[] NONE = {};

  private RowWeights() {}

  /** The sum of squares, added in order. */
  static float squares(float[] row, int from, int length) {
    float squares = 0;
    for (int i = from; i < from + length; i++) {
      squares += row[i] * row[i];
    }
    return squares;
  }

  /** The distance from 0 of the weight that is furthest from it. */
  static float greatestDistance(float[] row, int from, int length) {
    float greatest = 0;
    for (int i = from; i < from + length; i++) {
      greatest = Math.max(greatest, Math.abs(row[i]));
    }
    return greatest;
  }

  /**
   * Weighs by the column's importance and the weight's size: {@code importance * sqrt(variance + x
   * * x)}.
   *
   * @param importance of the columns, from {@code column}
   * @param weights receives the weights, from {@code at}
   */
  static void bySize(
      float[] row,
      int from,
      int length,
      float variance,
      float[] importance,
      int column,
      float[] weights,
      int at) {
    for (int i = 0; i < length; i++) {
      float x = row[from + i];
      weights[at + i] = importance[column + i] * (float) Math.sqrt(variance + x * x);
    }
  }

  /** Weighs by the weight's square. */
  static void bySquare(float[] row, int from, int length, float[] weights, int at) {
    for (int i = 0; i < length; i++) {
      weights[at + i] = row[from + i] * row[from + i];
    }
  }
}
