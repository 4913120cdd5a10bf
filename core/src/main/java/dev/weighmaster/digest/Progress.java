package dev.weighmaster.digest;

/** Hears how a scan gets on. */
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
