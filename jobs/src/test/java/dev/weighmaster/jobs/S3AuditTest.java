package dev.weighmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.FaultProxy.Faults;
import dev.weighmaster.jobs.table.TableRows;
import dev.weighmaster.trust.PolicySource;
import java.nio.file.Path;
import java.time.LocalDate;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub in object storage, and the audit table with it. */
@Tag("slow")
class S3AuditTest {
  private static final LocalDate DATE = LocalDate.parse("2026-11-22");

  @TempDir private Path folder;

  @Test
  void aHubInABucketGivesTheTableOfTheSameHubInAFolder() throws Exception {
    SmallHub small = SmallHub.write(folder);
    small.write("nobody/large/model.bin", new byte[20 << 20]);
    try (S3Server server = S3Server.start(folder);
        FaultProxy proxy = FaultProxy.start(server.port(), Faults.NONE)) {
      String inFolder = folder.resolve("table").toString();
      server.publish(small.hub(), "plain-hub");
      server.publish(small.hub(), "faulty-hub");
      server.bucket("faulty-table");
      use(server.port(), "plain-hub");
      use(proxy.port(), "faulty-hub", "faulty-table");

      audit(small, small.hub().toString(), inFolder);
      audit(small, "s3a://plain-hub/", folder.resolve("plain-table").toString());
      // One connection in ten is cut, one request in ten throttled, one in ten late.
      proxy.faults(Faults.all(1));
      audit(small, "s3a://faulty-hub/", "s3a://faulty-table/table");

      assertThat(proxy.faulted()).isPositive();
      proxy.faults(Faults.NONE);
      assertThat(TableRows.of(folder.resolve("plain-table").toString()))
          .isEqualTo(TableRows.of(inFolder));
      assertThat(TableRows.of("s3a://faulty-table/table")).isEqualTo(TableRows.of(inFolder));
    }
  }

  /** A file system that was made once keeps its settings: each test has buckets of its own. */
  private static void use(int port, String... buckets) {
    SparkContext spark = TestSpark.session().sparkContext();
    for (String bucket : buckets) {
      S3Server.settings(port)
          .forEach(
              (name, value) -> {
                String own = name.replace("fs.s3a.", "fs.s3a.bucket." + bucket + ".");
                // As if it had been there when the session began.
                spark.conf().set("spark.hadoop." + own, value);
                spark.hadoopConfiguration().set(own, value);
              });
    }
  }

  private static void audit(SmallHub small, String hub, String table) throws Exception {
    new AuditJob(TestSpark.session(), hub, table)
        .policy(PolicySource.read(small.policy()))
        .date(DATE)
        .execute();
  }
}
