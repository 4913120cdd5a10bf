package dev.weighmaster.ggml;

/**
 * Which codes the searches of ggml could give a block, whatever the importance of its columns. That
 * decides only between a few scales: the codes are forced under each.
 */
final class SearchableCodes {
  /** In codes: a search's own rounding errors are a hundred times smaller. */
  private static final double SLACK = 1e-4;

  private SearchableCodes() {}

  /**
   * Whether {@link CenteredScaleSearch} could give these codes.
   *
   * @param half what codes are stored plus
   */
  static boolean centered(float[] row, int from, int size, int half, byte[] codes) {
    float outermost = CenteredScaleSearch.outermost(row, from, size);
    if (isCentered(row, from, size, half, -half / outermost, codes)) {
      return true;
    }
    for (float span : CenteredScaleSearch.spans(half)) {
      if (isCentered(row, from, size, half, span / outermost, codes)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isCentered(
      float[] row, int from, int size, int half, float inverse, byte[] codes) {
    for (int i = 0; i < size; i++) {
      int code = GgmlFloats.nearestInt(inverse * row[from + i]);
      if (codes[i] != half + Math.max(-half, Math.min(half - 1, code))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether {@link ScaleAndMinSearch} could give these codes. The minimum that it rounds from is
   * that of the best line so far, which is not known: one must exist that gives them all. That
   * explains a code that noise has changed more often than not.
   */
  static boolean scaleAndMin(
      float[] row, int from, int size, int maxCode, SearchSteps steps, byte[] codes) {
    double max = row[from];
    for (int i = from + 1; i < from + size; i++) {
      max = Math.max(max, row[i]);
    }
    if (isFromSomeMin(row, from, size, maxCode, maxCode, max, codes)) {
      return true;
    }
    for (float span : steps.spans(maxCode)) {
      if (isFromSomeMin(row, from, size, maxCode, span, max, codes)) {
        return true;
      }
    }
    return false;
  }

  /**
   * A code {@code c} needs {@code c - 0.5 <= span * (x - min) / (max - min) <= c + 0.5}, which is
   * linear in the minimum; of the least code only the second, of the greatest only the first.
   */
  private static boolean isFromSomeMin(
      float[] row, int from, int size, int maxCode, double span, double max, byte[] codes) {
    double least = Double.NEGATIVE_INFINITY;
    double greatest = Math.min(0, max);
    for (int i = 0; i < size; i++) {
      double x = row[from + i];
      if (codes[i] < maxCode) {
        double upper = codes[i] + 0.5 + SLACK;
        double bound = (span * x - upper * max) / (span - upper);
        if (span > upper) {
          least = Math.max(least, bound);
        } else {
          greatest = Math.min(greatest, bound);
        }
      }
      if (codes[i] > 0) {
        double lower = codes[i] - 0.5 - SLACK;
        double bound = (span * x - lower * max) / (span - lower);
        if (span > lower) {
          greatest = Math.min(greatest, bound);
        } else {
          least = Math.max(least, bound);
        }
      }
    }
    return least <= greatest;
  }
}
