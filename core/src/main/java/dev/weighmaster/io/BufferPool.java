package dev.weighmaster.io;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Buffers that are used again, for reads that are under way. Thread-safe.
 *
 * <p>Reading ahead takes what is there and no more. The one buffer that a reader can't go on
 * without is always granted, so that readers that wait for each other don't wait for ever.
 */
final class BufferPool {
  /** A part of the heap that reads ahead may take of it. */
  private static final int SHARE_OF_HEAP = 8;

  private final int size;
  private final int most;
  private final Deque<byte[]> idle = new ArrayDeque<>();
  private int taken;

  /**
   * @param size of each, in bytes
   * @param most buffers that reading ahead may hold
   */
  BufferPool(int size, int most) {
    this.size = size;
    this.most = most;
  }

  /** For so many reads ahead on each core, unless that is too much for the heap. */
  static BufferPool forCores(int size, int onEach) {
    Runtime runtime = Runtime.getRuntime();
    long fitting = runtime.maxMemory() / SHARE_OF_HEAP / size;
    return new BufferPool(
        size, (int) Math.min(fitting, (long) runtime.availableProcessors() * onEach));
  }

  /** A buffer, if reading ahead may have one more. */
  synchronized Optional<byte[]> ifAny() {
    return taken < most ? Optional.of(take()) : Optional.empty();
  }

  /** A buffer, whatever is in use. */
  synchronized byte[] take() {
    taken++;
    return idle.isEmpty() ? new byte[size] : idle.pop();
  }

  /** Takes a buffer back, which nothing may touch again. */
  synchronized void give(byte[] buffer) {
    taken--;
    if (idle.size() < most) {
      idle.push(buffer);
    }
  }

  synchronized int taken() {
    return taken;
  }
}
