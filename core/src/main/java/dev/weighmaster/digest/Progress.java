package dev.weighmaster.digest;

/** Receives the progress of a scan. */
@FunctionalInterface
public interface Progress {
  Progress NONE = bytes -> {};

  /**
   * Bytes have been read and hashed.
   *
   * @param bytes since the last call, never more than a few MiB
   */
  void bytes(long bytes);
}
