package dev.weighmaster.ggml;

/**
 * Finds scales, shifts and points for the blocks of a super-block of IQ1_S or IQ1_M, as {@code
 * quantize_row_iq1_s_impl} and {@code quantize_row_iq1_m_impl} in {@code ggml-quants.c} do.
 *
 * <p>Holds scratch space and results: one thread at a time.
 */
final class Iq1Search {
  static final int SUPER_BLOCK = 256;
  static final int OCTET = 8;

  private static final class Points {
    static final Codebook CODEBOOK = new Codebook(CodebookPoints.IQ1, OCTET, 2, 3, 3);
  }

  private final int length;
  private final float leastMagnitude;
  private final Iq1Split split;
  private final NearestPoint nearest = new NearestPoint(Points.CODEBOOK);
  private final float[] weights = new float[SUPER_BLOCK];
  private final float[] importance = new float[SUPER_BLOCK];
  private final float[] sorted;
  private final int[] order;
  private final int[] levels;
  private final float[] scales;
  private final int[] shifts;
  private final float[] scaledLevels = new float[3];
  private final int[] codes = new int[SUPER_BLOCK / OCTET];

  /**
   * @param length of a block
   * @param leastMagnitude a block of smaller weights has scale 0
   */
  Iq1Search(int length, float leastMagnitude, Iq1Split split) {
    this.length = length;
    this.leastMagnitude = leastMagnitude;
    this.split = split;
    sorted = new float[length];
    order = new int[length];
    levels = new int[length];
    scales = new float[SUPER_BLOCK / length];
    shifts = new int[scales.length];
  }

  /** The code of the point with this index: two bits a weight, the first weight's lowest. */
  static int code(int point) {
    return Points.CODEBOOK.code(point);
  }

  /** What the levels stand for in one octet of a block. */
  static float[] values(int shifts, int octet) {
    return (shifts >>> (1 - octet % 2) & 1) == 0 ? Iq1Split.UP : Iq1Split.DOWN;
  }

  float scale(int block) {
    return scales[block];
  }

  int shifts(int block) {
    return shifts[block];
  }

  /** The index of the point of one of the 32 octets. */
  int point(int octet) {
    return Points.CODEBOOK.index(codes[octet]);
  }

  /**
   * Searches all blocks of a super-block.
   *
   * @param columns the importance of columns, or empty
   * @param column of the first weight
   * @return the greatest scale
   */
  float search(float[] row, int from, float[] columns, int column) {
    System.arraycopy(row, from, weights, 0, SUPER_BLOCK);
    if (columns.length == 0) {
      RowWeights.bySquare(row, from, SUPER_BLOCK, importance, 0);
    } else {
      float variance = 2 * RowWeights.squares(row, from, SUPER_BLOCK) / SUPER_BLOCK;
      RowWeights.bySize(row, from, SUPER_BLOCK, variance, columns, column, importance, 0);
    }
    float greatest = 0;
    for (int block = 0; block < scales.length; block++) {
      scales[block] = searchBlock(block);
      greatest = Math.max(greatest, scales[block]);
    }
    return greatest;
  }

  private float searchBlock(int block) {
    int at = block * length;
    shifts[block] = 0;
    for (int octet = at / OCTET; octet < (at + length) / OCTET; octet++) {
      codes[octet] = Points.CODEBOOK.code(0);
    }
    if (RowWeights.greatestDistance(weights, at, length) < leastMagnitude) {
      return 0;
    }
    sort(at);
    if (!split.find(weights, importance, at, order)) {
      return 0;
    }
    float scale = split.scale();
    shifts[block] = split.shifts();
    boolean turned = scale < 0;
    if (turned) {
      scale = -scale;
      shifts[block] ^= 3;
    }
    for (int j = 0; j < length; j++) {
      int level = j < split.secondStart() ? 0 : j < split.thirdStart() ? 1 : 2;
      levels[order[j]] = turned ? 2 - level : level;
    }
    return takePoints(at, scale, shifts[block]);
  }

  /** Sorts as a stable sort does: glibc's {@code qsort} merges, and leaves ties in order. */
  private void sort(int at) {
    for (int i = 0; i < length; i++) {
      float weight = weights[at + i];
      int place = i;
      while (place > 0 && sorted[place - 1] > weight) {
        sorted[place] = sorted[place - 1];
        order[place] = order[place - 1];
        place--;
      }
      sorted[place] = weight;
      order[place] = i;
    }
  }

  /** Takes a point for each octet, and returns the best scale for the points. */
  private float takePoints(int at, float scale, int shifts) {
    boolean moved = false;
    for (int octet = 0; octet < length / OCTET; octet++) {
      int first = octet * OCTET;
      int code = 0;
      for (int i = OCTET - 1; i >= 0; i--) {
        code = code << 2 | levels[first + i];
      }
      if (Points.CODEBOOK.index(code) == Codebook.NONE) {
        moved = true;
        float[] values = values(shifts, octet);
        for (int level = 0; level < scaledLevels.length; level++) {
          scaledLevels[level] = scale * values[level];
        }
        code = nearest.find(code, weights, importance, at + first, scaledLevels);
      }
      codes[(at + first) / OCTET] = code;
    }
    if (!moved) {
      return scale;
    }
    float products = 0;
    float squares = 0;
    for (int octet = 0; octet < length / OCTET; octet++) {
      float[] values = values(shifts, octet);
      int code = codes[at / OCTET + octet];
      for (int i = at + octet * OCTET; i < at + (octet + 1) * OCTET; i++) {
        float value = values[code & 3];
        products += importance[i] * value * weights[i];
        squares += importance[i] * value * value;
        code >>>= 2;
      }
    }
    return products > 0 && squares > 0 ? products / squares : scale;
  }

  /**
   * The scale of the super-block with the least weighted error.
   *
   * @param blockLevels of the blocks' scales
   * @param scale what to return if all importance is 0
   */
  float refit(int[] blockLevels, float scale) {
    float products = 0;
    float squares = 0;
    for (int octet = 0; octet < codes.length; octet++) {
      int block = octet * OCTET / length;
      int factor = 2 * blockLevels[block] + 1;
      float[] values = values(shifts[block], octet);
      int code = codes[octet];
      for (int i = octet * OCTET; i < (octet + 1) * OCTET; i++) {
        float value = values[code & 3] * factor;
        products += importance[i] * value * weights[i];
        squares += importance[i] * value * value;
        code >>>= 2;
      }
    }
    return squares > 0 ? products / squares : scale;
  }
}
