package dev.weighmaster.ggml;

/**
 * The search for a scale without a minimum, whose codes lie around 0: {@code make_qx_quants} in
 * {@code ggml-quants.c}.
 *
 * <p>It tries scales near the one that gives the greatest weight the outermost code, and keeps the
 * one whose codes, with the best scale for them, have the least weighted error.
 */
final class CenteredScaleSearch implements ScaleSearch {
  /** ggml's {@code GROUP_MAX_EPS}: a sub-block of smaller weights counts as zeros. */
  static final float ZERO = 1e-15f;

  /** The inverse scale of such a sub-block; that of no other is infinite. */
  static final float INVERSE_OF_ZERO = Float.POSITIVE_INFINITY;

  private static final int TRIES_TO_EACH_SIDE = 9;

  private final int size;
  private final int half;

  private final float[] spans;

  /**
   * @param size weights in a sub-block
   * @param half codes go from {@code -half} to {@code half - 1}, and are stored plus {@code half}
   */
  CenteredScaleSearch(int size, int half) {
    this.size = size;
    this.half = half;
    this.spans = spans(half);
  }

  /** The numerators of the scales that are tried. */
  static float[] spans(int half) {
    float[] spans = new float[2 * TRIES_TO_EACH_SIDE];
    int at = 0;
    for (int i = -TRIES_TO_EACH_SIDE; i <= TRIES_TO_EACH_SIDE; i++) {
      if (i != 0) {
        spans[at++] = -(half + 0.1f * i);
      }
    }
    return spans;
  }

  @Override
  public void find(float[] row, int from, float[] importance, int subBlocks, FoundScales found) {
    find(row, from, importance, 0, subBlocks, found);
  }

  /** Searches some sub-blocks of a row: {@code count} from number {@code first} on. */
  void find(float[] row, int from, float[] importance, int first, int count, FoundScales found) {
    for (int subBlock = first; subBlock < first + count; subBlock++) {
      int at = subBlock * size;
      searchOne(row, from + at, importance, at, found, subBlock);
    }
  }

  private void searchOne(
      float[] row,
      int from,
      float[] importance,
      int importanceFrom,
      FoundScales found,
      int subBlock) {
    float outermost = outermost(row, from, size);
    found.min[subBlock] = 0;
    found.base[subBlock] = 0;
    if (Math.abs(outermost) < ZERO) {
      found.scale[subBlock] = 0;
      found.inverse[subBlock] = INVERSE_OF_ZERO;
      return;
    }
    float inverse = -half / outermost;
    float products = 0;
    float squares = 0;
    for (int i = 0; i < size; i++) {
      float x = row[from + i];
      float w = importance[importanceFrom + i];
      int code = code(inverse, x);
      products += w * x * code;
      squares += w * code * code;
    }
    float scale = squares == 0 ? 0 : products / squares;
    float best = scale * products;
    for (float span : spans) {
      float tried = span / outermost;
      products = 0;
      squares = 0;
      for (int i = 0; i < size; i++) {
        float x = row[from + i];
        float w = importance[importanceFrom + i];
        int code = code(tried, x);
        products += w * x * code;
        squares += w * code * code;
      }
      if (squares > 0 && products * products > best * squares) {
        inverse = tried;
        scale = products / squares;
        best = scale * products;
      }
    }
    found.scale[subBlock] = scale;
    found.inverse[subBlock] = inverse;
  }

  /** The weight furthest from 0, the first of several. */
  static float outermost(float[] row, int from, int size) {
    float outermost = 0;
    float distance = 0;
    for (int i = from; i < from + size; i++) {
      float x = row[i];
      if (Math.abs(x) > distance) {
        distance = Math.abs(x);
        outermost = x;
      }
    }
    return outermost;
  }

  private int code(float inverse, float x) {
    return Math.max(-half, Math.min(half - 1, GgmlFloats.nearestInt(inverse * x)));
  }

  @Override
  public void codes(float[] row, int from, FoundScales found, int subBlock, byte[] codes, int at) {
    float inverse = found.inverse[subBlock];
    for (int i = 0; i < size; i++) {
      // Not the code of zero: ggml clears the codes of a sub-block that has no scale.
      codes[at + i] = inverse == INVERSE_OF_ZERO ? 0 : (byte) (half + code(inverse, row[from + i]));
    }
  }
}
