package dev.weighmaster.jobs.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.audit.KnownFile;
import dev.weighmaster.digest.DigestOrigin;
import dev.weighmaster.digest.Findings;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.HubIdentity;
import dev.weighmaster.jobs.TestSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Tuple2;

class DigestJournalTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123456Z");

  @TempDir private Path folder;

  @Test
  void givesBackWhatEveryInterruptedRunOverTheHubHasRead() throws IOException {
    write(journal("hub", "run-1"), "a", "b");
    write(journal("hub", "run-1"), "c");
    write(journal("hub", "run-2"), "d");
    write(journal("other", "run-3"), "e");

    assertThat(known("hub", Instant.EPOCH))
        .containsExactlyInAnyOrder(
            Stream.of("a", "b", "c", "d")
                .map(name -> KnownFile.of(file(name)).orElseThrow())
                .toArray(KnownFile[]::new));
  }

  @Test
  void leavesOutWhatWasReadBeforeTheNewestRunBegan() throws IOException {
    write(journal("hub", "run-1"), "a");

    assertThat(known("hub", NOW)).isEmpty();
    assertThat(known("hub", NOW.minusMillis(1))).hasSize(1);
  }

  @Test
  void leavesOutWhatARunHasReadThatWasKilledOnceItWasPublished() throws IOException {
    write(journal("hub", "run-1"), "a");

    assertThat(known("hub", Instant.EPOCH, Optional.of("run-1"))).isEmpty();
    assertThat(known("hub", Instant.EPOCH, Optional.of("run-0"))).hasSize(1);
  }

  @Test
  void passesOverABatchThatHadoopFindsDamaged() throws IOException {
    write(journal("hub", "run-1"), "a");
    Path batch = onlyBatch();
    Files.write(batch, new byte[200]);

    assertThat(batch.resolveSibling("." + batch.getFileName() + ".crc")).exists();
    assertThat(known("hub", Instant.EPOCH)).isEmpty();
  }

  @Test
  void isEmptyWhereNothingWasInterruptedAndOnceItIsRemoved() throws IOException {
    assertThat(known("hub", Instant.EPOCH)).isEmpty();
    write(journal("hub", "run-1"), "a");
    journal("hub", "run-2").remove(spark());

    assertThat(known("hub", Instant.EPOCH)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 31, 32, 40, 95, 96, 150})
  void passesOverABatchWithADamagedByte(int at) throws IOException {
    write(journal("hub", "run-1"), "a");
    Path batch = onlyBatch();
    byte[] bytes = Files.readAllBytes(batch);
    bytes[at] ^= 1;
    rewrite(batch, bytes);

    assertThat(known("hub", Instant.EPOCH)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 95, 96, 150})
  void passesOverABatchThatWasCutShort(int length) throws IOException {
    write(journal("hub", "run-1"), "a");
    Path batch = onlyBatch();
    rewrite(batch, Arrays.copyOf(Files.readAllBytes(batch), length));

    assertThat(known("hub", Instant.EPOCH)).isEmpty();
  }

  private Path onlyBatch() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(path -> path.toString().endsWith(".digests")).findFirst().orElseThrow();
    }
  }

  /** Hadoop would find the change by a checksum of its own, on a local disk alone. */
  private static void rewrite(Path batch, byte[] bytes) throws IOException {
    Files.deleteIfExists(batch.resolveSibling("." + batch.getFileName() + ".crc"));
    Files.write(batch, bytes);
  }

  /** A journal takes the settings of the session that it is of. */
  @BeforeAll
  static void startSpark() {
    TestSpark.session();
  }

  @Test
  void aTaskThatIsStartedAgainFindsWhatItHasRead() throws IOException {
    write(journal("hub", "run-1"), "a", "b");

    assertThat(journal("hub", "run-1").part(0).left())
        .isEqualTo(Map.of("org/name/a", file("a"), "org/name/b", file("b")));
    assertThat(journal("hub", "run-1").part(1).left()).isEmpty();
    assertThat(journal("hub", "run-2").part(0).left()).isEmpty();
  }

  private static void write(DigestJournal journal, String... names) throws IOException {
    DigestJournal.Part part = journal.part(0);
    for (String name : names) {
      part.add(file(name));
    }
    part.write();
    part.write();
  }

  private DigestJournal journal(String hub, String run) {
    return new DigestJournal(folder.toString(), HubIdentity.of(hub), run);
  }

  private List<KnownFile> known(String hub, Instant since) throws IOException {
    return known(hub, since, Optional.empty());
  }

  private List<KnownFile> known(String hub, Instant since, Optional<String> published)
      throws IOException {
    return journal(hub, "now").knownFiles(spark(), since, published).collect().stream()
        .map(Tuple2::_2)
        .toList();
  }

  private static JavaSparkContext spark() {
    return JavaSparkContext.fromSparkContext(TestSpark.session().sparkContext());
  }

  private static ScannedFile file(String name) {
    HubFile file =
        new HubFile(
            "org/name",
            "",
            "org/name/" + name,
            name,
            7,
            FileKind.OTHER,
            Optional.of("etag"),
            NOW,
            Optional.empty(),
            false);
    return ScannedFile.read(
            file, "aa".repeat(32), new Reading(Reading.Method.RANGED, 7, 1, 0), Findings.NONE)
        .from(new DigestOrigin("run-1", NOW));
  }
}
