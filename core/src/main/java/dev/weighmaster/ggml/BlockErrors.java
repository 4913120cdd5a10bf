package dev.weighmaster.ggml;

import java.util.Objects;

/**
 * How far blocks of weights are from those of a source: sums in double precision.
 *
 * <p>A block's weights are added up in {@link #PARTS} sums, in turns, and these are added in pairs:
 * the first to the ninth, the second to the tenth; then again for the eight that are left. So the
 * sums are the same on every machine, with vectors of any length and without. Not thread-safe.
 */
public final class BlockErrors {
  static final int PARTS = 16;

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

    private void fold() {
      for (int left = PARTS / 2; left > 0; left /= 2) {
        for (int part = 0; part < left; part++) {
          squares[part] += squares[part + left];
          sourceSquares[part] += sourceSquares[part + left];
          greatest[part] = Math.max(greatest[part], greatest[part + left]);
          sizes[part] += sizes[part + left];
          gains[part] += gains[part + left];
        }
      }
    }
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
      parts.fold();
      squares[i] = parts.squares[0];
      sourceSquares[i] = parts.sourceSquares[0];
      greatest[i] = parts.greatest[0];
      sizes[i] = parts.sizes[0];
      gains[i] = parts.gains[0];
    }
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

  /** The sum of the sizes of the source's weights. */
  public double sizes(int i) {
    return sizes[i];
  }

  /** How much greater in size the weights are, all in all, than the source's; negative if less. */
  public double gains(int i) {
    return gains[i];
  }
}
