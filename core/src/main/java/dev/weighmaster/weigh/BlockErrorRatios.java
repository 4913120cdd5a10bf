package dev.weighmaster.weigh;

import dev.weighmaster.ggml.BlockErrors;

/**
 * Compares the errors of blocks with those that their type's algorithm makes by itself. Not
 * thread-safe.
 *
 * <p>An importance matrix makes some blocks worse to make columns better that matter; where it
 * gives an outlier no importance, the block that has it gets many times worse. So each block counts
 * for at most {@link #MOST}; those that are worse without their greatest error, too, are counted by
 * themselves; and so does a block that is poor.
 */
final class BlockErrorRatios {
  /** What one block counts at most, in errors of the reference. */
  private static final double MOST = 2;

  /** From here on, it is the tensor's own error that is great, and not what the type does to it. */
  static final double NOTABLE = 1.25;

  private long blocks;
  private double ratios;
  private long worse;
  private long worseAllOver;
  private double worst;

  /**
   * Adds a block.
   *
   * @param measured has its errors
   * @param reference has the errors of what the algorithm makes of the same weights
   * @param i its number in both
   */
  void add(BlockErrors measured, BlockErrors reference, int i) {
    double squares = measured.squares(i);
    blocks++;
    double ratio = ratio(squares, reference.squares(i));
    if (ratio <= MOST) {
      ratios += ratio;
    } else {
      ratios += MOST;
      worse++;
    }
    worseAllOver += isWorseAllOver(measured, reference, i) ? 1 : 0;
    double relative = Math.sqrt(squares / measured.sourceSquares(i));
    // What is no number is the worst.
    if (!(ratio <= NOTABLE) && !(relative <= worst)) {
      worst = relative;
    }
  }

  /** Whether a block is worse than the reference, and not by one weight alone. */
  static boolean isWorseAllOver(BlockErrors measured, BlockErrors reference, int i) {
    return !(ratio(measured.squares(i), reference.squares(i)) <= MOST)
        && !(ratio(measured.lesserSquares(i), reference.lesserSquares(i)) <= MOST);
  }

  /** How many times as great an error is as another, by their squares. */
  static double ratio(double squares, double referenceSquares) {
    return squares == referenceSquares ? 1 : Math.sqrt(squares / referenceSquares);
  }

  /** The mean of the blocks' errors, in those of the reference; 1 if there are no blocks. */
  double mean() {
    return blocks == 0 ? 1 : ratios / blocks;
  }

  /** How many blocks have an error of more than {@link #MOST} times the reference's. */
  long worse() {
    return worse;
  }

  /** How many of these have such an error without that of their worst weight, too. */
  long worseAllOver() {
    return worseAllOver;
  }

  /** How many there are. */
  long blocks() {
    return blocks;
  }

  /**
   * The greatest error of a block, as a part of its weights, among those whose error is notably
   * greater than the reference's; 0 if there are none.
   */
  double worst() {
    return worst;
  }
}
