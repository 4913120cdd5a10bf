package dev.weighmaster.io;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long a read that fails is tried again: after waits that double, each of a random length
 * between half of that and all of it, so that many readers don't come back at once.
 *
 * @param tries at most of one piece of a file
 * @param first the first wait
 * @param longest wait
 * @param patience how long no byte may arrive before it is given up
 */
record Backoff(int tries, Duration first, Duration longest, Duration patience) {
  /** Beside the tries of the file system's own client, which come first. */
  static final Backoff DEFAULT =
      new Backoff(8, Duration.ofMillis(200), Duration.ofSeconds(10), Duration.ofMinutes(2));

  Tries start() {
    return new Tries(this);
  }

  /** The tries of one piece. Not thread-safe. */
  static final class Tries {
    private final Backoff backoff;
    private int failed;
    private int failedInARow;
    private long progressed = System.nanoTime();

    private Tries(Backoff backoff) {
      this.backoff = backoff;
    }

    /** Bytes have arrived. */
    void progress() {
      failedInARow = 0;
      progressed = System.nanoTime();
    }

    /** Waits for the next try, or throws what has failed if there is none. */
    void again(IOException failure) throws IOException {
      failed++;
      failedInARow++;
      if (failed >= backoff.tries || System.nanoTime() - progressed > backoff.patience.toNanos()) {
        throw failure;
      }
      long most =
          Math.min(
              backoff.first.toMillis() << Math.min(failedInARow - 1, 20),
              backoff.longest.toMillis());
      try {
        Thread.sleep(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        InterruptedIOException interrupted =
            new InterruptedIOException("interrupted while reading");
        interrupted.addSuppressed(failure);
        throw interrupted;
      }
    }
  }
}
