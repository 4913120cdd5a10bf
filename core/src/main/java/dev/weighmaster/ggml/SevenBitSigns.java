package dev.weighmaster.ggml;

/**
 * The word that IQ2_XXS and IQ3_XXS store for each 32 weights: the signs of four times eight
 * weights, seven bits each, and in the upper four bits the level of the block's scale.
 *
 * <p>The eighth sign makes the number of negative weights even, as {@code ksigns_iq2xs} in {@code
 * ggml-common.h} lists.
 */
final class SevenBitSigns {
  private static final int BITS = 7;
  private static final int MASK = 0x7F;
  private static final int LEVEL_SHIFT = 28;

  private SevenBitSigns() {}

  static int level(byte[] blocks, int word) {
    return BlockBytes.intAt(blocks, word) >>> LEVEL_SHIFT;
  }

  static void putLevel(byte[] blocks, int word, int level) {
    BlockBits.putInDoubleWord(blocks, word, level << LEVEL_SHIFT);
  }

  /** The eight signs of one of the four octets. */
  static int signs(byte[] blocks, int word, int octet) {
    return completed(BlockBytes.intAt(blocks, word) >>> (BITS * octet) & MASK);
  }

  static void putSigns(byte[] blocks, int word, int octet, int signs) {
    BlockBits.putInDoubleWord(blocks, word, (signs & MASK) << (BITS * octet));
  }

  /** Adds the eighth sign to seven. */
  static int completed(int sevenSigns) {
    return sevenSigns | (Integer.bitCount(sevenSigns) & 1) << BITS;
  }
}
