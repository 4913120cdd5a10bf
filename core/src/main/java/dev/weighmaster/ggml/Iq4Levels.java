package dev.weighmaster.ggml;

import java.util.Arrays;

/**
 * The sixteen values that a code of IQ4_NL or IQ4_XS stands for: {@code kvalues_iq4nl} in {@code
 * ggml-common.h}.
 */
final class Iq4Levels {
  private static final float[] VALUES = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  static final float LOWEST = VALUES[0];

  /** Cells of width 1 from {@link #FIRST_CELL} on: a cell holds one boundary at most. */
  private static final int CELLS = 256;

  private static final float FIRST_CELL = -128;

  /** The code below the boundary in a cell, or all over it. */
  private static final byte[] LOWER_CODES = new byte[CELLS];

  /** The least float that gets the next code; NaN, which no float reaches, where there is none. */
  private static final float[] BOUNDARIES = new float[CELLS];

  /** The least float that gets a code. */
  private static final float[] FROM = new float[VALUES.length];

  static {
    FROM[0] = Float.NEGATIVE_INFINITY;
    Arrays.fill(BOUNDARIES, Float.NaN);
    for (int code = 1; code < VALUES.length; code++) {
      float boundary = boundary(VALUES[code - 1], VALUES[code]);
      int cell = cell(boundary);
      BOUNDARIES[cell] = boundary;
      FROM[code] = boundary;
      Arrays.fill(LOWER_CODES, cell + 1, CELLS, (byte) code);
    }
  }

  private Iq4Levels() {}

  static float value(int code) {
    return VALUES[code];
  }

  /** The code of the nearest value, as {@code best_index_int8} finds it; of two, the greater. */
  static int nearest(float number) {
    int cell = cell(number);
    return LOWER_CODES[cell] + (number >= BOUNDARIES[cell] ? 1 : 0);
  }

  /** Whether a code is the nearest one of some number in a range. */
  static boolean isNearestWithin(int code, float least, float greatest) {
    return greatest >= FROM[code] && (code == VALUES.length - 1 || least < FROM[code + 1]);
  }

  private static int cell(float number) {
    return Math.max(0, Math.min(CELLS - 1, (int) (number - FIRST_CELL)));
  }

  /** The least float that is not nearer to the lower value, both distances rounded to floats. */
  private static float boundary(float lower, float upper) {
    float boundary = (lower + upper) / 2;
    while (boundary - lower < upper - boundary) {
      boundary = Math.nextUp(boundary);
    }
    float below = Math.nextDown(boundary);
    while (!(below - lower < upper - below)) {
      boundary = below;
      below = Math.nextDown(boundary);
    }
    return boundary;
  }
}
