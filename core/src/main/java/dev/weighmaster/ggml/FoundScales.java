package dev.weighmaster.ggml;

/**
 * What a search found for each sub-block: how its weights are stored, and how the search itself
 * came to their codes. One for a row, filled and read by one thread.
 */
final class FoundScales {
  /** A weight is {@code scale * code - min}. */
  final float[] scale;

  /** Never negative: ggml's minimum with its sign turned. 0 where a type stores none. */
  final float[] min;

  /** The search's code for a weight is the integer nearest to {@code inverse * (weight - base)}. */
  final float[] inverse;

  final float[] base;

  /** The integer by which a super-block stores the scale: a byte without sign. */
  final byte[] storedScale;

  final byte[] storedMin;

  FoundScales(int subBlocks) {
    scale = new float[subBlocks];
    min = new float[subBlocks];
    inverse = new float[subBlocks];
    base = new float[subBlocks];
    storedScale = new byte[subBlocks];
    storedMin = new byte[subBlocks];
  }

  /**
   * Takes over what a search found for other sub-blocks, the first of them as number {@code first}.
   */
  void copy(FoundScales others, int first, int count) {
    System.arraycopy(others.scale, 0, scale, first, count);
    System.arraycopy(others.min, 0, min, first, count);
    System.arraycopy(others.inverse, 0, inverse, first, count);
    System.arraycopy(others.base, 0, base, first, count);
  }
}
