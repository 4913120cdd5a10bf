package dev.weighmaster.jobs.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On the local file system, and on one that writes on a condition as S3 does. */
class TableLockTest {
  private static final Duration NEVER = Duration.ofDays(1);
  private static final Instant LONG_AGO = Instant.parse("2026-11-22T00:00:00Z");
  private static final int AT_ONCE = 8;

  @TempDir private Path folder;
  private Path file;
  private Configuration configuration;

  @BeforeEach
  void know() {
    file = folder.resolve("table/_lock");
    configuration = new Configuration();
    ConditionalFileSystem.register(configuration);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", ConditionalFileSystem.SCHEME})
  void theSecondIsToldWhoHasTheLock(String scheme) throws IOException {
    try (TableLock held = acquire(scheme, "run 1")) {
      assertThat(file).exists();
      assertThatThrownBy(() -> acquire(scheme, "run 2"))
          .isInstanceOf(TableInUseException.class)
          .hasMessageMatching(
              "the audit table %s:.*/table is in use: run 1 on host \\S+ \\(process %d\\) since \\S+Z; wait until it has ended, or, if it was killed, \\d+ s"
                  .formatted(scheme, ProcessHandle.current().pid()));
      held.confirm();
    }
    assertThat(file).doesNotExist();
    acquire(scheme, "run 2").close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", ConditionalFileSystem.SCHEME})
  void ofManyAtOnceOneGetsTheLock(String scheme) throws Exception {
    assertThat(race(scheme)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", ConditionalFileSystem.SCHEME})
  void ofManyWhoTakeALockOverOneGetsIt(String scheme) throws Exception {
    write(holder("another kernel", 1));
    Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));

    assertThat(race(scheme)).hasSize(1);
    assertThat(folder.resolve("table")).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", ConditionalFileSystem.SCHEME})
  void aLockThatIsTakenOverBetweenTheReadingOfItsTimeAndOfItsContentIsLeftToItsHolder(String scheme)
      throws IOException {
    write(holder("another kernel", 1));
    Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
    LockFile lock =
        LockFile.at(
            root(scheme).getFileSystem(configuration),
            new org.apache.hadoop.fs.Path(root(scheme), TableLock.NAME));
    LockFile.Found old = lock.read().orElseThrow();

    try (TableLock held = acquire(scheme, "run 1")) {
      String content = lock.read().orElseThrow().content();

      assertThat(lock.replace(new LockFile.Found(content, old.modified(), old.etag()), "{}"))
          .isFalse();
      held.confirm();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", ConditionalFileSystem.SCHEME})
  void theLockOfAProcessThatIsGoneFromThisMachineIsTakenOverAtOnce(String scheme) throws Exception {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    write(holder(LockHolder.of("", LONG_AGO).kernel(), gone.pid()));

    acquire(scheme, "run 2").close();
  }

  @Test
  void aProcessThatWasGivenTheIdOfOneThatIsGoneIsAnother() throws IOException {
    LockHolder self = LockHolder.of("run 1", LONG_AGO);
    write(
        new LockHolder(
            "1",
            "run 1",
            "web7",
            self.kernel(),
            self.process(),
            self.processStarted().map(started -> started.minusSeconds(60)),
            LONG_AGO));

    acquire("file", "run 2").close();
  }

  @Test
  void theLockOfAnotherMachineIsWaitedForUntilItRunsOut() throws IOException {
    write(holder("another kernel", 1));

    assertThatThrownBy(() -> acquire("file", "run 2"))
        .hasMessageContaining("is in use: run 1 on host web7 (process 1) since 2026-11-22T")
        .hasMessageEndingWith("if it was killed, 120 s");

    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(TableLock.LEASE)));
    acquire("file", "run 2").close();
  }

  @Test
  void aLockThatSaysNothingIsWaitedForUntilItRunsOut() throws IOException {
    Files.createDirectories(file.getParent());
    Files.createFile(file);

    assertThatThrownBy(() -> acquire("file", "run 2"))
        .hasMessageContaining("is in use: somebody who has just begun; wait");

    Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
    acquire("file", "run 2").close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", ConditionalFileSystem.SCHEME})
  void aHolderWhoseLockWasTakenOverFindsOutAndLeavesItToTheOther(String scheme) throws IOException {
    TableLock stalled = acquire(scheme, "run 1");
    Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
    try (TableLock other = acquire(scheme, "run 2")) {
      assertThatThrownBy(stalled::confirm)
          .isInstanceOf(TableInUseException.class)
          .hasMessageContaining("has run out, and nothing was published")
          .hasMessageContaining("now in use: run 2 on host");
      stalled.close();
      other.confirm();
    }
  }

  @Test
  void aHolderWhoseLockIsGoneFindsOut() throws IOException {
    try (TableLock stalled = acquire("file", "run 1")) {
      Files.delete(file);
      assertThatThrownBy(stalled::confirm).hasMessageEndingWith("nothing was published; try again");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", ConditionalFileSystem.SCHEME})
  @Timeout(60)
  void aHolderSaysThatItIsAlive(String scheme) throws IOException {
    FileSystem fileSystem = root(scheme).getFileSystem(configuration);
    try (TableLock held =
        TableLock.acquire(fileSystem, root(scheme), "run 1", Duration.ofMillis(1))) {
      Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
      while (!Files.getLastModifiedTime(file).toInstant().isAfter(LONG_AGO)) {
        Thread.onSpinWait();
      }
      held.confirm();
    }
    assertThat(file).doesNotExist();
  }

  @Test
  void aTakeoverThatWasKilledIsNotInTheWayForEver() throws IOException {
    write(holder("another kernel", 1));
    Path takeover = Files.createFile(folder.resolve("table/_lock_takeover"));
    Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
    Files.setLastModifiedTime(takeover, FileTime.from(LONG_AGO));

    acquire("file", "run 2").close();
  }

  /** Those who got the lock, of several who tried until all had tried. */
  private List<TableLock> race(String scheme) throws Exception {
    CyclicBarrier together = new CyclicBarrier(AT_ONCE);
    Callable<Optional<TableLock>> one =
        () -> {
          together.await();
          try {
            return Optional.of(acquire(scheme, "run"));
          } catch (TableInUseException e) {
            return Optional.empty();
          }
        };
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<Optional<TableLock>>> tries = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        tries.add(threads.submit(one));
      }
      List<TableLock> winners = new ArrayList<>();
      for (Future<Optional<TableLock>> each : tries) {
        each.get().ifPresent(winners::add);
      }
      winners.forEach(TableLock::close);
      return winners;
    } finally {
      threads.shutdownNow();
    }
  }

  private TableLock acquire(String scheme, String work) throws IOException {
    return TableLock.acquire(root(scheme).getFileSystem(configuration), root(scheme), work, NEVER);
  }

  private org.apache.hadoop.fs.Path root(String scheme) {
    return new org.apache.hadoop.fs.Path(scheme + ":" + folder.resolve("table"));
  }

  private static LockHolder holder(String kernel, long process) {
    return new LockHolder("1", "run 1", "web7", kernel, process, Optional.empty(), LONG_AGO);
  }

  private void write(LockHolder holder) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, holder.json());
  }
}
