package dev.weighmaster.ggml;

/**
 * One of ggml's searches for the scales of sub-blocks: it tries some, and keeps the one with the
 * least weighted error. It has no state; any number of threads may use one.
 */
interface ScaleSearch {
  /**
   * Searches each sub-block of a row by itself.
   *
   * @param row the weights
   * @param from index of the first sub-block's first weight
   * @param importance how much each weight's error counts, from index 0
   * @param subBlocks how many
   * @param found receives the scales
   */
  void find(float[] row, int from, float[] importance, int subBlocks, FoundScales found);

  /**
   * The codes that the search itself gave a sub-block's weights, from 0 up. Most types compute
   * codes anew from the scales as they are stored; these stay where there is no scale to divide by.
   *
   * @param from index of the sub-block's first weight
   * @param subBlock its number in {@code found}
   * @param at where in {@code codes} its first code goes
   */
  void codes(float[] row, int from, FoundScales found, int subBlock, byte[] codes, int at);
}
