package dev.weighmaster.ggml;

/**
 * Finds, around a code that is no point of a codebook, the point with the least weighted square
 * error, as ggml's {@code iq2_find_best_neighbour}, {@code iq3_find_best_neighbour} and {@code
 * iq1_find_best_neighbour2} do. Of equally good points the first wins.
 *
 * <p>Where no error is finite ggml aborts, or reads what is not there; here, the first neighbour
 * stands in.
 *
 * <p>Holds scratch space: one thread at a time.
 */
final class NearestPoint {
  private static final int OCTET = 8;
  private static final int OCTET_LEVELS = 3;

  /** From so many neighbours on, the sums of the first halves pay. */
  private static final int MANY = 24;

  private final Codebook codebook;
  private final Neighbourhoods neighbourhoods;
  private final char[] neighbours;

  /** The error of each coordinate at each level, indexed by coordinate, then by level. */
  private final float[] errors;

  /** The error of the first four coordinates of an octet, by the lower byte of its code. */
  private final float[] firstHalf = new float[1 << 8];

  NearestPoint(Codebook codebook) {
    this.codebook = codebook;
    neighbourhoods = codebook.neighbourhoods();
    neighbours = neighbourhoods.lists();
    errors = new float[codebook.coordinates << codebook.levelBits];
  }

  /**
   * Finds the point nearest to a group of weights.
   *
   * @param code of the group, no point of the codebook
   * @param at where the group starts in {@code weights} and {@code importance}
   * @param levels what each level stands for, scaled
   * @return the code of the nearest point
   */
  int find(int code, float[] weights, float[] importance, int at, float[] levels) {
    int start = neighbourhoods.start(code);
    int end = start + neighbours[start];
    return codebook.coordinates == OCTET
        ? findOctet(start + 1, end, weights, importance, at, levels)
        : findQuartet(start + 1, end, weights, importance, at, levels);
  }

  /**
   * Sums eight errors a neighbour, in order. All neighbours share the errors of single coordinates,
   * and many share the sum of the first four, of which there are 3<sup>4</sup>.
   */
  private int findOctet(
      int first, int last, float[] weights, float[] importance, int at, float[] levels) {
    float low = levels[0];
    float middle = levels[1];
    float high = levels[2];
    for (int i = 0; i < OCTET; i++) {
      float weight = weights[at + i];
      float factor = importance[at + i];
      float difference = low - weight;
      errors[4 * i] = factor * difference * difference;
      difference = middle - weight;
      errors[4 * i + 1] = factor * difference * difference;
      difference = high - weight;
      errors[4 * i + 2] = factor * difference * difference;
    }
    return last - first < MANY ? leastOfFew(first, last) : leastOfMany(first, last);
  }

  private int leastOfFew(int first, int last) {
    float[] errors = this.errors;
    long best = ranked(Float.MAX_VALUE, first);
    for (int j = first; j <= last; j++) {
      int candidate = neighbours[j];
      float error =
          errors[candidate & 3]
              + errors[4 | (candidate >>> 2 & 3)]
              + errors[8 | (candidate >>> 4 & 3)]
              + errors[12 | (candidate >>> 6 & 3)]
              + errors[16 | (candidate >>> 8 & 3)]
              + errors[20 | (candidate >>> 10 & 3)]
              + errors[24 | (candidate >>> 12 & 3)]
              + errors[28 | candidate >>> 14];
      best = Math.min(best, ranked(error, j));
    }
    return neighbours[(int) best];
  }

  private int leastOfMany(int first, int last) {
    sumFirstHalves();
    float[] errors = this.errors;
    float[] firstHalf = this.firstHalf;
    long best = ranked(Float.MAX_VALUE, first);
    for (int j = first; j <= last; j++) {
      int candidate = neighbours[j];
      float error =
          firstHalf[candidate & 0xFF]
              + errors[16 | (candidate >>> 8 & 3)]
              + errors[20 | (candidate >>> 10 & 3)]
              + errors[24 | (candidate >>> 12 & 3)]
              + errors[28 | candidate >>> 14];
      best = Math.min(best, ranked(error, j));
    }
    return neighbours[(int) best];
  }

  private void sumFirstHalves() {
    for (int i0 = 0; i0 < OCTET_LEVELS; i0++) {
      for (int i1 = 0; i1 < OCTET_LEVELS; i1++) {
        float two = errors[i0] + errors[4 | i1];
        for (int i2 = 0; i2 < OCTET_LEVELS; i2++) {
          float three = two + errors[8 | i2];
          int code = i0 | i1 << 2 | i2 << 4;
          firstHalf[code] = three + errors[12];
          firstHalf[code | 1 << 6] = three + errors[13];
          firstHalf[code | 2 << 6] = three + errors[14];
        }
      }
    }
  }

  /** Sums four errors a neighbour, in order. Neighbourhoods are small: seven points on average. */
  private int findQuartet(
      int first, int last, float[] weights, float[] importance, int at, float[] levels) {
    float weight0 = weights[at];
    float weight1 = weights[at + 1];
    float weight2 = weights[at + 2];
    float weight3 = weights[at + 3];
    float factor0 = importance[at];
    float factor1 = importance[at + 1];
    float factor2 = importance[at + 2];
    float factor3 = importance[at + 3];
    long best = ranked(Float.MAX_VALUE, first);
    for (int j = first; j <= last; j++) {
      int candidate = neighbours[j];
      float difference0 = levels[candidate & 7] - weight0;
      float difference1 = levels[candidate >>> 3 & 7] - weight1;
      float difference2 = levels[candidate >>> 6 & 7] - weight2;
      float difference3 = levels[candidate >>> 9] - weight3;
      float error =
          factor0 * difference0 * difference0
              + factor1 * difference1 * difference1
              + factor2 * difference2 * difference2
              + factor3 * difference3 * difference3;
      best = Math.min(best, ranked(error, j));
    }
    return neighbours[(int) best];
  }

  /**
   * A number that is the less, the less the error, then the place. Errors are sums of squares: not
   * negative, so that their bits sort as they do. A minimum of numbers needs no branch, which would
   * often be predicted wrongly.
   */
  private static long ranked(float error, int place) {
    return (long) Float.floatToRawIntBits(error) << Integer.SIZE | place;
  }
}
