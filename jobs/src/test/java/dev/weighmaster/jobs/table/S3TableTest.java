package dev.weighmaster.jobs.table;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.S3Server;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.table.TablePrune.PrunedRun;
import dev.weighmaster.jobs.table.TableVerification.VerifiedRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An audit table in a real object store. */
@Tag("slow")
class S3TableTest {
  private static final SparkSession SPARK = TestSpark.session();

  @TempDir private Path folder;

  @Test
  void aTableInABucketIsLockedPublishedCheckedAndPruned() throws Exception {
    SmallHub small = SmallHub.write(folder);
    try (S3Server server = S3Server.start(folder)) {
      String table = "s3a://own-table/table";
      Path lockFile = server.bucket("own-table").resolve("table/_lock");
      use(server.port(), "own-table");
      AuditTable audits = AuditTable.at(table, SPARK.sparkContext().hadoopConfiguration());

      TableLock stalled = audits.lock("run 7");
      assertThatThrownBy(() -> audit(small, table))
          .isInstanceOf(TableInUseException.class)
          .hasMessageContaining("is in use: run 7 on host");
      stalled.confirm();
      Files.setLastModifiedTime(lockFile, FileTime.from(Instant.EPOCH));
      audit(small, table);
      assertThatThrownBy(stalled::confirm).isInstanceOf(TableInUseException.class);
      stalled.close();
      String second = audit(small, table);

      assertThat(new TableVerification(existing(table)).execute().runs())
          .hasSize(2)
          .allSatisfy(run -> assertThat(run.mismatches()).isEmpty());
      assertThat(new TablePrune(existing(table), Instant.MAX).execute().runs())
          .extracting(PrunedRun::id)
          .doesNotContain(second)
          .hasSize(1);
      assertThat(new TableVerification(existing(table)).execute().runs())
          .extracting(VerifiedRun::id)
          .containsExactly(second);
      assertThat(lockFile).doesNotExist();
    }
  }

  private static String audit(SmallHub small, String table) throws Exception {
    return new AuditJob(SPARK, small.hub().toString(), table).execute().run().runId();
  }

  private static void use(int port, String bucket) {
    SparkContext spark = SPARK.sparkContext();
    S3Server.settings(port)
        .forEach(
            (name, value) ->
                spark
                    .hadoopConfiguration()
                    .set(name.replace("fs.s3a.", "fs.s3a.bucket." + bucket + "."), value));
  }
}
