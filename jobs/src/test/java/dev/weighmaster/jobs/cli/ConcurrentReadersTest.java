package dev.weighmaster.jobs.cli;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.table.TablePrune;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ConcurrentReadersTest {
  /** What a run counts, beside what is there of it. */
  private static final String COUNTS =
      """
      SELECT runs.files, runs.quantizations, runs.signed_models,
        (SELECT count(*) FROM files WHERE files.run_id = runs.run_id),
        (SELECT count(*) FROM audit WHERE audit.run_id = runs.run_id),
        (SELECT count(*) FROM attestations
          WHERE attestations.run_id = runs.run_id AND root_digest IS NOT NULL)
      FROM runs
      """;

  @TempDir private Path folder;

  @Test
  void aReaderSeesEachRunWholeWhileRunsArePublishedAndRemoved() throws Exception {
    SmallHub small = SmallHub.write(folder);
    audit(small);
    ExecutorService writer = Executors.newSingleThreadExecutor();
    List<Row> seen = new ArrayList<>();
    try {
      Future<?> writing =
          writer.submit(
              () -> {
                audit(small);
                new TablePrune(existing(table()), Instant.MAX).execute();
                audit(small);
                return null;
              });
      while (!writing.isDone()) {
        seen.addAll(read());
      }
      writing.get();
    } finally {
      writer.shutdownNow();
    }

    assertThat(read()).hasSize(2);
    assertThat(seen)
        .isNotEmpty()
        .allSatisfy(
            row -> {
              assertThat(row.getLong(3)).isEqualTo(row.getLong(0));
              assertThat(row.getLong(4)).isEqualTo(row.getLong(1));
              assertThat(row.getLong(5)).isEqualTo(row.getLong(2));
            });
  }

  /** A run that is removed under way ends the query: that is not seeing half of it. */
  private List<Row> read() throws IOException {
    SparkSession session = TestSpark.session().newSession();
    try {
      AuditViews.create(session, table());
      return session.sql(COUNTS).collectAsList();
    } catch (Exception e) {
      assertThat(e.toString() + e.getCause()).containsAnyOf("FILE_NOT_EXIST", "does not exist");
      return List.of();
    }
  }

  private void audit(SmallHub small) throws Exception {
    new AuditJob(TestSpark.session(), small.hub().toString(), table()).execute();
  }

  private String table() {
    return folder.resolve("table").toString();
  }
}
