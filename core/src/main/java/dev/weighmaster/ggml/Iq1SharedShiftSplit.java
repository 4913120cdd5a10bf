package dev.weighmaster.ggml;

/** The search of IQ1_S, as {@code quantize_row_iq1_s_impl} does it: one shift for a block. */
final class Iq1SharedShiftSplit extends Iq1Split {
  private static final int LENGTH = 32;

  /** Sums of importance · weight and of importance over the first so many weights in order. */
  private final float[] products = new float[LENGTH + 1];

  private final float[] weights = new float[LENGTH + 1];

  /** What the weights from a place on add, at the highest level. */
  private final float[] productsUp = new float[LENGTH + 1];

  private final float[] productsDown = new float[LENGTH + 1];
  private final float[] squaresUp = new float[LENGTH + 1];
  private final float[] squaresDown = new float[LENGTH + 1];

  @Override
  void search(float[] row, float[] importance, int at, int[] order) {
    for (int j = 0; j < LENGTH; j++) {
      int i = at + order[j];
      products[j + 1] = products[j] + importance[i] * row[i];
      weights[j + 1] = weights[j] + importance[i];
    }
    for (int j = 0; j <= LENGTH; j++) {
      productsUp[j] = (products[LENGTH] - products[j]) * UP[2];
      productsDown[j] = (products[LENGTH] - products[j]) * DOWN[2];
      squaresUp[j] = (weights[LENGTH] - weights[j]) * UP[2] * UP[2];
      squaresDown[j] = (weights[LENGTH] - weights[j]) * DOWN[2] * DOWN[2];
    }
    for (int second = 0; second <= LENGTH; second++) {
      float lowProductsUp = products[second] * UP[0];
      float lowProductsDown = products[second] * DOWN[0];
      float lowSquaresUp = weights[second] * UP[0] * UP[0];
      float lowSquaresDown = weights[second] * DOWN[0] * DOWN[0];
      for (int third = second; third <= LENGTH; third++) {
        float middleProducts = products[third] - products[second];
        float middleWeights = weights[third] - weights[second];
        consider(
            lowProductsUp + middleProducts * UP[1] + productsUp[third],
            lowSquaresUp + middleWeights * UP[1] * UP[1] + squaresUp[third],
            second,
            third,
            0);
        consider(
            lowProductsDown + middleProducts * DOWN[1] + productsDown[third],
            lowSquaresDown + middleWeights * DOWN[1] * DOWN[1] + squaresDown[third],
            second,
            third,
            3);
      }
    }
  }
}
