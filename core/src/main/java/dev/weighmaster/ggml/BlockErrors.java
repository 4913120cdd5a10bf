package dev.weighmaster.ggml;

import java.util.Objects;

/**
 * How far blocks of weights are from those of a source: sums in double precision.
 *
 * <p>A block's weights are added up in {@link #PARTS} sums, in turns, and these are added in pairs:
 * the first to the fifth, the second to the sixth; then again for the four that are left. So the
 * sums are the same on every machine, with vectors of any length and without. Not thread-safe.
 */
public final class BlockErrors {
  static final int PARTS = 8;

  private final Arithmetic arithmetic;
  private final int block;
  private final Parts parts = new Parts();
  private double[] squares = {};
  private double[] sourceSquares = {};
  private double[] greatest = {};
  private double[] sizes = {};
  private double[] gains = {};
  private int blocks;

  /** The sums of a block before they are added to each other. */
  static final class Parts {
    final double[] squares = new double[PARTS];
    final double[] sourceSquares = new double[PARTS];
    final double[] greatest = new double[PARTS];
    final double[] sizes = new double[PARTS];
    final double[] gains = new double[PARTS];
  }

  /**
   * @param block weights in a block
   */
  public BlockErrors(int block) {
    this(block, Arithmetic.BEST);
  }

  BlockErrors(int block, Arithmetic arithmetic) {
    this.block = block;
    this.arithmetic = arithmetic;
  }

  /**
   * Measures blocks, and forgets those measured before.
   *
   * @param from index of the first weight in both arrays
   * @param length number of weights; the last block has what is left
   */
  public void measure(float[] source, float[] decoded, int from, int length) {
    Objects.checkFromIndexSize(from, length, source.length);
    Objects.checkFromIndexSize(from, length, decoded.length);
    blocks = (length + block - 1) / block;
    if (squares.length < blocks) {
      squares = new double[blocks];
      sourceSquares = new double[blocks];
      greatest = new double[blocks];
      sizes = new double[blocks];
      gains = new double[blocks];
    }
    for (int i = 0; i < blocks; i++) {
      int at = from + i * block;
      int count = Math.min(block, from + length - at);
      arithmetic.addErrors(source, decoded, at, count, parts);
      squares[i] = sum(parts.squares);
      sourceSquares[i] = sum(parts.sourceSquares);
      greatest[i] = greatest(parts.greatest);
      sizes[i] = sum(parts.sizes);
      gains[i] = sum(parts.gains);
    }
  }

  private static double sum(double[] part) {
    double even = (part[0] + part[4]) + (part[2] + part[6]);
    double odd = (part[1] + part[5]) + (part[3] + part[7]);
    return even + odd;
  }

  private static double greatest(double[] part) {
    double greatest = part[0];
    for (int i = 1; i < PARTS; i++) {
      greatest = part[i] > greatest ? part[i] : greatest;
    }
    return greatest;
  }

  /** How many blocks were measured. */
  public int blocks() {
    return blocks;
  }

  /** The sum of a block's squared errors. */
  public double squares(int i) {
    return squares[i];
  }

  /** The sum of the squares of the source's weights. */
  public double sourceSquares(int i) {
    return sourceSquares[i];
  }

  /** The greatest squared error of a weight; unspecified where one is no number. */
  public double greatestSquare(int i) {
    return greatest[i];
  }

  /** The sum of a block's squared errors without the greatest. */
  public double lesserSquares(int i) {
    return squares[i] - greatest[i];
  }

  /** The sum of the sizes of the source's weights. */
  public double sizes(int i) {
    return sizes[i];
  }

  /** How much greater in size the weights are, all in all, than the source's; negative if less. */
  public double gains(int i) {
    return gains[i];
  }
}
