package dev.weighmaster.ggml;

/**
 * Splits the sorted weights of a block into three groups, one for each level of IQ1_S and IQ1_M, so
 * that under the best scale the weighted square error is least. All splits are tried.
 *
 * <p>The levels are -1, 0 and 1, all shifted by an eighth up or down. The shift is one bit for
 * IQ1_S, and one for each half of a block for IQ1_M: {@link #shifts} has 2 for a first half that is
 * shifted down, 1 for a second one.
 *
 * <p>Holds scratch space and a result: one thread at a time.
 */
abstract sealed class Iq1Split permits Iq1SharedShiftSplit, Iq1PrefixSumSplit, Iq1TermSumSplit {
  /** What the levels stand for when shifted up, and when shifted down. */
  static final float[] UP = {-0.875f, 0.125f, 1.125f};

  static final float[] DOWN = {-1.125f, -0.125f, 0.875f};

  private float score;
  private int secondStart;
  private int thirdStart;
  private int shifts;
  private float scale;

  /** The place of the first weight of the middle level, in the sorted order. */
  final int secondStart() {
    return secondStart;
  }

  /** The place of the first weight of the highest level. */
  final int thirdStart() {
    return thirdStart;
  }

  final int shifts() {
    return shifts;
  }

  /** The best scale for the split; negative if the levels should be turned around. */
  final float scale() {
    return scale;
  }

  /**
   * Finds the best split of a block's weights.
   *
   * @param at where the block starts in {@code weights} and {@code importance}
   * @param order of the block's weights, the least first
   * @return whether there is a split: not if all importance is 0
   */
  final boolean find(float[] weights, float[] importance, int at, int[] order) {
    score = -Float.MAX_VALUE;
    secondStart = -1;
    search(weights, importance, at, order);
    return secondStart >= 0;
  }

  /** Calls {@link #consider} for every split and shift, in ggml's order. */
  abstract void search(float[] weights, float[] importance, int at, int[] order);

  /**
   * Keeps a split if it is the best so far.
   *
   * @param products the sum of importance · weight · value
   * @param squares the sum of importance · value²
   */
  final void consider(float products, float squares, int secondStart, int thirdStart, int shifts) {
    // The rarer condition first.
    if (products * products > score * squares && squares > 0) {
      scale = products / squares;
      score = scale * products;
      this.secondStart = secondStart;
      this.thirdStart = thirdStart;
      this.shifts = shifts;
    }
  }
}
