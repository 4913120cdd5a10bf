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

  private final Codebook codebook;
  private final char[] neighbours;

  /** The error of each coordinate at each level, indexed by coordinate, then by level. */
  private final float[] errors;

  /** The error of the first four coordinates of an octet, by the lower byte of its code. */
  private final float[] firstHalf = new float[1 << 8];

  NearestPoint(Codebook codebook) {
    this.codebook = codebook;
    neighbours = codebook.neighbours();
    errors = new float[codebook.coordinates << codebook.levelBits];
  }

  /**
   * @param code of the group, no point of the codebook
   * @param weights receives nothing; the group starts at {@code at}
   * @param importance of each weight, as {@code weights} are indexed
   * @param levelValues what each level stands for before it is scaled
   * @return the code of the nearest point
   */
  int find(
      int code, float[] weights, float[] importance, int at, float scale, float[] levelValues) {
    int start = codebook.neighbourhood(code);
    int end = start + neighbours[start];
    return codebook.coordinates == OCTET
        ? findOctet(start + 1, end, weights, importance, at, scale, levelValues)
        : findQuartet(start + 1, end, weights, importance, at, scale, levelValues);
  }

  /**
   * Sums eight errors a neighbour, in order. All neighbours share the errors of single coordinates,
   * and the sums of the first four, of which there are 3<sup>4</sup>.
   */
  private int findOctet(
      int first,
      int last,
      float[] weights,
      float[] importance,
      int at,
      float scale,
      float[] levelValues) {
    float[] errors = this.errors;
    float low = scale * levelValues[0];
    float middle = scale * levelValues[1];
    float high = scale * levelValues[2];
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
    sumFirstHalves();
    float[] firstHalf = this.firstHalf;
    int best = neighbours[first];
    float leastError = Float.MAX_VALUE;
    for (int j = first; j <= last; j++) {
      int candidate = neighbours[j];
      float error =
          firstHalf[candidate & 0xFF]
              + errors[16 | candidate >>> 8 & 3]
              + errors[20 | candidate >>> 10 & 3]
              + errors[24 | candidate >>> 12 & 3]
              + errors[28 | candidate >>> 14];
      if (error < leastError) {
        leastError = error;
        best = candidate;
      }
    }
    return best;
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
      int first,
      int last,
      float[] weights,
      float[] importance,
      int at,
      float scale,
      float[] levelValues) {
    float weight0 = weights[at];
    float weight1 = weights[at + 1];
    float weight2 = weights[at + 2];
    float weight3 = weights[at + 3];
    float factor0 = importance[at];
    float factor1 = importance[at + 1];
    float factor2 = importance[at + 2];
    float factor3 = importance[at + 3];
    int best = neighbours[first];
    float leastError = Float.MAX_VALUE;
    for (int j = first; j <= last; j++) {
      int candidate = neighbours[j];
      float difference = scale * levelValues[candidate & 7] - weight0;
      float error = factor0 * difference * difference;
      difference = scale * levelValues[candidate >>> 3 & 7] - weight1;
      error += factor1 * difference * difference;
      difference = scale * levelValues[candidate >>> 6 & 7] - weight2;
      error += factor2 * difference * difference;
      difference = scale * levelValues[candidate >>> 9] - weight3;
      error += factor3 * difference * difference;
      if (error < leastError) {
        leastError = error;
        best = candidate;
      }
    }
    return best;
  }
}
