package dev.weighmaster.ggml;

import java.util.Arrays;

/**
 * Finds a block's scale, signs and points for the IQ2 and IQ3 types: tries a range of scales, takes
 * the point nearest to each group of weights, and keeps the scale with the least weighted error.
 *
 * <p>Follows the loops over blocks in {@code quantize_row_iq2_xxs_impl}, {@code …_iq2_xs_impl},
 * {@code …_iq2_s_impl}, {@code …_iq3_xxs_impl} and {@code …_iq3_s_impl}, which differ by their
 * {@link Rules} alone.
 *
 * <p>Holds scratch space: one thread at a time.
 */
final class SignedBlockSearch {
  /** Weights that share a byte of signs. */
  static final int OCTET = 8;

  private static final int QUARTET = 4;

  /** What the levels stand for while a scale is searched. */
  private static final float[] ODD = {1, 3, 5, 7, 9, 11, 13, 15};

  /** Which groups are rounded again, under the best scale. */
  enum Refit {
    /** Those whose rounded levels were no point of the codebook. */
    OFF_CODEBOOK,
    /** All, if one was off the codebook, or no scale was better than none. */
    ALL_IF_ONE_IS_OFF,
    ALL
  }

  /**
   * @param length of a block, in weights
   * @param trials on each side of the scale in the middle
   * @param step between trials, in levels of the largest weight
   * @param leastMagnitude a block of smaller weights is stored as zeros
   * @param evenSigns whether an even number of each eight weights is negative, so that seven bits
   *     tell all signs
   * @param startsFitted whether the range of trials lies around a scale that is first fitted as if
   *     every combination of levels were a point; otherwise, it lies around the largest weight
   */
  record Rules(
      int length,
      int trials,
      float step,
      float leastMagnitude,
      boolean evenSigns,
      boolean startsFitted,
      Refit refit) {}

  /** The weights' importance; {@link #search} reads it. */
  final float[] importance;

  private final Codebook codebook;
  private final NearestPoint nearest;
  private final Rules rules;
  private final float[] magnitudes;
  private final float[] importanceRoots;
  private final float[] weighted;
  private final int[] signs;

  /** What each level stands for under the scale that is tried. */
  private final float[] scaledLevels;

  private final byte[] fittedCodes;
  private int[] codes;
  private int[] trialCodes;
  private float scale;

  /** Of the codes that were summed last: importance · weight · value, and importance · value². */
  private float sumOfProducts;

  private float sumOfSquares;

  SignedBlockSearch(Codebook codebook, Rules rules) {
    this.codebook = codebook;
    this.rules = rules;
    nearest = new NearestPoint(codebook);
    importance = new float[rules.length()];
    importanceRoots = new float[rules.length()];
    magnitudes = new float[rules.length()];
    weighted = new float[rules.length()];
    signs = new int[rules.length() / OCTET];
    scaledLevels = new float[codebook.levels];
    codes = new int[rules.length() / codebook.coordinates];
    trialCodes = new int[codes.length];
    fittedCodes = new byte[rules.length()];
  }

  /** The scale that {@link #search} found. */
  float scale() {
    return scale;
  }

  /** Groups of weights that have a point each. */
  int groups() {
    return codes.length;
  }

  /** The index of a group's point. */
  int point(int group) {
    return codebook.index(codes[group]);
  }

  /** The signs of eight weights: a bit is set where a weight is negative. */
  int signs(int octet) {
    return signs[octet];
  }

  /**
   * Searches for the weights of one block; {@link #importance} must be set.
   *
   * @return whether the block has a scale; otherwise it is stored as zeros
   */
  boolean search(float[] row, int from) {
    splitSigns(row, from);
    float largest = magnitudes[0];
    for (int i = 1; i < magnitudes.length; i++) {
      largest = magnitudes[i] > largest ? magnitudes[i] : largest;
    }
    if (largest < rules.leastMagnitude()) {
      return false;
    }
    float top = 2 * codebook.levels - 1;
    float reach = largest;
    scale = largest / top;
    if (rules.startsFitted()) {
      int highest = codebook.levels + 1;
      scale =
          StoredScaleSearch.find(magnitudes, 0, importance, rules.length(), highest, fittedCodes);
      reach = scale * codebook.levels;
      if (reach <= 0) {
        return false;
      }
    }
    for (int i = 0; i < weighted.length; i++) {
      importanceRoots[i] = (float) Math.sqrt(importance[i]);
      weighted[i] = importance[i] * magnitudes[i];
    }
    refit(tryScales(top, reach));
    if (scale < 0) {
      flip();
    }
    return true;
  }

  private void splitSigns(float[] row, int from) {
    for (int octet = 0; octet < signs.length; octet++) {
      int negative = 0;
      int first = octet * OCTET;
      for (int i = 0; i < OCTET; i++) {
        float weight = row[from + first + i];
        // Not Math.abs: a zero keeps its sign, and NaN counts as negative.
        if (weight >= 0) {
          magnitudes[first + i] = weight;
        } else {
          magnitudes[first + i] = -weight;
          negative |= 1 << i;
        }
      }
      if (rules.evenSigns() && (Integer.bitCount(negative) & 1) != 0) {
        int cheapest = cheapestToFlip(first);
        magnitudes[first + cheapest] = -magnitudes[first + cheapest];
        negative ^= 1 << cheapest;
      }
      signs[octet] = negative;
    }
  }

  /** Which of eight weights costs the least if its sign is wrong. */
  private int cheapestToFlip(int first) {
    int cheapest = 0;
    float least = importance[first] * magnitudes[first] * magnitudes[first];
    for (int i = 1; i < OCTET; i++) {
      float cost = importance[first + i] * magnitudes[first + i] * magnitudes[first + i];
      if (cost < least) {
        least = cost;
        cheapest = i;
      }
    }
    return cheapest;
  }

  /**
   * Sets the best of the scales tried, with its codes.
   *
   * @return a bit for each group that has to be rounded again under that scale
   */
  private int tryScales(float top, float reach) {
    int all = (1 << codes.length) - 1;
    int again = rules.refit() == Refit.OFF_CODEBOOK ? 0 : all;
    Arrays.fill(codes, 0);
    float best = 0;
    for (int trial = -rules.trials(); trial <= rules.trials(); trial++) {
      float inverse = (top + trial * rules.step()) / reach;
      int off = round(all, inverse, 1 / inverse, trialCodes);
      sum(trialCodes);
      if (sumOfSquares > 0 && sumOfProducts * sumOfProducts > best * sumOfSquares) {
        scale = sumOfProducts / sumOfSquares;
        best = scale * sumOfProducts;
        int[] better = trialCodes;
        trialCodes = codes;
        codes = better;
        again = off;
      }
    }
    return switch (rules.refit()) {
      case OFF_CODEBOOK -> again;
      case ALL_IF_ONE_IS_OFF -> again == 0 ? 0 : all;
      case ALL -> all;
    };
  }

  private void refit(int groups) {
    if (groups == 0 || !(scale > 0)) {
      return;
    }
    round(groups, 1 / scale, scale, codes);
    sum(codes);
    if (sumOfSquares > 0) {
      scale = sumOfProducts / sumOfSquares;
    }
  }

  /**
   * Takes the point for each of the groups.
   *
   * @return a bit for each group whose nearest levels are no point
   */
  private int round(int groups, float inverse, float scale, int[] codes) {
    for (int level = 0; level < scaledLevels.length; level++) {
      scaledLevels[level] = scale * ODD[level];
    }
    int off = 0;
    int coordinates = codebook.coordinates;
    for (int group = 0; group < codes.length; group++) {
      if ((groups >>> group & 1) == 0) {
        continue;
      }
      int first = group * coordinates;
      int code = coordinates == OCTET ? octetCode(first, inverse) : quartetCode(first, inverse);
      if (codebook.index(code) == Codebook.NONE) {
        off |= 1 << group;
        code = nearest.find(code, magnitudes, importanceRoots, first, scaledLevels);
      }
      codes[group] = code;
    }
    return off;
  }

  private int octetCode(int first, float inverse) {
    int code = 0;
    for (int i = 0; i < OCTET; i++) {
      code |= level(inverse * magnitudes[first + i], 2) << (2 * i);
    }
    return code;
  }

  private int quartetCode(int first, float inverse) {
    int code = 0;
    for (int i = 0; i < QUARTET; i++) {
      code |= level(inverse * magnitudes[first + i], 7) << (3 * i);
    }
    return code;
  }

  /** The level that stands for the odd number nearest to a weight. */
  private static int level(float weight, int highest) {
    return Math.max(0, Math.min(highest, GgmlFloats.nearestInt(0.5f * (weight - 1))));
  }

  private void sum(int[] codes) {
    if (codebook.coordinates == OCTET) {
      sumOctets(codes);
    } else {
      sumQuartets(codes);
    }
  }

  private void sumOctets(int[] codes) {
    float products = 0;
    float squares = 0;
    for (int group = 0; group < codes.length; group++) {
      int code = codes[group];
      int first = group * OCTET;
      for (int i = 0; i < OCTET; i++) {
        float value = ODD[code >>> (2 * i) & 3];
        products += weighted[first + i] * value;
        squares += importance[first + i] * value * value;
      }
    }
    sumOfProducts = products;
    sumOfSquares = squares;
  }

  private void sumQuartets(int[] codes) {
    float products = 0;
    float squares = 0;
    for (int group = 0; group < codes.length; group++) {
      int code = codes[group];
      int first = group * QUARTET;
      for (int i = 0; i < QUARTET; i++) {
        float value = ODD[code >>> (3 * i) & 7];
        products += weighted[first + i] * value;
        squares += importance[first + i] * value * value;
      }
    }
    sumOfProducts = products;
    sumOfSquares = squares;
  }

  /** Makes a negative scale positive: scales are stored without a sign. */
  private void flip() {
    scale = -scale;
    for (int octet = 0; octet < signs.length; octet++) {
      signs[octet] ^= 0xFF;
    }
  }
}
