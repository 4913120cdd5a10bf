package dev.weighmaster.ggml;

import java.util.Arrays;

/**
 * The search for the scale by which a super-block stores its sub-blocks' scales, or minima, as
 * small integers: {@code make_qp_quants} in {@code ggml-quants.c}.
 */
final class StoredScaleSearch {
  private static final int TRIES_TO_EACH_SIDE = 4;
  private static final int PASSES = 5;

  /** ggml keeps codes in bytes, also those of the rare value that is negative by rounding. */
  private static final int BYTE = 0xFF;

  private StoredScaleSearch() {}

  /**
   * Gives each value an integer.
   *
   * @param values what is to be stored, from {@code from}: not negative, but for rounding
   * @param importance how much each value's error counts, from {@code from}
   * @param count how many
   * @param maxCode the greatest integer that can be stored
   * @param codes receives the integers, from {@code from}
   * @return what a stored integer is multiplied by
   */
  static float find(
      float[] values, int from, float[] importance, int count, int maxCode, byte[] codes) {
    float max = 0;
    for (int i = 0; i < count; i++) {
      float x = values[from + i];
      if (!(max > x)) {
        max = x;
      }
    }
    if (max < CenteredScaleSearch.ZERO) {
      Arrays.fill(codes, from, from + count, (byte) 0);
      return 0;
    }
    float inverse = bestInverse(values, from, importance, count, maxCode, max);
    float products = 0;
    float squares = 0;
    for (int i = 0; i < count; i++) {
      float x = values[from + i];
      float w = importance[from + i];
      int code = code(inverse * x, maxCode);
      codes[from + i] = (byte) code;
      products += w * x * code;
      squares += w * code * code;
    }
    boolean changed = true;
    for (int pass = 0; pass < PASSES && changed; pass++) {
      changed = false;
      for (int i = 0; i < count; i++) {
        float x = values[from + i];
        float w = importance[from + i];
        int code = codes[from + i] & BYTE;
        float otherProducts = products - w * x * code;
        float otherSquares = squares - w * code * code;
        if (otherProducts > 0 && otherSquares > 0) {
          int moved = code(x * otherSquares / otherProducts, maxCode);
          if (moved != code) {
            float newProducts = otherProducts + w * x * moved;
            float newSquares = otherSquares + w * moved * moved;
            if (newProducts * newProducts * squares > products * products * newSquares) {
              codes[from + i] = (byte) moved;
              products = newProducts;
              squares = newSquares;
              changed = true;
            }
          }
        }
      }
    }
    return squares > 0 ? products / squares : 0;
  }

  private static float bestInverse(
      float[] values, int from, float[] importance, int count, int maxCode, float max) {
    float best = maxCode / max;
    float leastError = 0;
    for (int i = 0; i < count; i++) {
      float x = values[from + i];
      float difference = x - 1 / best * (GgmlFloats.nearestInt(best * x) & BYTE);
      leastError += importance[from + i] * difference * difference;
    }
    for (int i = -TRIES_TO_EACH_SIDE; i <= TRIES_TO_EACH_SIDE; i++) {
      if (i != 0) {
        float tried = (0.1f * i + maxCode) / max;
        float error = error(values, from, importance, count, tried, maxCode);
        if (error < leastError) {
          leastError = error;
          best = tried;
        }
      }
    }
    return best;
  }

  private static float error(
      float[] values, int from, float[] importance, int count, float inverse, int maxCode) {
    float scale = 1 / inverse;
    float error = 0;
    for (int i = 0; i < count; i++) {
      float x = values[from + i];
      float difference = x - scale * code(inverse * x, maxCode);
      error += importance[from + i] * difference * difference;
    }
    return error;
  }

  private static int code(float value, int maxCode) {
    return Math.min(maxCode, GgmlFloats.nearestInt(value));
  }
}
