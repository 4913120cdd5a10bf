package dev.weighmaster.io;

/**
 * This thread was interrupted, because nobody waits for its result any longer. Reads end by
 * failing; long loops over what was read ask {@link #check} once a round.
 */
public final class WorkStopped extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private WorkStopped() {
    super("the work was stopped");
  }

  /**
   * Goes on, unless the thread was interrupted, which it stays.
   *
   * @throws WorkStopped if it was
   */
  public static void check() {
    if (Thread.currentThread().isInterrupted()) {
      throw new WorkStopped();
    }
  }
}
