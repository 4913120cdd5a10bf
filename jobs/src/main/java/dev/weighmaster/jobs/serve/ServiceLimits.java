package dev.weighmaster.jobs.serve;

import java.time.Duration;

/**
 * The limits of the service.
 *
 * @param workers how many repositories are verified at a time; four times as many requests may wait
 * @param timeout of one verification, the time that it waits for a worker included
 * @param maxBytes that one verification reads, those of its sources included
 * @param arrival until a request's body has arrived, and so until a new connection's first request
 *     has
 */
public record ServiceLimits(int workers, Duration timeout, long maxBytes, Duration arrival) {
  /** Of a request's body; a webhook's has a few KiB. */
  static final int MAX_BODY = 1 << 20;

  /** Of a request's line and header fields together. */
  static final int MAX_HEADER = 8 << 10;

  static final int MAX_CONNECTIONS = 256;

  /** Between two bytes of a connection, and between two requests. */
  static final Duration IDLE = Duration.ofSeconds(15);

  public ServiceLimits {
    if (workers < 1 || timeout.isNegative() || timeout.isZero() || maxBytes < 1) {
      throw new IllegalArgumentException("a limit of the service must be at least 1");
    }
  }

  /** The limits, with ten seconds for a request to arrive. */
  public static ServiceLimits of(int workers, Duration timeout, long maxBytes) {
    return new ServiceLimits(workers, timeout, maxBytes, Duration.ofSeconds(10));
  }

  int maxWaiting() {
    return workers * 5;
  }
}
