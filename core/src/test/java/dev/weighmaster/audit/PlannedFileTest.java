package dev.weighmaster.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.digest.DigestOrigin;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.EarlierDigest;
import dev.weighmaster.digest.Findings;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.SeriesDigest;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PlannedFileTest {
  private static final Instant LISTED = Instant.parse("2026-11-20T10:00:00.250Z");
  private static final DigestOrigin BEFORE =
      new DigestOrigin("run-1", Instant.parse("2026-11-20T23:00:00.123456Z"));
  private static final DigestOrigin NOW =
      new DigestOrigin("run-2", Instant.parse("2026-11-21T23:00:00.654321Z"));
  private static final DigestSeries BLAKE3 = new DigestSeries(HashType.BLAKE3, Optional.of(1000L));
  private static final String SHA = "aa".repeat(32);
  private static final String OTHER_SHA = "bb".repeat(32);

  private static final HubFile FILE = file("acme/m/model.gguf", 5000, "etag", LISTED);

  @Test
  void aFileOfTheSameSizeEtagAndTimeIsNotReadAgain() {
    PlannedFile planned = plan(FILE, List.of(), row(FILE, SHA, List.of()), false);

    ScannedFile carried = planned.carried().orElseThrow();
    assertThat(carried.sha256()).contains(SHA);
    assertThat(carried.origin()).contains(BEFORE);
    assertThat(carried.reading()).isEqualTo(Reading.NONE);
    assertThat(carried.file()).isEqualTo(FILE);
    assertThat(carried.problem()).isEmpty();
  }

  static List<Arguments> unsettled() {
    Instant margin = BEFORE.at().minus(KnownFile.SETTLED);
    return List.of(
        Arguments.of("at the margin", margin),
        Arguments.of("a second before it was read", BEFORE.at().minusSeconds(1)),
        Arguments.of("while it was read", BEFORE.at().plusSeconds(1)),
        Arguments.of("by a clock that is ahead", BEFORE.at().plusSeconds(86_400)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unsettled")
  void aFileThatWasChangedShortlyBeforeItWasReadIsReadAgainAndComparedWithNothing(
      String when, Instant changed) {
    HubFile file = changed(LISTED, changed);

    for (boolean journal : List.of(false, true)) {
      Optional<KnownFile> known = row(file, SHA, List.of());
      PlannedFile planned =
          PlannedFile.of(
              file,
              List.of(),
              journal ? Optional.empty() : known,
              journal ? known : Optional.empty(),
              false);

      assertThat(planned.carried()).isEmpty();
      assertThat(planned.known()).isEmpty();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unsettled")
  void anObjectThatWasWrittenShortlyBeforeItWasReadIsReadAgain(String when, Instant written) {
    HubFile object = file(FILE.path(), 5000, "etag", written);

    assertThat(plan(object, List.of(), row(object, SHA, List.of()), false).carried()).isEmpty();
  }

  @Test
  void aFileThatHadSettledBeforeItWasReadIsNotReadAgain() {
    HubFile settled = changed(LISTED, BEFORE.at().minus(KnownFile.SETTLED).minusMillis(1));

    assertThat(plan(settled, List.of(), row(settled, SHA, List.of()), false).carried()).isPresent();
  }

  static List<Arguments> otherVersions() {
    return List.of(
        Arguments.of("another size", file("acme/m/model.gguf", 5001, "etag", LISTED)),
        Arguments.of("another etag", file("acme/m/model.gguf", 5000, "other", LISTED)),
        Arguments.of(
            "another time", file("acme/m/model.gguf", 5000, "etag", LISTED.plusSeconds(1))),
        Arguments.of("another path", file("acme/m/copy.gguf", 5000, "etag", LISTED)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("otherVersions")
  void aFileThatIsAnotherVersionIsReadAndComparedWithNothing(String what, HubFile tonight) {
    KnownFile known = row(FILE, SHA, List.of()).orElseThrow();

    PlannedFile planned = plan(tonight, List.of(), Optional.of(known), false);

    assertThat(planned.carried()).isEmpty();
    assertThat(planned.known()).isEmpty();
  }

  @Test
  void timesAreComparedToTheSecondSinceSomeListingsHaveNoMore() {
    HubFile listed = file(FILE.path(), FILE.size(), "etag", Instant.parse("2026-11-20T10:00:00Z"));

    assertThat(plan(listed, List.of(), row(FILE, SHA, List.of()), false).carried()).isPresent();
  }

  @Test
  void aStorageWithoutEtagsIsReadEveryNight() {
    HubFile bare =
        new HubFile(
            "acme/m",
            "",
            FILE.path(),
            "model.gguf",
            5000,
            FileKind.GGUF,
            Optional.empty(),
            LISTED,
            Optional.empty(),
            false);

    assertThat(plan(bare, List.of(), row(bare, SHA, List.of()), false).carried()).isEmpty();
  }

  @Test
  void aFileIsReadWhereASignatureAsksForMoreThanIsKnown() {
    assertThat(plan(FILE, List.of(BLAKE3), row(FILE, SHA, List.of()), false).carried()).isEmpty();
    assertThat(plan(FILE, List.of(BLAKE3), row(FILE, SHA, List.of(BLAKE3)), false).carried())
        .isPresent();
    assertThat(plan(FILE, List.of(), row(FILE, SHA, List.of(BLAKE3)), false).carried()).isPresent();
    DigestSeries neverComputed = new DigestSeries(HashType.SHA256, Optional.of(1L));
    HubFile large = file(FILE.path(), 1 << 20, "etag", LISTED);
    assertThat(plan(large, List.of(neverComputed), row(large, SHA, List.of()), false).carried())
        .isPresent();
  }

  @Test
  void findingsOfAnotherVersionOfTheScannerAreNotCarriedOver() {
    KnownFile known = row(FILE, SHA, List.of()).orElseThrow();
    Findings older =
        new Findings(
            Findings.VERSION - 1,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    KnownFile stale = with(known, Optional.of(older));

    PlannedFile planned = plan(FILE, List.of(), Optional.of(stale), false);

    assertThat(planned.carried()).isEmpty();
    assertThat(planned.known()).contains(new EarlierDigest(SHA, BEFORE));
  }

  @Test
  void aFileThatIsDueIsReadAlthoughItHasNotChanged() {
    assertThat(plan(FILE, List.of(), row(FILE, SHA, List.of()), true).carried()).isEmpty();
  }

  @Test
  void whatAnInterruptedRunHasReadIsNotReadAgainEvenWhereItIsDue() {
    Optional<KnownFile> interrupted = KnownFile.of(read(SHA));

    PlannedFile planned =
        PlannedFile.of(FILE, List.of(), row(FILE, SHA, List.of()), interrupted, true);

    assertThat(planned.carried().orElseThrow().origin()).contains(NOW);
  }

  @Test
  void otherBytesUnderAnUnchangedEtagAreAMismatchWithBothDigestsAndDates() {
    PlannedFile planned = plan(FILE, List.of(), row(FILE, SHA, List.of()), true);

    ScannedFile rotten = planned.compared(read(OTHER_SHA));

    assertThat(rotten.problem().orElseThrow().reason()).isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(rotten.problem().orElseThrow().detail())
        .contains(SHA, OTHER_SHA, "2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z", "run-1")
        .contains("acme/m/model.gguf");
    assertThat(rotten.earlier()).contains(new EarlierDigest(SHA, BEFORE));
    assertThat(rotten.sha256()).contains(OTHER_SHA);
  }

  @Test
  void aRottenFileIsReadAndReportedEachNightUntilItsBytesAreBack() {
    Run run = new Run("run-2", LocalDate.parse("2026-11-21"), NOW.at(), "/hub");
    ScannedFile rotten =
        plan(FILE, List.of(), row(FILE, SHA, List.of()), true).compared(read(OTHER_SHA));
    Optional<KnownFile> nextNight = KnownFile.of(FileRow.of(run, rotten));

    PlannedFile planned = plan(FILE, List.of(), nextNight, false);

    assertThat(planned.carried()).isEmpty();
    assertThat(planned.compared(read(OTHER_SHA)).earlier())
        .contains(new EarlierDigest(SHA, BEFORE));
    assertThat(planned.compared(read(SHA)).problem()).isEmpty();
    assertThat(KnownFile.of(rotten).orElseThrow().findings()).isEmpty();
  }

  @Test
  void whatTheStoreSaysDoesNotHideThatTheBytesWereOthersBefore() {
    ScannedFile read = read(OTHER_SHA);
    ScannedFile contradicted =
        new ScannedFile(
            read.file(),
            read.sha256(),
            read.reading(),
            read.findings(),
            read.origin(),
            Optional.of(SHA),
            Optional.empty(),
            Optional.of(new Problem(Reason.DIGEST_MISMATCH, "the storage says otherwise")));

    ScannedFile rotten =
        plan(FILE, List.of(), row(FILE, SHA, List.of()), true).compared(contradicted);

    assertThat(rotten.earlier()).contains(new EarlierDigest(SHA, BEFORE));
    assertThat(rotten.storeSha256()).contains(SHA);
  }

  @Test
  void aFileThatCouldNotBeReadIsNoMismatch() {
    ScannedFile failed =
        ScannedFile.unread(FILE, Reading.NONE, new Problem(Reason.IO_ERROR, "gone"));

    PlannedFile planned = plan(FILE, List.of(), row(FILE, SHA, List.of()), true);

    assertThat(planned.compared(failed).problem()).isEqualTo(failed.problem());
    assertThat(planned.compared(failed).sha256()).isEmpty();
    assertThat(KnownFile.of(failed.from(NOW))).isEmpty();
  }

  @Test
  void aNightOnWhichAFileCouldNotBeReadDoesNotForgetWhatItHashedTo() {
    Run run = new Run("run-2", LocalDate.parse("2026-11-21"), NOW.at(), "/hub");
    ScannedFile failed =
        ScannedFile.unread(FILE, Reading.NONE, new Problem(Reason.IO_ERROR, "gone"));
    Optional<KnownFile> known = row(FILE, SHA, List.of());
    for (int night = 0; night < 2; night++) {
      known =
          KnownFile.of(
              FileRow.of(run, plan(FILE, List.of(), known, true).compared(failed).from(NOW)));
    }

    PlannedFile planned = plan(FILE, List.of(), known, false);

    assertThat(planned.carried()).isEmpty();
    assertThat(planned.compared(read(OTHER_SHA)).earlier())
        .contains(new EarlierDigest(SHA, BEFORE));
    assertThat(planned.compared(read(OTHER_SHA)).problem().orElseThrow().reason())
        .isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(planned.compared(read(SHA)).problem()).isEmpty();
  }

  @Test
  void whatIsMalformedStaysMalformedWithoutBeingReadAgain() {
    Problem cut = new Problem(Reason.MALFORMED_WEIGHTS, "cut");
    Findings malformed =
        new Findings(
            Findings.VERSION,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(cut));
    KnownFile known = with(row(FILE, SHA, List.of()).orElseThrow(), Optional.of(malformed));

    PlannedFile planned = plan(FILE, List.of(), Optional.of(known), false);

    assertThat(planned.carried().orElseThrow().problem()).contains(cut);
  }

  private static PlannedFile plan(
      HubFile file, List<DigestSeries> series, Optional<KnownFile> earlier, boolean due) {
    return PlannedFile.of(file, series, earlier, Optional.empty(), due);
  }

  /** What the table has of a file that the run before has read. */
  private static Optional<KnownFile> row(HubFile file, String sha256, List<DigestSeries> series) {
    Run run = new Run("run-1", LocalDate.parse("2026-11-20"), BEFORE.at(), "/hub");
    ScannedFile scanned = ScannedFile.read(file, sha256, Reading.NONE, findings(series));
    return KnownFile.of(FileRow.of(run, scanned.from(BEFORE)));
  }

  private static ScannedFile read(String sha256) {
    return ScannedFile.read(FILE, sha256, Reading.NONE, findings(List.of())).from(NOW);
  }

  private static Findings findings(List<DigestSeries> series) {
    return new Findings(
        Findings.VERSION,
        series.stream().map(each -> new SeriesDigest(each, "cc")).toList(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static KnownFile with(KnownFile known, Optional<Findings> findings) {
    return new KnownFile(
        known.path(),
        known.version(),
        known.sha256(),
        known.origin(),
        findings,
        known.storeSha256(),
        known.earlier());
  }

  private static HubFile changed(Instant modified, Instant changed) {
    return new HubFile(
        "acme/m",
        "",
        FILE.path(),
        "model.gguf",
        5000,
        FileKind.GGUF,
        Optional.of("etag"),
        modified,
        Optional.empty(),
        false,
        changed);
  }

  private static HubFile file(String path, long size, String etag, Instant modified) {
    return new HubFile(
        "acme/m",
        "",
        path,
        path.substring("acme/m/".length()),
        size,
        FileKind.GGUF,
        Optional.of(etag),
        modified,
        Optional.empty(),
        false);
  }
}
