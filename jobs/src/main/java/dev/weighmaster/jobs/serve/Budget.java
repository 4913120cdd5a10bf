package dev.weighmaster.jobs.serve;

import dev.weighmaster.jobs.serve.Refusal.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What one verification may still spend. Once it is spent every read of its storage fails, and the
 * thread that works is interrupted, so that the work comes to its end soon; what it found by then
 * counts for nothing. Thread-safe.
 */
final class Budget {
  private final long maxBytes;
  private final long started = System.nanoTime();
  private final Duration timeout;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicReference<Kind> spent = new AtomicReference<>();
  private Optional<Thread> worker = Optional.empty();

  Budget(ServiceLimits limits) {
    this.maxBytes = limits.maxBytes();
    this.timeout = limits.timeout();
  }

  /** Takes bytes that are about to be read. */
  void take(long more) throws IOException {
    if (bytes.addAndGet(more) > maxBytes) {
      end(Kind.REPOSITORY_TOO_LARGE);
    }
    check();
  }

  void check() throws IOException {
    if (left().isZero()) {
      end(Kind.OUT_OF_TIME);
    }
    if (spent.get() != null) {
      throw new IOException("the verification was stopped");
    }
  }

  /** Has this thread interrupted once nothing is left, until {@link #rest}. */
  synchronized void work() {
    worker = Optional.of(Thread.currentThread());
  }

  /**
   * Ends what {@link #work} has begun. The thread is interrupted no longer, neither by what is
   * spent later nor by what was spent before: what it works on next has a budget of its own.
   */
  synchronized void rest() {
    worker = Optional.empty();
    Thread.interrupted();
  }

  /** Stops the work because its time is over. */
  void expire() {
    end(Kind.OUT_OF_TIME);
  }

  /** Stops the work because the service stops. */
  void stop() {
    end(Kind.UNAVAILABLE);
  }

  private synchronized void end(Kind kind) {
    spent.compareAndSet(null, kind);
    worker.ifPresent(Thread::interrupt);
  }

  Duration left() {
    Duration left = timeout.minusNanos(System.nanoTime() - started);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** Why the work was stopped, if it was. */
  Optional<Refusal> refusal() {
    return Optional.ofNullable(spent.get()).map(this::refusal);
  }

  Refusal refusal(Kind kind) {
    String wait = "; its verdict comes with the next audit of the whole hub";
    return switch (kind) {
      case REPOSITORY_TOO_LARGE ->
          new Refusal(
              kind,
              "the repository and what it was made from are more than "
                  + maxBytes
                  + " bytes, which is the most that this service reads"
                  + wait);
      case OUT_OF_TIME ->
          new Refusal(kind, "it took longer than " + timeout.toSeconds() + " s" + wait);
      case BAD_REQUEST,
          WRONG_SECRET,
          NOT_FOUND,
          WRONG_METHOD,
          BODY_TOO_SLOW,
          SEVERAL_REVISIONS,
          BODY_TOO_LARGE,
          NOT_JSON,
          HEADER_TOO_LARGE,
          INTERNAL,
          BUSY,
          UNAVAILABLE ->
          new Refusal(Kind.UNAVAILABLE, "the service is being stopped");
    };
  }

  long bytesTaken() {
    return bytes.get();
  }
}
