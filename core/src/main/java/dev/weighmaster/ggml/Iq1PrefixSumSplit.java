package dev.weighmaster.ggml;

/**
 * The search of IQ1_M since llama.cpp v0.5.0 (September 2026): {@code quantize_row_iq1_m_impl} in
 * {@code ggml-quants.c} at commit 01243c58. The sums of a split come from the sums over the weights
 * before each place, which are kept for each half of the block.
 */
final class Iq1PrefixSumSplit extends Iq1Split {
  private static final int LENGTH = 16;
  private static final int HALF = LENGTH / 2;

  /** What a weight adds to the sum of squares when it falls from one level to the next lower. */
  private static final float UP_TO_LOW = UP[0] * UP[0] - UP[1] * UP[1];

  private static final float UP_TO_MIDDLE = UP[1] * UP[1] - UP[2] * UP[2];
  private static final float DOWN_TO_LOW = DOWN[0] * DOWN[0] - DOWN[1] * DOWN[1];
  private static final float DOWN_TO_MIDDLE = DOWN[1] * DOWN[1] - DOWN[2] * DOWN[2];

  /** Sums over the weights of a half that are among the first so many in order. */
  private final float[] firstProducts = new float[LENGTH + 1];

  private final float[] firstWeights = new float[LENGTH + 1];
  private final float[] secondProducts = new float[LENGTH + 1];
  private final float[] secondWeights = new float[LENGTH + 1];

  @Override
  void search(float[] row, float[] importance, int at, int[] order) {
    for (int j = 0; j < LENGTH; j++) {
      int i = at + order[j];
      boolean first = order[j] < HALF;
      float product = importance[i] * row[i];
      firstProducts[j + 1] = first ? firstProducts[j] + product : firstProducts[j];
      firstWeights[j + 1] = first ? firstWeights[j] + importance[i] : firstWeights[j];
      secondProducts[j + 1] = first ? secondProducts[j] : secondProducts[j] + product;
      secondWeights[j + 1] = first ? secondWeights[j] : secondWeights[j] + importance[i];
    }
    float firstUp = firstProducts[LENGTH] * UP[2];
    float firstDown = firstProducts[LENGTH] * DOWN[2];
    float secondUp = secondProducts[LENGTH] * UP[2];
    float secondDown = secondProducts[LENGTH] * DOWN[2];
    float firstSquaresUp = firstWeights[LENGTH] * UP[2] * UP[2];
    float firstSquaresDown = firstWeights[LENGTH] * DOWN[2] * DOWN[2];
    float secondSquaresUp = secondWeights[LENGTH] * UP[2] * UP[2];
    float secondSquaresDown = secondWeights[LENGTH] * DOWN[2] * DOWN[2];
    for (int second = 0; second <= LENGTH; second++) {
      float firstLowUp = firstSquaresUp + firstWeights[second] * UP_TO_LOW;
      float firstLowDown = firstSquaresDown + firstWeights[second] * DOWN_TO_LOW;
      float secondLowUp = secondSquaresUp + secondWeights[second] * UP_TO_LOW;
      float secondLowDown = secondSquaresDown + secondWeights[second] * DOWN_TO_LOW;
      for (int third = second; third <= LENGTH; third++) {
        float firstLowered = firstProducts[second] + firstProducts[third];
        float secondLowered = secondProducts[second] + secondProducts[third];
        float productsUp1 = firstUp - firstLowered;
        float productsDown1 = firstDown - firstLowered;
        float productsUp2 = secondUp - secondLowered;
        float productsDown2 = secondDown - secondLowered;
        float squaresUp1 = firstLowUp + firstWeights[third] * UP_TO_MIDDLE;
        float squaresDown1 = firstLowDown + firstWeights[third] * DOWN_TO_MIDDLE;
        float squaresUp2 = secondLowUp + secondWeights[third] * UP_TO_MIDDLE;
        float squaresDown2 = secondLowDown + secondWeights[third] * DOWN_TO_MIDDLE;
        consider(productsUp1 + productsUp2, squaresUp1 + squaresUp2, second, third, 0);
        consider(productsUp1 + productsDown2, squaresUp1 + squaresDown2, second, third, 1);
        consider(productsDown1 + productsUp2, squaresDown1 + squaresUp2, second, third, 2);
        consider(productsDown1 + productsDown2, squaresDown1 + squaresDown2, second, third, 3);
      }
    }
  }
}
