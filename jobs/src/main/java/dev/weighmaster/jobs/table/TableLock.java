package dev.weighmaster.jobs.table;

import dev.weighmaster.jobs.table.LockFile.Found;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to write to an audit table, held by one process at a time. Thread-safe.
 *
 * <p>A holder says every few seconds that it is alive. A lock whose process is gone from this
 * machine is taken over at once; any other once nothing was heard of its holder for two minutes, by
 * the clocks of both machines, which must agree to well below that. Whoever was stalled for so long
 * finds out before it publishes, see {@link #confirm}. For what file systems promise, see {@link
 * ExclusiveLockFile} and {@link ConditionalLockFile}.
 */
public final class TableLock implements AutoCloseable {
  static final Duration HEARTBEAT = Duration.ofSeconds(10);
  static final Duration LEASE = Duration.ofMinutes(2);

  /** Passed over by engines that read Parquet folders. */
  static final String NAME = "_lock";

  private static final Logger LOG = LoggerFactory.getLogger(TableLock.class);

  /** Each try that fails has seen somebody else succeed. */
  private static final int TRIES = 3;

  private final LockFile file;
  private final Path root;
  private final String content;
  private final ScheduledExecutorService heart =
      Executors.newSingleThreadScheduledExecutor(
          beat -> {
            Thread thread = new Thread(beat, "weighmaster-table-lock");
            thread.setDaemon(true);
            return thread;
          });
  private boolean released;

  private TableLock(LockFile file, Path root, String content) {
    this.file = file;
    this.root = root;
    this.content = content;
  }

  /**
   * Takes the lock, and makes the table's folder where it is missing.
   *
   * @param work what will be done, for the message that another one gets
   * @param heartbeat how often the lock is renewed
   * @throws TableInUseException if somebody else has it
   * @throws IOException if the table can't be written
   */
  static TableLock acquire(FileSystem fileSystem, Path root, String work, Duration heartbeat)
      throws IOException {
    LockFile file = LockFile.at(fileSystem, new Path(root, NAME));
    String content = LockHolder.of(work, Instant.now().truncatedTo(ChronoUnit.SECONDS)).json();
    Optional<Found> found = file.read();
    for (int i = 0; i < TRIES; i++) {
      if (found.isPresent() && !isOver(found.get())) {
        break;
      }
      if (found.isPresent() ? file.replace(found.get(), content) : file.create(content)) {
        return new TableLock(file, root, content).beating(heartbeat);
      }
      found = file.read();
    }
    throw new TableInUseException(inUse(root, found));
  }

  private static boolean isOver(Found found) {
    return remaining(found).isNegative()
        || LockHolder.parse(found.content()).filter(LockHolder::isGone).isPresent();
  }

  private static Duration remaining(Found found) {
    return Duration.between(Instant.now(), found.modified().plus(LEASE));
  }

  private static String inUse(Path root, Optional<Found> found) {
    String holder =
        found
            .flatMap(lock -> LockHolder.parse(lock.content()))
            .map(LockHolder::toString)
            .orElse("somebody who has just begun");
    long seconds = Math.max(0, found.map(TableLock::remaining).orElse(LEASE).toSeconds()) + 1;
    return "the audit table "
        + root
        + " is in use: "
        + holder
        + "; wait until it has ended, or, if it was killed, "
        + seconds
        + " s";
  }

  @SuppressWarnings("FutureReturnValueIgnored") // A beat tells of its failure itself.
  private TableLock beating(Duration interval) {
    heart.scheduleWithFixedDelay(
        this::beat, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    return this;
  }

  /** A beat that fails is made up for by the next, or found missing by {@link #confirm}. */
  private void beat() {
    try {
      renew();
    } catch (IOException | RuntimeException e) {
      LOG.warn("the lock of the audit table {} could not be renewed", root, e);
    }
  }

  private synchronized boolean renew() throws IOException {
    return !released && file.renew(content);
  }

  /**
   * Makes sure that the lock is still held, and will be for a while.
   *
   * @throws TableInUseException if somebody else has taken it over
   * @throws IOException if that can't be told
   */
  void confirm() throws IOException {
    if (!renew()) {
      throw new TableInUseException(
          "this process was stalled for so long that its lock of the audit table "
              + root
              + " has run out, and nothing was published; "
              + file.read()
                  .flatMap(found -> LockHolder.parse(found.content()))
                  .map(holder -> "the table is now in use: " + holder)
                  .orElse("try again"));
    }
  }

  /** Gives the lock back, if it is still held. */
  @Override
  public synchronized void close() {
    heart.shutdown();
    if (!released) {
      released = true;
      try {
        file.remove(content);
      } catch (IOException | RuntimeException e) {
        LOG.warn(
            "the lock of the audit table {} could not be given back, and is in the way for {} s",
            root,
            LEASE.toSeconds(),
            e);
      }
    }
  }
}
