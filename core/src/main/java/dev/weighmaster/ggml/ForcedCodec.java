package dev.weighmaster.ggml;

/**
 * A codec of a type whose codes follow from the scales that are stored with them, whatever way
 * those were found.
 */
public interface ForcedCodec extends GgmlCodec {

  /**
   * Decodes blocks as if their codes had been chosen anew, for some weights, under the scales that
   * the blocks store. Where the type's algorithm could have chosen the stored code, that one stays.
   *
   * @param blocks any bytes
   * @param offset of the first block, in bytes
   * @param row the weights that the blocks are said to hold
   * @param from index of the first weight in {@code row}, and in {@code decoded}
   * @param length number of weights
   * @param decoded receives the floats
   */
  void decodeChosenAnew(
      byte[] blocks, int offset, float[] row, int from, int length, float[] decoded);

  /**
   * Whether {@link #decodeChosenAnew} gives all weights that {@link #decode} gave. A weight that is
   * no number is never given.
   *
   * @param decoded what the blocks decode to, from index {@code from}
   */
  default boolean areChosen(
      byte[] blocks, int offset, float[] row, int from, int length, float[] decoded) {
    float[] expected = new float[from + length];
    decodeChosenAnew(blocks, offset, row, from, length, expected);
    for (int i = from; i < from + length; i++) {
      if (decoded[i] != expected[i]) {
        return false;
      }
    }
    return true;
  }
}
