package dev.weighmaster.jobs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weighmaster.audit.RunRow;
import dev.weighmaster.audit.Scope;
import dev.weighmaster.audit.Scrub;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A night costs what has changed. */
@Tag("slow")
class NightTest {
  private static final LocalDate FIRST = LocalDate.parse("2026-11-22");

  /** The hub was written just now, and an audit that soon after carries nothing over. */
  private static final Clock AN_HOUR_LATER = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));

  @TempDir private Path folder;
  private SmallHub small;

  @BeforeEach
  void writeAHub() throws Exception {
    small = SmallHub.write(folder);
  }

  @Test
  void aSecondNightReadsNoWeightsAndSaysTheSame() throws Exception {
    RunRow first = audit(FIRST, Scope.CHANGED);
    RunRow second = audit(FIRST.plusDays(1), Scope.CHANGED);

    assertThat(first.weightsBytesRead()).isPositive();
    assertThat(first.filesCarriedOver()).isZero();
    assertThat(second.weightsBytesRead()).isZero();
    assertThat(second.filesCarriedOver()).isEqualTo(4);
    assertThat(second.filesRead()).as("the two sidecars").isEqualTo(2);
    assertThat(second.earlierRun()).contains(first.runId());
    assertThat(second.scope()).isEqualTo("changed");
    assertThat(verdicts(second)).isEqualTo(verdicts(first));
    assertThat(rows(second, "files").select("path", "sha256", "findings").collectAsList())
        .isEqualTo(rows(first, "files").select("path", "sha256", "findings").collectAsList());
    assertThat(
            rows(second, "files")
                .filter("kind != 'SIDECAR'")
                .select("digested_by")
                .distinct()
                .collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly(first.runId());
  }

  @Test
  void onlyWhatHasChangedIsRead() throws Exception {
    RunRow first = audit(FIRST, Scope.CHANGED);
    byte[] other = SmallHub.quantization();
    other[other.length - 1]++;
    small.write(SmallHub.QUANTIZED + "/base-Q4_0.gguf", other);

    RunRow second = audit(FIRST.plusDays(1), Scope.CHANGED);

    assertThat(second.weightsBytesRead()).isEqualTo(other.length);
    assertThat(verdicts(first)).containsExactly(tuple(SmallHub.QUANTIZED, "VERIFIED", "OK"));
    assertThat(verdicts(second))
        .containsExactly(tuple(SmallHub.QUANTIZED, "BROKEN", "DIGEST_MISMATCH"));
  }

  @Test
  void statementsAreJudgedByThePolicyOfTheDayWithoutReadingWeights() throws Exception {
    audit(FIRST, Scope.CHANGED);
    String trusting = Files.readString(small.policy());
    Files.writeString(
        small.policy(), trusting.replace("models: \"acme/*\"", "models: \"other/*\""));

    RunRow second = audit(FIRST.plusDays(1), Scope.CHANGED);

    assertThat(second.weightsBytesRead()).isZero();
    assertThat(verdicts(second))
        .containsExactly(tuple(SmallHub.QUANTIZED, "UNVERIFIED", "SOURCE_SIGNER_NOT_TRUSTED"));
  }

  @Test
  void weightsAreReadAgainWhereANewSignatureAsksForAnotherDigest() throws Exception {
    Path signature = small.hub().resolve(SmallHub.SOURCE + "/model.sig");
    byte[] inShards = Files.readAllBytes(signature);
    Files.delete(signature);
    audit(FIRST, Scope.CHANGED);
    Files.write(signature, inShards);

    RunRow second = audit(FIRST.plusDays(1), Scope.CHANGED);

    assertThat(second.weightsBytesRead())
        .isEqualTo(Files.size(small.hub().resolve(SmallHub.SOURCE + "/model.safetensors")));
    assertThat(verdicts(second)).containsExactly(tuple(SmallHub.QUANTIZED, "VERIFIED", "OK"));
  }

  @Test
  void aFullRunReadsEveryFile() throws Exception {
    RunRow first = audit(FIRST, Scope.CHANGED);

    RunRow second = audit(FIRST.plusDays(1), Scope.FULL);

    assertThat(second.bytesRead()).isEqualTo(first.bytesRead());
    assertThat(second.filesCarriedOver()).isZero();
    assertThat(second.scope()).isEqualTo("full");
  }

  @Test
  void aScrubReadsEveryFileOnceInAsManyNightsAsItHasParts() throws Exception {
    RunRow first = audit(FIRST, Scope.CHANGED);
    long read = 0;
    for (int night = 1; night <= 3; night++) {
      RunRow run = audit(FIRST.plusDays(night), new Scrub(3));
      assertThat(run.scope()).startsWith("changed and scrub ").endsWith("/3");
      read += run.weightsBytesRead();
    }
    assertThat(read).isEqualTo(first.weightsBytesRead());
  }

  @Test
  void bytesThatRotUnderAnUnchangedEtagAreFoundAndReportedUntilTheyAreMended() throws Exception {
    // Local storage notices every change: the table is made to remember other bytes instead.
    String path = "nobody/base/base-Q4_0.gguf";
    byte[] weights = SmallHub.quantization();
    small.write(path, weights);
    RunRow first = audit(FIRST, Scope.CHANGED);
    forge(first, path);

    RunRow second = audit(FIRST.plusDays(1), Scope.FULL);
    RunRow third = audit(FIRST.plusDays(2), Scope.CHANGED);

    assertThat(second.filesRotten()).isEqualTo(1);
    assertThat(verdicts(second)).contains(tuple("nobody/base", "BROKEN", "DIGEST_MISMATCH"));
    Row row = rows(second, "files").filter("earlier_sha256 IS NOT NULL").first();
    assertThat(row.<String>getAs("earlier_sha256")).isEqualTo("0".repeat(64));
    assertThat(row.<String>getAs("earlier_digested_by")).isEqualTo(first.runId());
    assertThat(row.<String>getAs("error"))
        .contains("0".repeat(64))
        .contains(row.<String>getAs("sha256"))
        .contains(first.runId());
    assertThat(third.filesRotten()).as("it is read again").isEqualTo(1);
    assertThat(verdicts(third)).contains(tuple("nobody/base", "BROKEN", "DIGEST_MISMATCH"));
  }

  @Test
  void aRepositoryThatDisappearedIsInTheSummary() throws Exception {
    small.write("gone/one/model.gguf", SmallHub.quantization());
    small.write("gone/two/model.gguf", SmallHub.quantization());
    audit(FIRST, Scope.CHANGED);
    for (String name : List.of("gone/one/model.gguf", "gone/one", "gone/two/model.gguf")) {
      Files.delete(small.hub().resolve(name));
    }

    RunRow second = audit(FIRST.plusDays(1), Scope.CHANGED);
    RunRow third = audit(FIRST.plusDays(2), Scope.CHANGED);

    assertThat(second.repositoriesGone()).isEqualTo(2);
    assertThat(second.gone()).containsExactly("gone/one", "gone/two");
    assertThat(third.repositoriesGone()).isZero();
  }

  @Test
  void anotherHubInTheSameTableIsNotTakenForThisOne() throws Exception {
    audit(FIRST, Scope.CHANGED);
    Path moved = Files.move(small.hub(), folder.resolve("moved"));

    RunRow other = job(moved, FIRST).execute().run();

    assertThat(other.earlierRun()).isEmpty();
    assertThat(other.filesCarriedOver()).isZero();
  }

  @Test
  void whatAnInterruptedRunHasReadTheNextOneDoesNot() throws Exception {
    Path inTheWay = Files.createDirectories(table()).resolve("audit");
    Files.writeString(inTheWay, "no folder can be made here");
    assertThatThrownBy(() -> audit(FIRST, Scope.CHANGED)).isInstanceOf(IOException.class);
    Files.delete(inTheWay);

    RunRow second = audit(FIRST, Scope.FULL);

    assertThat(second.weightsBytesRead()).isZero();
    assertThat(second.filesCarriedOver()).isEqualTo(4);
    assertThat(verdicts(second)).containsExactly(tuple(SmallHub.QUANTIZED, "VERIFIED", "OK"));
    RunRow third = audit(FIRST.plusDays(1), Scope.FULL);
    assertThat(third.filesCarriedOver()).as("what was published is forgotten").isZero();
  }

  @Test
  void whatWasWrittenJustBeforeItWasReadIsReadAgainTheNextNight() throws Exception {
    RunRow first = job(small.hub(), FIRST).clock(Clock.systemUTC()).execute().run();

    RunRow second = audit(FIRST.plusDays(1), Scope.CHANGED);
    RunRow third = audit(FIRST.plusDays(2), Scope.CHANGED);

    assertThat(second.filesCarriedOver()).isZero();
    assertThat(second.weightsBytesRead()).isEqualTo(first.weightsBytesRead());
    assertThat(third.filesCarriedOver()).as("by then they had settled").isEqualTo(4);
  }

  @Test
  void bytesWrittenThroughAnOldMappingDoNotOutliveTheNight() throws Exception {
    Path weights = small.hub().resolve(SmallHub.QUANTIZED + "/base-Q4_0.gguf");
    try (FileChannel channel =
        FileChannel.open(weights, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer mapped = channel.map(MapMode.READ_WRITE, 0, channel.size());
      int last = mapped.capacity() - 1;
      mapped.put(last, mapped.get(last));
      RunRow first = job(small.hub(), FIRST).clock(Clock.systemUTC()).execute().run();
      // Linux notes no time for this, unless it has written the page back in between.
      mapped.put(last, (byte) (mapped.get(last) + 1));

      RunRow second = audit(FIRST.plusDays(1), Scope.CHANGED);

      assertThat(verdicts(first)).containsExactly(tuple(SmallHub.QUANTIZED, "VERIFIED", "OK"));
      assertThat(verdicts(second))
          .containsExactly(tuple(SmallHub.QUANTIZED, "BROKEN", "DIGEST_MISMATCH"));
      assertThat(second.filesRotten()).as("nothing rots that was just written").isZero();
    }
  }

  @Test
  void aJournalCarriesNothingOverThatWasWrittenJustBeforeItWasRead() throws Exception {
    Path inTheWay = Files.createDirectories(table()).resolve("audit");
    Files.writeString(inTheWay, "no folder can be made here");
    AuditJob interrupted = job(small.hub(), FIRST).clock(Clock.systemUTC());
    assertThatThrownBy(interrupted::execute).isInstanceOf(IOException.class);
    Files.delete(inTheWay);

    RunRow second = audit(FIRST, Scope.CHANGED);

    assertThat(second.filesCarriedOver()).isZero();
    assertThat(second.weightsBytesRead()).isPositive();
  }

  @Test
  void aRunThatLostItsFilesInTheTableIsDoneWithout() throws Exception {
    RunRow first = audit(FIRST, Scope.CHANGED);
    Files.move(dataSet(first, "files"), folder.resolve("lost"));

    RunRow second = audit(FIRST.plusDays(1), Scope.CHANGED);

    assertThat(second.earlierRun()).isEmpty();
    assertThat(second.weightsBytesRead()).isEqualTo(first.weightsBytesRead());
    assertThat(verdicts(second)).isEqualTo(verdicts(first));
  }

  private RunRow audit(LocalDate date, Scope scope) throws Exception {
    return job(small.hub(), date).scope(scope).execute().run();
  }

  private AuditJob job(Path hub, LocalDate date) throws Exception {
    return new AuditJob(TestSpark.session(), hub.toString(), table().toString())
        .policy(PolicySource.read(small.policy()))
        .clock(AN_HOUR_LATER)
        .date(date);
  }

  private Path table() {
    return folder.resolve("table");
  }

  private Dataset<Row> rows(RunRow run, String dataSet) {
    return TestSpark.session()
        .read()
        .option("recursiveFileLookup", true)
        .parquet(dataSet(run, dataSet).toString())
        .orderBy(dataSet.equals("files") ? "path" : "repository");
  }

  private Path dataSet(RunRow run, String dataSet) {
    return table()
        .resolve(dataSet)
        .resolve("audit_date=" + run.auditDate())
        .resolve("run_id=" + run.runId());
  }

  private List<Tuple> verdicts(RunRow run) {
    return rows(run, "audit").select("repository", "verdict", "reason").collectAsList().stream()
        .map(row -> tuple(row.get(0), row.get(1), row.get(2)))
        .toList();
  }

  /** Has the table say that a file hashed to something else. */
  private void forge(RunRow run, String path) throws IOException {
    Path forged = folder.resolve("forged");
    rows(run, "files")
        .withColumn(
            "sha256", when(col("path").equalTo(path), lit("0".repeat(64))).otherwise(col("sha256")))
        .write()
        .parquet(forged.toString());
    Files.move(dataSet(run, "files"), folder.resolve("as-written"));
    Files.move(forged, dataSet(run, "files"));
  }
}
