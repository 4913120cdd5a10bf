package dev.weighmaster.weigh;

import java.util.random.RandomGenerator;

/** Draws one block of each so many that follow each other. Not thread-safe. */
final class BlockLottery {
  private final RandomGenerator random;
  private final int stride;
  private long first;
  private long drawn;
  private long next;

  /**
   * @param blocks to draw from
   * @param draws about how many to draw; all if there are not so many
   */
  BlockLottery(RandomGenerator random, long blocks, int draws) {
    this.random = random;
    this.stride = (int) Math.min(Integer.MAX_VALUE, Math.max(1, blocks / draws));
    draw();
  }

  private void draw() {
    drawn = first + random.nextInt(stride);
    first += stride;
  }

  /** Whether the next block is drawn. */
  boolean next() {
    boolean isDrawn = next == drawn;
    next++;
    if (next == first) {
      draw();
    }
    return isDrawn;
  }
}
