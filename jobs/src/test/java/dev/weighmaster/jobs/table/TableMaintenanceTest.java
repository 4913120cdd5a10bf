package dev.weighmaster.jobs.table;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.audit.RunFile;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.table.TablePrune.PrunedRun;
import dev.weighmaster.jobs.table.TableVerification.Verification;
import dev.weighmaster.jobs.table.TableVerification.VerifiedRun;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code table verify} finds in a table of three runs, and what {@code table prune} takes. */
class TableMaintenanceTest {
  private static final SparkSession SPARK = TestSpark.session();
  private static final Instant FUTURE = Instant.parse("2100-01-01T00:00:00Z");

  @TempDir private static Path written;
  private static RunRow first;
  private static RunRow ofOtherHub;
  private static RunRow last;

  @TempDir private Path folder;
  private Path table;

  @BeforeAll
  static void auditThreeTimes() throws Exception {
    SmallHub small = SmallHub.write(written.resolve("one"));
    SmallHub other = SmallHub.write(written.resolve("other"));
    first = audit(small, "2026-11-23");
    ofOtherHub = audit(other, "2026-11-22");
    last = audit(small, "2026-11-22");
  }

  private static RunRow audit(SmallHub small, String date) throws Exception {
    return new AuditJob(SPARK, small.hub().toString(), written.resolve("table").toString())
        .policy(PolicySource.read(small.policy()))
        .date(LocalDate.parse(date))
        .execute()
        .run();
  }

  @BeforeEach
  void copyTheTable() throws IOException {
    table = folder.resolve("table");
    copy(written.resolve("table"), table);
  }

  @Test
  void aTableIsAsItWasWritten() throws Exception {
    Verification found = verify();

    assertThat(found.orphans()).isEmpty();
    assertThat(found.runs()).extracting(VerifiedRun::id).containsExactlyInAnyOrder(ids());
    for (VerifiedRun run : found.runs()) {
      assertThat(run.mismatches()).isEmpty();
      assertThat(run.unreadable()).isEmpty();
      assertThat(run.files()).isEqualTo(3);
      assertThat(run.rows()).isEqualTo(first.files() + 2 + first.quantizations());
    }
    assertThat(found.runs().get(0).bytes())
        .isEqualTo(first.contents().stream().mapToLong(RunFile::bytes).sum());
  }

  @Test
  void aFileThatIsMissingOneThatIsTooManyAndOneThatHasChangedAreNamed() throws Exception {
    Path missing = table.resolve(part(first, AuditTable.FILES));
    Files.delete(missing);
    Path changed = table.resolve(part(first, AuditTable.AUDIT));
    byte[] bytes = Files.readAllBytes(changed);
    bytes[bytes.length / 2] ^= 1;
    Files.write(changed, bytes);
    Path longer = table.resolve(part(first, AuditTable.ATTESTATIONS));
    Files.write(longer, "\n".getBytes(UTF_8), StandardOpenOption.APPEND);
    Path tooMany = changed.resolveSibling("part-00007.parquet");
    Files.copy(table.resolve(part(last, AuditTable.AUDIT)), tooMany);

    Verification found = verify();

    assertThat(of(found, first).mismatches())
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).isEqualTo(table.relativize(missing) + " is missing"),
            line ->
                assertThat(line)
                    .matches(table.relativize(changed) + " hashes to sha256:\\w+, and runs .*"),
            line -> assertThat(line).matches(table.relativize(longer) + " has \\d+ bytes, .*"),
            line ->
                assertThat(line)
                    .isEqualTo(table.relativize(tooMany) + " is not listed in its row in runs"));
    assertThat(of(found, last).mismatches()).isEmpty();
  }

  @Test
  void aRowInRunsThatCountsOtherwiseIsNamed() throws Exception {
    rewriteRow(last, Map.of("verified", 7L, "files", 8L));

    assertThat(of(verify(), last).mismatches())
        .containsExactly("files has %d rows, and runs counts 8 files".formatted(last.files()));

    rewriteRow(last, Map.of("verified", 0L, "broken", 1L, "files", last.files()));

    assertThat(of(verify(), last).mismatches())
        .containsExactly(
            "audit has 1 rows that are VERIFIED, and runs counts 0",
            "audit has 0 rows that are BROKEN, and runs counts 1");
  }

  @Test
  void whatARunHasLeftWithoutARowAndFilesOfNoRunAreNamedAsOrphans() throws Exception {
    deleteRow(last);
    Path stray = Files.createFile(table.resolve("audit/audit_date=2026-11-22/stray.parquet"));

    assertThat(verify().orphans())
        .containsExactlyInAnyOrder(
            table.relativize(stray).toString(),
            folderOf(last, AuditTable.FILES),
            folderOf(last, AuditTable.ATTESTATIONS),
            folderOf(last, AuditTable.AUDIT));
  }

  @Test
  void oneRunIsCheckedAloneAndMustBeThere() throws Exception {
    Verification found =
        new TableVerification(existing(table.toString())).run(last.runId()).execute();

    assertThat(found.runs()).extracting(VerifiedRun::id).containsExactly(last.runId());
    assertThatThrownBy(() -> new TableVerification(existing(table.toString())).run("7").execute())
        .isInstanceOf(IOException.class)
        .hasMessage("there is no run 7 in the audit table file:" + table);
  }

  @Test
  void aTableThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> new TableVerification(existing("nowhere")).execute())
        .hasMessageStartingWith("no audit table at nowhere: ");
    assertThatThrownBy(() -> new TablePrune(existing("nowhere"), FUTURE).execute())
        .hasMessageStartingWith("no audit table at nowhere: ");
  }

  @Test
  void theNewestRunOfEachHubStaysHoweverOldItIs() throws Exception {
    // The first is of the newest date, the last was the last to finish.
    assertThat(new TablePrune(existing(table.toString()), FUTURE).execute().runs()).isEmpty();
    assertThat(verify().runs()).hasSize(3);

    RunRow again = audit(last);
    Instant recorded = last.finishedAt().truncatedTo(ChronoUnit.MICROS);
    assertThat(new TablePrune(existing(table.toString()), recorded).dryRun().execute().runs())
        .isEmpty();
    assertThat(new TablePrune(existing(table.toString()), FUTURE).dryRun().execute().runs())
        .hasSize(1);
    assertThat(verify().runs()).hasSize(4);

    TablePrune.Pruned pruned = new TablePrune(existing(table.toString()), FUTURE).execute();

    assertThat(pruned.runs()).extracting(PrunedRun::id).containsExactly(last.runId());
    assertThat(pruned.runs().get(0).bytes())
        .isGreaterThan(last.contents().stream().mapToLong(RunFile::bytes).sum());
    assertThat(verify().runs())
        .extracting(VerifiedRun::id)
        .containsExactlyInAnyOrder(first.runId(), ofOtherHub.runId(), again.runId());
    assertThat(table.resolve(folderOf(last, AuditTable.AUDIT))).doesNotExist();
    assertThat(table.resolve("_lock")).doesNotExist();
  }

  @Test
  void whatWasBrokenOffIsRemovedWithWhatIsStaged() throws Exception {
    deleteRow(last);
    Path staged = Files.createDirectories(table.resolve("_staging/7/audit"));
    Files.write(staged.resolve("part"), new byte[100]);

    TablePrune.Pruned pruned =
        new TablePrune(existing(table.toString()), first.startedAt()).execute();

    assertThat(pruned.runs()).isEmpty();
    assertThat(pruned.folders()).hasSize(3).contains(folderOf(last, AuditTable.AUDIT));
    assertThat(pruned.staged()).isEqualTo(100);
    assertThat(table.resolve("_staging")).doesNotExist();
    assertThat(verify().orphans()).isEmpty();
  }

  @Test
  void whileATableIsWrittenToItIsNotPrunedAndNotAudited() throws Exception {
    AuditTable audits = AuditTable.at(table.toString(), SPARK.sparkContext().hadoopConfiguration());
    try (TableLock lock = audits.lock("run 7")) {
      assertThatThrownBy(() -> new TablePrune(existing(table.toString()), FUTURE).execute())
          .isInstanceOf(TableInUseException.class)
          .hasMessageContaining("is in use: run 7 on host");
      assertThatThrownBy(() -> audit(last)).isInstanceOf(TableInUseException.class);
      lock.confirm();
    }
  }

  private RunRow audit(RunRow before) throws Exception {
    return new AuditJob(SPARK, before.hub(), table.toString())
        .date(before.auditDate())
        .execute()
        .run();
  }

  private Verification verify() throws IOException {
    return new TableVerification(existing(table.toString())).execute();
  }

  private static VerifiedRun of(Verification found, RunRow run) {
    return found.runs().stream()
        .filter(each -> each.id().equals(run.runId()))
        .findFirst()
        .orElseThrow();
  }

  private static String[] ids() {
    return new String[] {first.runId(), ofOtherHub.runId(), last.runId()};
  }

  private static String part(RunRow run, String dataSet) {
    return run.contents().stream()
        .filter(file -> file.dataSet().equals(dataSet))
        .map(RunFile::path)
        .findFirst()
        .orElseThrow();
  }

  private static String folderOf(RunRow run, String dataSet) {
    return dataSet + "/audit_date=" + run.auditDate() + "/run_id=" + run.runId();
  }

  private void deleteRow(RunRow run) throws IOException {
    deleteTree(table.resolve(folderOf(run, AuditTable.RUNS)));
  }

  private void rewriteRow(RunRow run, Map<String, Long> counts) throws IOException {
    Path row = table.resolve(folderOf(run, AuditTable.RUNS));
    Path rewritten = folder.resolve("rewritten");
    Dataset<Row> changed = SPARK.read().parquet(row.toString());
    for (Map.Entry<String, Long> count : counts.entrySet()) {
      changed = changed.withColumn(count.getKey(), lit(count.getValue()));
    }
    changed.write().mode("overwrite").parquet(rewritten.toString());
    deleteTree(row);
    copy(rewritten, row);
  }

  private static void deleteTree(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes any) throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path any, IOException failure)
              throws IOException {
            Files.delete(any);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path any, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(any)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes any) throws IOException {
            Files.copy(file, to.resolve(from.relativize(file)));
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
