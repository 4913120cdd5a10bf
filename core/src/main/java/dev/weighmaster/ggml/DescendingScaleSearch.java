package dev.weighmaster.ggml;

import java.util.Arrays;

/**
 * The search of Q3_K without importance: {@code make_q3_quants} in {@code ggml-quants.c}.
 *
 * <p>It starts from the scale that gives the greatest weight the outermost code, and then moves one
 * code after the other where that lessens the error, five times over at most.
 */
final class DescendingScaleSearch implements ScaleSearch {
  static final int PASSES = 5;

  private final int size;
  private final int half;

  /**
   * @param size weights in a sub-block
   * @param half codes go from {@code -half} to {@code half - 1}, and are stored plus {@code half}
   */
  DescendingScaleSearch(int size, int half) {
    this.size = size;
    this.half = half;
  }

  /** {@inheritDoc} Each weight's error counts by its own square, whatever the importance. */
  @Override
  public void find(float[] row, int from, float[] importance, int subBlocks, FoundScales found) {
    int[] codes = new int[size];
    for (int subBlock = 0; subBlock < subBlocks; subBlock++) {
      found.min[subBlock] = 0;
      found.scale[subBlock] = descend(row, from + subBlock * size, codes);
    }
  }

  /** The scale; {@code codes} receives codes around 0. */
  private float descend(float[] row, int from, int[] codes) {
    float outermost = CenteredScaleSearch.outermost(row, from, size);
    if (Math.abs(outermost) < CenteredScaleSearch.ZERO) {
      // Stored as 0.
      Arrays.fill(codes, -half);
      return 0;
    }
    float inverse = -half / outermost;
    float products = 0;
    float squares = 0;
    for (int i = 0; i < size; i++) {
      float x = row[from + i];
      float w = x * x;
      int code = clamp(GgmlFloats.nearestInt(inverse * x));
      codes[i] = code;
      products += w * x * code;
      squares += w * code * code;
    }
    boolean changed = true;
    for (int pass = 0; pass < PASSES && changed; pass++) {
      changed = false;
      for (int i = 0; i < size; i++) {
        float x = row[from + i];
        float w = x * x;
        int code = codes[i];
        float otherProducts = products - w * x * code;
        if (otherProducts > 0) {
          float otherSquares = squares - w * code * code;
          int moved = clamp(GgmlFloats.nearestInt(x * otherSquares / otherProducts));
          if (moved != code) {
            float newProducts = otherProducts + w * x * moved;
            float newSquares = otherSquares + w * moved * moved;
            if (newSquares > 0
                && newProducts * newProducts * squares > products * products * newSquares) {
              codes[i] = moved;
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

  private int clamp(int code) {
    return Math.max(-half, Math.min(half - 1, code));
  }

  /** {@inheritDoc} They follow from no scale: the search runs again. */
  @Override
  public void codes(float[] row, int from, FoundScales found, int subBlock, byte[] codes, int at) {
    int[] around0 = new int[size];
    descend(row, from, around0);
    for (int i = 0; i < size; i++) {
      codes[at + i] = (byte) (around0[i] + half);
    }
  }
}
