package dev.weighmaster.ggml;

/**
 * Finds the scale of 32 weights for IQ4_NL and IQ4_XS: the one with the least weighted error among
 * sixteen, as {@code quantize_row_iq4_nl_impl} in {@code ggml-quants.c} does.
 *
 * <p>Holds scratch space: one thread at a time.
 */
final class Iq4BlockSearch {
  static final int LENGTH = 32;

  private static final int TRIALS = 7;
  private static final float LEAST_MAGNITUDE = 1e-15f;

  /** More than the rounding errors of a product and a reciprocal. */
  private static final float SLACK = 1e-6f;

  private final float[] importance = new float[LENGTH];

  /** Of the scale tried last: importance · weight · value, and importance · value². */
  private float sumOfProducts;

  private float sumOfSquares;

  /**
   * Sets the importance of a block's weights.
   *
   * @param column of the block's first weight
   */
  void weigh(float[] row, int from, float[] columns, int column, float variance) {
    if (columns.length == 0) {
      RowWeights.bySquare(row, from, LENGTH, importance, 0);
    } else {
      RowWeights.bySize(row, from, LENGTH, variance, columns, column, importance, 0);
    }
  }

  /** Returns the best scale, or 0 where all weights are next to nothing. */
  float search(float[] row, int from) {
    float magnitude = 0;
    float extreme = 0;
    for (int i = from; i < from + LENGTH; i++) {
      if (Math.abs(row[i]) > magnitude) {
        magnitude = Math.abs(row[i]);
        extreme = row[i];
      }
    }
    if (magnitude < LEAST_MAGNITUDE) {
      return 0;
    }
    sum(row, from, 1 / (-extreme / Iq4Levels.LOWEST));
    float scale = sumOfSquares > 0 ? sumOfProducts / sumOfSquares : 0;
    float best = scale * sumOfProducts;
    for (int trial = -TRIALS; trial <= TRIALS; trial++) {
      sum(row, from, (trial + Iq4Levels.LOWEST) / extreme);
      if (sumOfSquares > 0 && sumOfProducts * sumOfProducts > best * sumOfSquares) {
        scale = sumOfProducts / sumOfSquares;
        best = scale * sumOfProducts;
      }
    }
    return scale;
  }

  private void sum(float[] row, int from, float inverse) {
    float products = 0;
    float squares = 0;
    for (int i = 0; i < LENGTH; i++) {
      float weight = row[from + i];
      float value = Iq4Levels.value(Iq4Levels.nearest(inverse * weight));
      float weighted = importance[i] * value;
      products += weighted * weight;
      squares += weighted * value;
    }
    sumOfProducts = products;
    sumOfSquares = squares;
  }

  /** Puts the codes of 32 weights under a scale: byte i holds those of weights i and i + 16. */
  static void putCodes(float[] row, int from, float inverse, byte[] blocks, int at) {
    for (int i = 0; i < LENGTH / 2; i++) {
      int low = Iq4Levels.nearest(inverse * row[from + i]);
      int high = Iq4Levels.nearest(inverse * row[from + i + LENGTH / 2]);
      blocks[at + i] = (byte) (low | high << 4);
    }
  }

  /** The reverse of {@link #putCodes}. */
  static void decode(byte[] blocks, int at, float scale, float[] row, int from) {
    for (int i = 0; i < LENGTH / 2; i++) {
      row[from + i] = scale * Iq4Levels.value(blocks[at + i] & 0xF);
      row[from + i + LENGTH / 2] = scale * Iq4Levels.value(blocks[at + i] >>> 4 & 0xF);
    }
  }

  /**
   * Decodes codes that are chosen anew under a scale. A code stays that is the nearest one under
   * some scale that is rounded to the stored one: ggml chooses before it rounds.
   */
  static void decodeChosenAnew(
      byte[] blocks, int at, UnroundedScale scale, float[] row, int from, float[] decoded) {
    decode(blocks, at, scale.stored(), decoded, from);
    if (scale.stored() == 0) {
      return;
    }
    float least = 1 / scale.greatest() * (1 - SLACK);
    float greatest = 1 / scale.least() * (1 + SLACK);
    for (int i = 0; i < LENGTH; i++) {
      int pair = blocks[at + i % (LENGTH / 2)];
      int code = pair >>> (i < LENGTH / 2 ? 0 : 4) & 0xF;
      float weight = row[from + i];
      float one = least * weight;
      float other = greatest * weight;
      if (!Iq4Levels.isNearestWithin(code, Math.min(one, other), Math.max(one, other))) {
        int nearest = Iq4Levels.nearest(weight / scale.stored());
        decoded[from + i] = scale.stored() * Iq4Levels.value(nearest);
      }
    }
  }

  /** The reciprocal, or 0 for 0. */
  static float inverse(float scale) {
    return scale == 0 ? 0 : 1 / scale;
  }
}
