package dev.weighmaster.ggml;

import java.util.Arrays;

/**
 * The search of IQ1_M before llama.cpp v0.5.0: {@code quantize_row_iq1_m_impl} in {@code
 * ggml-quants.c} of August 2026. Each split's sums run over all weights in order, term by term.
 */
final class Iq1TermSumSplit extends Iq1Split {
  private static final int LENGTH = 16;
  private static final int HALF = LENGTH / 2;
  private static final int SHIFTS = 4;

  /** Products for each of the four shifts, then squares. */
  private static final int SUMS = 2 * SHIFTS;

  /** What each weight in order adds to the sums, by its level. */
  private final float[][] terms = new float[3][LENGTH * SUMS];

  private final float[] beforeSecond = new float[SUMS];
  private final float[] beforeThird = new float[SUMS];
  private final float[] sums = new float[SUMS];

  @Override
  void search(float[] row, float[] importance, int at, int[] order) {
    listTerms(row, importance, at, order);
    Arrays.fill(beforeSecond, 0);
    for (int second = 0; second <= LENGTH; second++) {
      if (second > 0) {
        add(terms[0], second - 1, beforeSecond);
      }
      System.arraycopy(beforeSecond, 0, beforeThird, 0, SUMS);
      for (int third = second; third <= LENGTH; third++) {
        if (third > second) {
          add(terms[1], third - 1, beforeThird);
        }
        System.arraycopy(beforeThird, 0, sums, 0, SUMS);
        for (int j = third; j < LENGTH; j++) {
          add(terms[2], j, sums);
        }
        for (int shifts = 0; shifts < SHIFTS; shifts++) {
          consider(sums[shifts], sums[SHIFTS + shifts], second, third, shifts);
        }
      }
    }
  }

  private void listTerms(float[] row, float[] importance, int at, int[] order) {
    for (int j = 0; j < LENGTH; j++) {
      int i = at + order[j];
      int shiftBit = order[j] < HALF ? 2 : 1;
      for (int shifts = 0; shifts < SHIFTS; shifts++) {
        float[] values = (shifts & shiftBit) == 0 ? UP : DOWN;
        for (int level = 0; level < values.length; level++) {
          float weighted = importance[i] * values[level];
          terms[level][j * SUMS + shifts] = weighted * row[i];
          terms[level][j * SUMS + SHIFTS + shifts] = weighted * values[level];
        }
      }
    }
  }

  private static void add(float[] terms, int weight, float[] sums) {
    for (int i = 0; i < SUMS; i++) {
      sums[i] += terms[weight * SUMS + i];
    }
  }
}
