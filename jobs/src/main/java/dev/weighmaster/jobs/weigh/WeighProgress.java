package dev.weighmaster.jobs.weigh;

/** Receives the progress of a weighing, from any thread. */
@FunctionalInterface
public interface WeighProgress {
  /** Tells nobody. */
  WeighProgress SILENT = bytes -> {};

  /**
   * Says how much more has been read.
   *
   * @param bytes since the last call; the sum is {@link ModelWeighing#bytes} in the end
   */
  void read(long bytes);
}
