package dev.weighmaster.weigh;

import dev.weighmaster.ggml.BlockErrors;

/**
 * Compares the errors of blocks with those that their type's algorithm makes by itself, without
 * importance of columns. Not thread-safe.
 *
 * <p>An importance matrix makes some blocks worse to make columns better that matter; where it
 * gives an outlier no importance, the block that has it gets many times worse. So each block counts
 * for at most {@link #MOST}, and a block that is poor counts by itself.
 */
final class BlockErrorRatios {
  /** What one block counts at most, in errors of the reference. */
  private static final double MOST = 2;

  /** From here on, it is the tensor's own error that is great, and not what the type does to it. */
  private static final double NOTABLE = 1.25;

  private long blocks;
  private double ratios;
  private long worse;
  private double worst;

  /**
   * Adds blocks.
   *
   * @param measured their errors
   * @param reference the errors of what the algorithm makes of the same weights
   */
  void add(BlockErrors measured, BlockErrors reference) {
    for (int i = 0; i < measured.blocks(); i++) {
      add(measured.squares(i), reference.squares(i), measured.sourceSquares(i));
    }
  }

  private void add(double squares, double referenceSquares, double sourceSquares) {
    blocks++;
    double ratio = squares == referenceSquares ? 1 : Math.sqrt(squares / referenceSquares);
    if (ratio <= MOST) {
      ratios += ratio;
    } else {
      ratios += MOST;
      worse++;
    }
    double relative = Math.sqrt(squares / sourceSquares);
    // What is no number is the worst.
    if (!(ratio <= NOTABLE) && !(relative <= worst)) {
      worst = relative;
    }
  }

  /** The mean of the blocks' errors, in those of the reference; 1 if there are no blocks. */
  double mean() {
    return blocks == 0 ? 1 : ratios / blocks;
  }

  /** The part of the blocks whose error is more than {@link #MOST} times the reference's. */
  double worse() {
    return worseOf(blocks);
  }

  /** Those blocks as a part of so many. */
  double worseOf(long all) {
    return all == 0 ? 0 : (double) worse / all;
  }

  /**
   * The greatest error of a block, as a part of its weights, among those whose error is notably
   * greater than the reference's; 0 if there are none.
   */
  double worst() {
    return worst;
  }
}
