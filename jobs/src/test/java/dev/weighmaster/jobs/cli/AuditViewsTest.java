package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.table.AuditTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditViewsTest {
  private static final SparkSession SPARK = TestSpark.session();

  private static final String FINISHED =
      "'/hub' AS hub, timestamp '2026-11-20' AS started_at, timestamp '%s 05:00:00' AS finished_at";

  @TempDir private static Path table;

  @BeforeAll
  static void writeTwoRunsAndOneThatHasNotFinished() {
    write(table, "audit", "2026-11-21", "7", "'acme/a' AS repository");
    write(table, "audit", "2026-11-22", "8", "'acme/b' AS repository");
    write(table, "audit", "2026-11-22", "9", "'acme/c' AS repository");
    write(table, "runs", "2026-11-21", "7", FINISHED.formatted("2026-11-23"));
    write(table, "runs", "2026-11-22", "8", FINISHED.formatted("2026-11-22"));
  }

  @Test
  void aRunIsNotSeenBeforeItHasItsRowInRuns() throws IOException {
    AuditViews.create(SPARK, table.toString());

    assertThat(strings("SELECT repository FROM audit ORDER BY 1"))
        .containsExactly("acme/a", "acme/b");
  }

  @Test
  void latestIsTheRunOfTheNewestDateEvenWhereAnOlderDateWasAuditedAfterIt() throws IOException {
    AuditViews.create(SPARK, table.toString());

    assertThat(strings("SELECT repository FROM latest")).containsExactly("acme/b");
  }

  @Test
  void ofTwoRunsThatFinishedAtOnceLatestIsTheOneOfTheGreaterId(@TempDir Path other)
      throws IOException {
    for (String run : List.of("b", "c", "a")) {
      write(other, "audit", "2026-11-22", run, "'acme/%s' AS repository".formatted(run));
      write(other, "runs", "2026-11-22", run, FINISHED.formatted("2026-11-22"));
    }

    AuditViews.create(SPARK, other.toString());

    assertThat(strings("SELECT repository FROM latest")).containsExactly("acme/c");
  }

  @Test
  void aViewHasTheColumnsOfThisVersionWhateverVersionWroteTheFiles() throws IOException {
    AuditViews.create(SPARK, table.toString());

    assertThat(SPARK.table("audit").schema().fieldNames())
        .isEqualTo(AuditTable.schema(AuditTable.AUDIT).fieldNames());
    assertThat(strings("SELECT DISTINCT typeof(run_id) || typeof(audit_date) FROM audit"))
        .containsExactly("stringdate");
    assertThat(strings("SELECT verdict FROM latest")).containsExactly((String) null);
  }

  @Test
  void aFilterOnTheDateReadsOnlyThatDatesFolders() throws IOException {
    AuditViews.create(SPARK, table.toString());

    assertThat(
            SPARK
                .sql("SELECT * FROM audit WHERE audit_date = DATE '2026-11-21'")
                .queryExecution()
                .executedPlan()
                .toString())
        .contains("PartitionFilters: [isnotnull(audit_date");
  }

  @Test
  void aFolderThatNoRunHasWrittenHasNoView() throws IOException {
    AuditViews.create(SPARK, table.toString());

    assertThat(SPARK.catalog().tableExists("attestations")).isFalse();
  }

  @Test
  void aFolderThatIsNoAuditTableIsNamed() {
    Path elsewhere = table.resolve("elsewhere");

    assertThatThrownBy(() -> AuditViews.create(SPARK, elsewhere.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("no audit table at " + elsewhere);
  }

  private static void write(Path table, String folder, String date, String run, String columns) {
    Path partition = table.resolve(folder).resolve("audit_date=" + date).resolve("run_id=" + run);
    SPARK
        .sql("SELECT date '%s' AS audit_date, '%s' AS run_id, %s".formatted(date, run, columns))
        .write()
        .parquet(partition.toString());
  }

  private static List<String> strings(String query) {
    return SPARK.sql(query).as(Encoders.STRING()).collectAsList();
  }
}
