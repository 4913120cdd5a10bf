package dev.weighmaster.jobs.table;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weighmaster.audit.AttestationRow;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditedRunTest {
  private static final LocalDate FIRST = LocalDate.parse("2026-11-21");
  private static final LocalDate SECOND = FIRST.plusDays(1);

  @TempDir private Path folder;
  private SmallHub small;

  @BeforeEach
  void writeAHub() throws Exception {
    small = SmallHub.write(folder);
  }

  @Test
  void theNewestIsThatOfTheNewestDateAndHasAllOfItsRows() throws Exception {
    RunRow second = audit(SECOND);
    RunRow first = audit(FIRST);

    AuditedRun newest = AuditedRun.newest(existing(table()), Optional.empty());
    AuditedRun ofTheDate = AuditedRun.newest(existing(table()), Optional.of(FIRST));

    assertThat(newest.row().runId()).isEqualTo(second.runId());
    assertThat(ofTheDate.row().runId()).isEqualTo(first.runId());
    assertThat(newest.before(5))
        .extracting(run -> run.row().runId())
        .containsExactly(first.runId());
    assertThat(ofTheDate.before(5)).isEmpty();
    assertThat(all(newest.files(FileRow.class, FileRow::path)))
        .hasSize((int) second.files())
        .extracting(FileRow::runId)
        .containsOnly(second.runId());
    assertThat(all(newest.quantizations(AuditRow.class, QuantizationKey::of)))
        .extracting(AuditRow::runId, AuditRow::repository)
        .containsExactly(tuple(second.runId(), SmallHub.QUANTIZED));
    assertThat(all(newest.attestations(AttestationRow.class, AttestationRow::repository)))
        .hasSize(2);
  }

  @Test
  void aHubThatIsGivenWithASlashAtTheEndHasOneHistoryWithTheSameHub() throws Exception {
    RunRow first = audit(small.hub() + "/", FIRST);
    RunRow second = audit(small.hub().toString(), SECOND);
    RunRow third = audit(small.hub() + "//", SECOND.plusDays(1));

    AuditedRun newest = AuditedRun.newest(existing(table()), Optional.empty());

    assertThat(second.earlierRun()).contains(first.runId());
    assertThat(third.earlierRun()).contains(second.runId());
    assertThat(newest.row().hub()).isEqualTo(small.hub() + "//");
    assertThat(newest.before(5))
        .extracting(run -> run.row().runId())
        .containsExactly(second.runId(), first.runId());
    assertThat(newest.lastUntil(FIRST).map(run -> run.row().hub())).contains(small.hub() + "/");
    assertThat(
            new TablePrune(existing(table()), Instant.parse("2100-01-01T00:00:00Z"))
                .execute()
                .runs())
        .extracting(TablePrune.PrunedRun::id)
        .containsExactly(first.runId(), second.runId());
  }

  @Test
  void anAuditGivesBackWhatItKeptInSparksStorageAndNothingElse() throws Exception {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(TestSpark.session().sparkContext());
    JavaRDD<Integer> ofOthers = spark.parallelize(List.of(1)).cache();
    try {
      Set<Integer> before = Set.copyOf(spark.getPersistentRDDs().keySet());

      audit(FIRST);

      assertThat(spark.getPersistentRDDs().keySet()).isEqualTo(before).contains(ofOthers.id());
    } finally {
      ofOthers.unpersist(false);
    }
  }

  @Test
  void aDateWithoutARunIsSaid() throws Exception {
    audit(FIRST);

    assertThatThrownBy(() -> AuditedRun.newest(existing(table()), Optional.of(SECOND)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has no run of 2026-11-22");
  }

  private static <T extends Record> List<T> all(RowStream<T> rows) throws IOException {
    List<T> all = new ArrayList<>();
    try (rows) {
      for (Optional<T> row = rows.next(); row.isPresent(); row = rows.next()) {
        all.add(row.get());
      }
    }
    return all;
  }

  private RunRow audit(LocalDate date) throws Exception {
    return audit(small.hub().toString(), date);
  }

  private RunRow audit(String hub, LocalDate date) throws Exception {
    return new AuditJob(TestSpark.session(), hub, table())
        .policy(PolicySource.read(small.policy()))
        .date(date)
        .execute()
        .run();
  }

  private String table() {
    return folder.resolve("table").toString();
  }
}
