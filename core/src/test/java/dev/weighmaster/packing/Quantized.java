package dev.weighmaster.packing;

import java.util.Arrays;
import java.util.Random;

/**
 * A matrix as a quantizer leaves it, before a layout packs it.
 *
 * @param codes unsigned, by rows
 * @param scales by rows and groups
 * @param zeros by rows and groups
 * @param groupOf the group of each column
 */
@SuppressWarnings("ArrayRecordComponent") // they are changed in tests
public record Quantized(int[][] codes, float[][] scales, int[][] zeros, int[] groupOf) {

  /** Random codes under random scales that half precision holds. */
  static Quantized random(int rows, int columns, int groupSize, int bits, long seed) {
    var random = new Random(seed);
    int groups = (columns + groupSize - 1) / groupSize;
    int[][] codes = new int[rows][columns];
    float[][] scales = new float[rows][groups];
    int[][] zeros = new int[rows][groups];
    for (int row = 0; row < rows; row++) {
      Arrays.setAll(codes[row], any -> random.nextInt(1 << bits));
      for (int group = 0; group < groups; group++) {
        scales[row][group] = (1024 + random.nextInt(1024)) / 65536f;
        // The first version of GPTQ's format has no zero point of 0.
        zeros[row][group] = 1 + random.nextInt((1 << bits) - 1);
      }
    }
    return new Quantized(codes, scales, zeros, inOrder(columns, groupSize));
  }

  public static int[] inOrder(int columns, int groupSize) {
    int[] groupOf = new int[columns];
    Arrays.setAll(groupOf, i -> i / groupSize);
    return groupOf;
  }

  public Quantized withGroups(int[] others) {
    return new Quantized(codes, scales, zeros, others);
  }

  public int rows() {
    return codes.length;
  }

  public int columns() {
    return codes[0].length;
  }

  public int groups() {
    return scales[0].length;
  }

  /** The weights of integer codes. */
  public float[] decoded(int row) {
    float[] weights = new float[columns()];
    for (int i = 0; i < weights.length; i++) {
      int group = groupOf[i];
      weights[i] = (codes[row][i] - zeros[row][group]) * scales[row][group];
    }
    return weights;
  }
}
