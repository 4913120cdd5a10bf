package dev.weighmaster.weigh;

/**
 * How far a tensor's weights are from its source's.
 *
 * @param largest distance of two weights
 * @param rms root of the mean of the squared distances
 * @param relative {@code rms} as a part of the root mean square of the source's weights; 1 where
 *     those are all 0 and these are not
 * @param worst the block with the greatest root mean square
 */
public record Errors(double largest, double rms, double relative, WorstBlock worst) {
  /** Of weights that are not all finite, though the source's are: no bound holds of them. */
  public static final Errors UNBOUNDED =
      new Errors(
          Double.POSITIVE_INFINITY,
          Double.POSITIVE_INFINITY,
          Double.POSITIVE_INFINITY,
          new WorstBlock(0, 0, 0, Double.POSITIVE_INFINITY));

  /**
   * The place of a block and its error.
   *
   * @param row counted over all matrices of the tensor, from 0
   * @param column of the block's first weight, from 0
   * @param weights in the block
   */
  public record WorstBlock(long row, long column, int weights, double rms) {}
}
