package dev.weighmaster.jobs.table;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.audit.Run;
import dev.weighmaster.audit.RunFile;
import dev.weighmaster.jobs.TestSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run is published whole or not at all, whatever the storage does in between. */
class AuditTableTest {
  private static final SparkSession SPARK = TestSpark.session();
  private static final JavaSparkContext CONTEXT =
      JavaSparkContext.fromSparkContext(SPARK.sparkContext());
  private static final Map<String, Long> ROWS =
      Map.of(AuditTable.FILES, 30L, AuditTable.ATTESTATIONS, 0L, AuditTable.AUDIT, 10L);

  @TempDir private Path folder;
  private Configuration configuration;

  @BeforeEach
  void useAStorageThatFailsWhenItIsTold() {
    configuration = new Configuration();
    configuration.set("fs.file.impl", FaultyFileSystem.class.getName());
    configuration.setBoolean("fs.file.impl.disable.cache", true);
  }

  @Test
  void whatIsPublishedIsListedWithItsRowsBytesAndDigests() throws Exception {
    List<RunFile> contents = publish(table(), "1");

    assertThat(contents).extracting(RunFile::path).isSorted();
    assertThat(contents.stream().mapToLong(RunFile::rows).sum()).isEqualTo(40);
    for (RunFile file : contents) {
      byte[] bytes = Files.readAllBytes(folder.resolve(file.path()));
      assertThat(file.path()).startsWith(file.dataSet() + "/audit_date=2026-11-22/run_id=1/part-");
      assertThat(file.bytes()).isEqualTo(bytes.length);
      assertThat(file.sha256())
          .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    }
    assertThat(table().visibleRuns()).containsExactly("1");
    assertThat(folder.resolve("_staging/1")).isEmptyDirectory();
  }

  @Test
  void aRunWhoseRowsDoNotAllArriveIsNotPublished() throws Exception {
    AuditTable table = table();
    Run run = run("1");
    stage(table, run);

    assertThatThrownBy(
            () ->
                new SparkTable(table)
                    .inspect(
                        CONTEXT,
                        run,
                        Map.of(
                            AuditTable.FILES,
                            30L,
                            AuditTable.ATTESTATIONS,
                            0L,
                            AuditTable.AUDIT,
                            11L)))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "the run has 11 rows for audit, and 10 arrived in the audit table file:%s; nothing was"
                + " published, run the audit again",
            folder);
  }

  @Test
  void aStagedFileThatIsNoParquetIsNamed() throws Exception {
    AuditTable table = table();
    Run run = run("1");
    stage(table, run);
    Path part;
    try (Stream<Path> staged = Files.list(folder.resolve("_staging/1/audit"))) {
      part = staged.filter(file -> file.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
    Files.writeString(part, "cut off");
    Files.delete(part.resolveSibling("." + part.getFileName() + ".crc"));

    assertThatThrownBy(() -> new SparkTable(table).inspect(CONTEXT, run, ROWS))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("_staging/1/audit/" + part.getFileName() + " of the audit table")
        .hasMessageEndingWith("nothing was published");
  }

  @Test
  void aRunThatCanNotBeMovedIsTakenBack() {
    configuration.set(FaultyFileSystem.REFUSED, "/audit/audit_date=");

    assertThatThrownBy(() -> publish(table(), "1"))
        .hasMessageStartingWith("can't move the run's audit to ");
    assertThat(runsIn("files")).isEmpty();
    assertThat(runsIn("attestations")).isEmpty();
  }

  @Test
  void aRunOfWhichAFileDoesNotArriveIsTakenBack() throws Exception {
    configuration.set(FaultyFileSystem.EMPTIED, "/files/audit_date=");

    assertThatThrownBy(() -> publish(table(), "1"))
        .hasMessageMatching(
            "files/audit_date=2026-11-22/run_id=1/part-\\S+ has not arrived whole in .*");
    assertThat(runsIn("files")).isEmpty();
    assertThat(table().visibleRuns()).isEmpty();
  }

  @Test
  void aRunWhoseProcessIsKilledBeforeTheLastStepIsNotSeenAndRemovedByTheNext() throws Exception {
    publish(table(), "1");
    configuration.set(FaultyFileSystem.KILLED, "/runs/audit_date=");

    assertThatThrownBy(() -> publish(table(), "2")).isInstanceOf(Killed.class);

    AuditTable table = table();
    assertThat(runsIn("audit")).containsExactlyInAnyOrder("run_id=1", "run_id=2");
    assertThat(table.visibleRuns()).containsExactly("1");
    table.sweep();
    assertThat(runsIn("audit")).containsExactly("run_id=1");
    assertThat(runsIn("runs")).containsExactly("run_id=1");
    assertThat(folder.resolve("_staging")).doesNotExist();
  }

  @Test
  void whereManyRunsHaveNoRowNoneIsRemovedUnasked() throws Exception {
    publish(table(), "1");
    publish(table(), "2");
    Files.move(folder.resolve("runs"), folder.resolve("lost"));

    table().sweep();

    assertThat(runsIn("audit")).containsExactlyInAnyOrder("run_id=1", "run_id=2");
    Files.createDirectory(folder.resolve("runs"));
    assertThatThrownBy(() -> new TablePrune(existing(folder.toString()), Instant.MAX).execute())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("holds 2 runs, and not one has its row in runs");
  }

  @Test
  void aRunThatHasLostTheTableToAnotherIsNotPublished() throws Exception {
    AuditTable table = table();
    Run run = run("1");
    stage(table, run);
    List<RunFile> contents = new SparkTable(table).inspect(CONTEXT, run, ROWS);
    try (TableLock lock = table.lock("run 1")) {
      Files.delete(folder.resolve("_lock"));

      assertThatThrownBy(() -> table.staged(run).publish(contents, lock))
          .isInstanceOf(TableInUseException.class);
    }
    assertThat(table.visibleRuns()).isEmpty();
    assertThat(runsIn("files")).isEmpty();
  }

  @Test
  void aPublishedRunWhoseStagingCanNotBeRemovedHasNotFailed() throws Exception {
    configuration.set(FaultyFileSystem.KEPT, "/_staging/");
    AuditTable table = table();

    publish(table, "1");
    table.staged(run("1")).discard();

    assertThat(table.visibleRuns()).containsExactly("1");
  }

  private AuditTable table() throws IOException {
    return AuditTable.at(folder.toString(), configuration);
  }

  private static Run run(String id) {
    Instant started = Instant.parse("2026-11-22T01:00:00Z");
    return new Run(id, LocalDate.parse("2026-11-22"), started, "/hub");
  }

  private static void stage(AuditTable table, Run run) {
    new SparkTable(table).stage(run, AuditTable.FILES, SPARK.range(0, 30, 1, 3).toDF());
    new SparkTable(table).stage(run, AuditTable.ATTESTATIONS, SPARK.range(0, 0, 1, 1).toDF());
    new SparkTable(table).stage(run, AuditTable.AUDIT, SPARK.range(0, 10, 1, 1).toDF());
    new SparkTable(table).stage(run, AuditTable.RUNS, SPARK.range(0, 1, 1, 1).toDF());
  }

  private static List<RunFile> publish(AuditTable table, String id) throws IOException {
    Run run = run(id);
    try (TableLock lock = table.lock("run " + id)) {
      stage(table, run);
      List<RunFile> contents = new SparkTable(table).inspect(CONTEXT, run, ROWS);
      table.staged(run).publish(contents, lock);
      return contents;
    }
  }

  private List<String> runsIn(String dataSet) {
    Path day = folder.resolve(dataSet).resolve("audit_date=2026-11-22");
    return Files.exists(day) ? List.of(day.toFile().list()) : List.of();
  }

  /** Stands for the end of the process: nobody catches it. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Local files, with a fault for paths that contain what the configuration says. */
  public static final class FaultyFileSystem extends LocalFileSystem {
    static final String REFUSED = "test.rename.refused";
    static final String KILLED = "test.rename.killed";
    static final String EMPTIED = "test.rename.emptied";
    static final String KEPT = "test.delete.fails";

    @Override
    public boolean rename(org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to)
        throws IOException {
      if (hasFault(KILLED, to)) {
        throw new Killed();
      }
      if (hasFault(REFUSED, to)) {
        return false;
      }
      boolean renamed = super.rename(from, to);
      if (hasFault(EMPTIED, to)) {
        for (var file : listStatus(to)) {
          create(file.getPath(), true).close();
        }
      }
      return renamed;
    }

    @Override
    public boolean delete(org.apache.hadoop.fs.Path path, boolean recursive) throws IOException {
      if (hasFault(KEPT, path)) {
        throw new IOException("503 Slow Down");
      }
      return super.delete(path, recursive);
    }

    private boolean hasFault(String fault, org.apache.hadoop.fs.Path path) {
      String where = getConf().get(fault);
      return where != null && path.toString().contains(where);
    }
  }
}
