package dev.weighmaster.jobs.table;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.json.RecordJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The process that holds a table's lock.
 *
 * @param id unlike that of any other lock
 * @param work what it does, such as {@code run 20261122T010000Z-1b2c3d4e}
 * @param host its name, for a person
 * @param kernel what its process id is unique in: a boot of a kernel and a container of it; the
 *     host's name where the system does not say
 * @param processStarted tells it from a later process of the same id, where the system says it
 * @param since when it took the lock
 */
record LockHolder(
    String id,
    String work,
    String host,
    String kernel,
    long process,
    Optional<Instant> processStarted,
    Instant since) {

  /** Instants of starts are counted from the boot, whose time moves as the clock is set. */
  private static final Duration CLOCK_SET = Duration.ofSeconds(10);

  /** This process. */
  static LockHolder of(String work, Instant since) {
    ProcessHandle self = ProcessHandle.current();
    String host = hostName();
    return new LockHolder(
        UUID.randomUUID().toString(),
        work,
        host,
        thisKernel().orElse(host),
        self.pid(),
        self.info().startInstant(),
        since);
  }

  /**
   * Reads what {@link #json} has written.
   *
   * @return empty where it is something else, such as a file whose writer was killed
   */
  static Optional<LockHolder> parse(String json) {
    try {
      JsonFields fields = JsonFields.parse(json.getBytes(UTF_8));
      Optional<String> started = fields.optionalString("process_started");
      return Optional.of(
          new LockHolder(
              fields.string("id"),
              fields.string("work"),
              fields.string("host"),
              fields.string("kernel"),
              fields.optionalInteger("process").orElse(-1L),
              started.map(Instant::parse),
              Instant.parse(fields.string("since"))));
    } catch (MalformedJsonException | DateTimeException e) {
      return Optional.empty();
    }
  }

  String json() {
    return RecordJson.tree(this).toString();
  }

  /** Whether it was a process of this machine, and is no more. */
  boolean isGone() {
    return kernel.equals(thisKernel().orElseGet(LockHolder::hostName))
        && ProcessHandle.of(process).filter(this::isSame).isEmpty();
  }

  private boolean isSame(ProcessHandle candidate) {
    Optional<Instant> started = candidate.info().startInstant();
    return candidate.isAlive()
        && (started.isEmpty()
            || processStarted.isEmpty()
            || Duration.between(started.get(), processStarted.get()).abs().compareTo(CLOCK_SET)
                < 0);
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  private static Optional<String> thisKernel() {
    try {
      return Optional.of(
          Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
              + " "
              + Files.readSymbolicLink(Path.of("/proc/self/ns/pid")));
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return work + " on host " + host + " (process " + process + ") since " + since;
  }
}
