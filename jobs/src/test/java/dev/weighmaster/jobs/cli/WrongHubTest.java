package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A part of a hub that is taken for the hub, and a table that would be part of it. */
class WrongHubTest {
  @TempDir private Path folder;
  private SmallHub small;

  @BeforeEach
  void writeAHub() throws Exception {
    small = SmallHub.write(folder);
  }

  @ParameterizedTest
  @CsvSource({"acme, one organisation", "acme/base, one repository"})
  void anAuditOfAPartSaysWhatToCallAndPublishesNothing(String part, String is) {
    Path hub = small.hub().resolve(part);
    Path table = folder.resolve("table");

    assertThatThrownBy(
            () -> new AuditJob(TestSpark.session(), hub.toString(), table.toString()).execute())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the hub %s is %s", hub, is)
        .hasMessageEndingWith(", here " + small.hub());
    assertThat(table.resolve("runs")).doesNotExist();
  }

  @Test
  void verifySaysWhatToCallForAPart() {
    Path organisation = small.hub().resolve("quants");
    Path repository = small.hub().resolve(SmallHub.QUANTIZED);

    assertThat(Commands.run("verify", repository, "--hub", organisation).failed(3))
        .contains("is one organisation", "here " + small.hub());
    assertThat(
            Commands.run("verify", repository.resolve("base-Q4_0.gguf"), "--hub", repository)
                .failed(3))
        .contains("is one repository", "here " + small.hub());
    assertThat(Commands.run("verify", organisation).failed(3)).contains("holds repositories");
    assertThat(Commands.run("verify", small.hub()).failed(3)).contains("holds repositories");
  }

  @Test
  void aRepositoryOfFoldersAloneIsStillVerified() throws IOException {
    small.write("nobody/folders/Q4_0/a.gguf", SmallHub.quantization());

    Path repository = small.hub().resolve("nobody/folders");

    assertThat(Commands.run("verify", repository, "--hub", small.hub()).exitCode()).isEqualTo(1);
  }

  @Test
  void aTableInsideTheHubIsRefused() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), small.hub());
    for (Path table : new Path[] {small.hub().resolve("audit/table"), link.resolve("table")}) {
      assertThat(Commands.run("audit", "--hub", small.hub(), "--table", table).failed(64))
          .contains("lies inside the hub");
      assertThat(table).doesNotExist();
    }
  }

  @Test
  void onlyWhatLiesInsideIsRefused() throws IOException {
    OutsideHub.check("/srv/hub", "--table", "/srv/hub-audit");
    OutsideHub.check("s3a://hub", "--table", "s3a://hub-audit/table");
    OutsideHub.check("/srv/hub", "--table", "s3a://srv/hub/table");
    assertThatThrownBy(() -> OutsideHub.check("s3a://hub/", "--table", "s3a://hub/audit"))
        .isInstanceOf(CommandFailure.class);
    assertThatThrownBy(() -> OutsideHub.check("file:///srv/hub", "--out", "/srv/hub/badges"))
        .isInstanceOf(CommandFailure.class);
  }

  @ParameterizedTest
  @CsvSource({
    "s3a://hub, s3://hub/audit",
    "s3://hub, s3n://hub/audit",
    "s3a://hub, S3A://hub/audit",
    "s3a://hub, s3a://hub/x/../audit",
    "s3a://hub/models, s3a://hub/x/../models/audit",
    "s3a://hub/models/, s3a://hub//models/./audit",
    "s3a://hub/a b, s3a://hub/a b/audit",
    "s3a://hub, s3a://hub",
    "hdfs://Name:8020/hub, HDFS://name:8020/hub/audit",
  })
  void aTableInsideAnObjectStoresHubIsRefusedHoweverItIsWritten(String hub, String table) {
    assertThatThrownBy(() -> OutsideHub.check(hub, "--table", table))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("lies inside the hub");
  }

  @ParameterizedTest
  @CsvSource({
    "s3a://hub/models, s3a://hub/models/../audit",
    "s3a://hub/models, s3a://hub/models-audit",
    "s3a://hub/models, s3a://hub/Models/audit",
    "s3a://hub, gs://hub/audit",
    "s3a://hub, s3a://other/hub/audit",
    "hdfs://name:8020/hub, hdfs://name:9000/hub/audit",
  })
  void aTableOutsideAnObjectStoresHubIsNot(String hub, String table) {
    assertThatCode(() -> OutsideHub.check(hub, "--table", table)).doesNotThrowAnyException();
  }

  @Test
  void aFullDiskIsOneSentence() {
    var full =
        new IllegalStateException(
            "Task failed while writing rows to /srv/audit",
            new IOException("write", new Error("java.io.IOException: No space left on device")));

    assertThat(FailureLine.of(full))
        .isEqualTo(
            "weighmaster: no space is left on the disk: Task failed while writing rows to"
                + " /srv/audit");
    assertThat(FailureLine.of(new IOException("Disk quota exceeded")))
        .isEqualTo("weighmaster: no space is left on the disk: Disk quota exceeded");
    assertThat(
            FailureLine.of(
                new IllegalStateException(
                    "Job aborted due to stage failure: Task 9 in stage 109.0 failed 1 times",
                    new IOException("No space left on device"))))
        .isEqualTo("weighmaster: no space is left on the disk");
  }
}
