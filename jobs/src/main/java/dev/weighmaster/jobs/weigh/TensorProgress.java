package dev.weighmaster.jobs.weigh;

import java.util.function.LongConsumer;

/**
 * Passes on what is read of one tensor and its source, up to what they have: what a second pass
 * reads again is no progress. Not thread-safe.
 */
final class TensorProgress implements LongConsumer {
  private final WeighProgress progress;
  private long left;

  TensorProgress(long bytes, WeighProgress progress) {
    this.left = bytes;
    this.progress = progress;
  }

  @Override
  public void accept(long bytes) {
    long counted = Math.min(bytes, left);
    left -= counted;
    progress.read(counted);
  }

  /** Counts what was not read, because it decided nothing. */
  void end() {
    accept(left);
  }
}
