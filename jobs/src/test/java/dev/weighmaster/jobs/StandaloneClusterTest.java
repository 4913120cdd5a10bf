package dev.weighmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.StandaloneCluster.Ended;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.trust.PolicySource;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The finished jar on a cluster whose driver and executors are processes of their own. */
@Tag("packaged")
class StandaloneClusterTest {
  private static final String DATE = "2026-11-22";

  /** Enough for both executors to see each verdict. */
  private static final int SEVERAL = 4;

  @TempDir private Path folder;

  @Test
  void aClusterWritesTheTableThatAnEmbeddedRunWrites() throws Exception {
    SmallHub small = SmallHub.write(folder);
    byte[] weights = SmallHub.quantization();
    for (int i = 0; i < SEVERAL; i++) {
      small.write("nobody/base-" + i + "/base-Q4_0.gguf", weights);
      small.write("broken/base-" + i + "/base-Q4_0.gguf", Arrays.copyOf(weights, 50));
    }
    Path onCluster = folder.resolve("on-cluster");
    Path embedded = folder.resolve("embedded");

    Ended audit;
    try (StandaloneCluster cluster = StandaloneCluster.start(folder)) {
      audit =
          cluster.submit(
              List.of("spark.executor.cores=1"),
              "audit",
              "--hub=" + small.hub(),
              "--table=" + onCluster,
              "--policy=" + small.policy(),
              "--date=" + DATE,
              "--fail-on=broken");
    }
    new AuditJob(TestSpark.session(), small.hub().toString(), embedded.toString())
        .policy(PolicySource.read(small.policy()))
        .date(LocalDate.parse(DATE))
        .execute();

    assertThat(audit.out())
        .as(audit.err())
        .startsWith("1 of 1 model signatures hold\n")
        .contains("audited 9 quantizations: 1 verified, 4 unverified, 4 broken, 0 errors")
        .hasLineCount(2);
    assertThat(audit.exitCode()).isEqualTo(2);
    for (String dataSet : AuditTable.DATA_SETS) {
      assertThat(rows(onCluster, dataSet))
          .as(dataSet)
          .isNotEmpty()
          .containsExactlyElementsOf(rows(embedded, dataSet));
    }
  }

  private static List<Row> rows(Path table, String dataSet) {
    return TestSpark.session()
        .read()
        .option("recursiveFileLookup", true)
        .parquet(table.resolve(dataSet).toString())
        .drop("run_id", "audited_at", "started_at", "finished_at", "version")
        .drop("digested_by", "digested_at", "read_millis", "slowest_files")
        .drop("digest_millis", "bytes_per_second", "skew", "contents")
        .collectAsList();
  }
}
