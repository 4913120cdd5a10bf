package dev.weighmaster.jobs.report;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.report.Report.Change;
import dev.weighmaster.jobs.report.Report.Changes;
import dev.weighmaster.jobs.report.Report.Counts;
import dev.weighmaster.jobs.report.Report.Finding;
import dev.weighmaster.jobs.report.Report.Group;
import dev.weighmaster.jobs.report.Report.ReasonCount;
import dev.weighmaster.jobs.report.ReportReader.Limits;
import dev.weighmaster.jobs.table.WrittenTable;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The figures of a report, against what a person counts in the rows below. */
class ReportReaderTest {
  @TempDir private static Path folder;

  /** Of the newest night, compared with the one before. */
  private static Report report;

  /** Three nights over a hub, and one over another. */
  @BeforeAll
  static void writeNights() throws IOException {
    WrittenTable table = new WrittenTable(TestSpark.session(), folder);
    table
        .run("2026-11-20")
        .quantization("quantco/a", "a.gguf", Reason.OK)
        .quantization("quantco/b", "b.gguf", Reason.METHOD_MISMATCH)
        .write();
    table
        .run("2026-11-21")
        .quantization("quantco/a", "a.gguf", Reason.OK)
        .quantization("quantco/b", "b.gguf", Reason.OK)
        .quantization("quantco/c", "c.gguf", Reason.NO_ATTESTATION)
        .quantization("quantco/d", "d.gguf", Reason.OK)
        .quantization("quantco/e", "e.gguf", Reason.CLAIM_MISMATCH)
        .quantization("gone/f", "f.gguf", Reason.OK)
        .write();
    table
        .run("2026-11-22")
        .policy("33".repeat(32))
        .quantization("quantco/a", "a.gguf", Reason.DIGEST_MISMATCH)
        .quantization("quantco/b", "b.gguf", Reason.OK)
        .quantization("quantco/c", "c.gguf", Reason.OK)
        .quantization("quantco/d", "d.gguf", Reason.SIGNER_NOT_TRUSTED)
        .quantization("quantco/e", "e.gguf", Reason.CLAIM_MISMATCH)
        .quantization("new/g", "model.safetensors", "safetensors", Optional.empty(), Reason.REVOKED)
        .quantization("new/h", "h.gguf", Reason.IO_ERROR)
        .file("new/h/README.md", "new/h", Optional.empty())
        .write();
    table
        .run("2026-11-19")
        .hub("/another/hub")
        .quantization("quantco/a", "a.gguf", Reason.OK)
        .write();
    report = read(Optional.empty(), Optional.empty());
  }

  @Test
  void theNewestRunIsCountedByEverythingThatIsAskedFor() {
    assertThat(report.run().id()).isEqualTo("run-2026-11-22");
    assertThat(report.totals()).isEqualTo(new Counts(2, 1, 3, 1));
    assertThat(report.reasons())
        .extracting(ReasonCount::reason, ReasonCount::quantizations)
        .containsExactly(
            tuple(Reason.OK, 2L),
            tuple(Reason.SIGNER_NOT_TRUSTED, 1L),
            tuple(Reason.DIGEST_MISMATCH, 1L),
            tuple(Reason.CLAIM_MISMATCH, 1L),
            tuple(Reason.REVOKED, 1L),
            tuple(Reason.IO_ERROR, 1L));
    assertThat(report.formats().groups())
        .containsExactly(
            new Group(Optional.of("gguf"), new Counts(2, 1, 2, 1)),
            new Group(Optional.of("safetensors"), new Counts(0, 0, 1, 0)));
    assertThat(report.methods().groups())
        .containsExactly(
            new Group(Optional.of("Q8_0"), new Counts(2, 1, 2, 1)),
            new Group(Optional.empty(), new Counts(0, 0, 1, 0)));
    assertThat(report.organisations().groups())
        .containsExactly(
            new Group(Optional.of("quantco"), new Counts(2, 1, 2, 0)),
            new Group(Optional.of("new"), new Counts(0, 0, 1, 1)));
  }

  @Test
  void theTrendHasTheRunsOverTheSameHubTheOldestFirst() {
    assertThat(report.trend())
        .extracting(point -> point.date().toString(), point -> point.quantizations())
        .containsExactly(
            tuple("2026-11-20", new Counts(1, 0, 1, 0)),
            tuple("2026-11-21", new Counts(4, 1, 1, 0)),
            tuple("2026-11-22", new Counts(2, 1, 3, 1)));
  }

  @Test
  void whatChangedSinceTheRunBeforeIsListedWithWhoHasToAct() {
    Changes changes = report.changes().orElseThrow();

    assertThat(changes.since().id()).isEqualTo("run-2026-11-21");
    assertThat(changes.policyChanged()).isTrue();
    assertThat(changes.trustRootsChanged()).isFalse();
    assertThat(changes.newlyBroken().listed())
        .extracting(Change::repository, change -> Shown.parties(change.whoActs()))
        .containsExactly(
            tuple("new/g", "quantizer"), tuple("quantco/a", "quantizer, hub operator"));
    assertThat(changes.newlyNotAudited().listed())
        .extracting(Change::repository)
        .containsExactly("new/h");
    assertThat(changes.newlyUnverified().listed())
        .extracting(Change::repository)
        .containsExactly("quantco/d");
    assertThat(changes.newlyVerified().listed())
        .extracting(Change::repository)
        .containsExactly("quantco/c");
    assertThat(changes.disappeared().listed())
        .extracting(Change::repository, change -> change.before().orElseThrow().verdict())
        .containsExactly(tuple("gone/f", Verdict.VERIFIED));
    assertThat(changes.appeared().listed())
        .extracting(Change::repository)
        .containsExactly("new/g", "new/h");
    assertThat(changes.repositoriesDisappeared().listed()).containsExactly("gone/f");
    assertThat(changes.repositoriesAppeared().listed()).containsExactly("new/g", "new/h");
    assertThat(changes.count(Optional.of(Verdict.VERIFIED), Optional.of(Verdict.BROKEN))).isOne();
    assertThat(changes.count(Optional.of(Verdict.VERIFIED), Optional.empty())).isOne();
  }

  @Test
  void sinceAnEarlierDayTheLastRunUntilThenIsComparedWith() throws IOException {
    Changes changes = read(Optional.empty(), Optional.of("2026-11-20")).changes().orElseThrow();

    assertThat(changes.since().id()).isEqualTo("run-2026-11-20");
    assertThat(changes.newlyVerified().listed())
        .extracting(Change::repository)
        .containsExactly("quantco/b", "quantco/c");
    assertThatThrownBy(() -> read(Optional.empty(), Optional.of("2026-11-19")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has no run over /srv/hub until 2026-11-19");
  }

  @Test
  void theFirstRunIsComparedWithNothing() throws IOException {
    Report first = read(Optional.of("2026-11-20"), Optional.empty());

    assertThat(first.changes()).isEmpty();
    assertThat(first.broken().listed()).extracting(Finding::isNew).containsExactly(false);
  }

  @Test
  void brokenChainsComeWithTheirLinksTheNewOnesFirst() {
    assertThat(report.broken().total()).isEqualTo(3);
    assertThat(report.broken().listed())
        .extracting(Finding::repository, Finding::isNew, finding -> finding.deciding().size())
        .containsExactly(
            tuple("new/g", true, 2), tuple("quantco/a", true, 2), tuple("quantco/e", false, 2));
  }

  @Test
  void whatCouldNotBeAuditedIsListed() {
    assertThat(report.notAudited().listed())
        .extracting(Finding::repository)
        .containsExactly("new/h");
    assertThat(report.files().listed())
        .extracting(file -> file.path(), file -> file.hasDigest())
        .containsExactly(tuple("new/h/h.gguf", false));
    assertThat(report.coverage().files()).isEqualTo(8);
    assertThat(report.coverage().filesFailed()).isOne();
  }

  @Test
  void whatIsNotListedIsCounted() throws IOException {
    Report excerpts =
        ReportReader.open(
                existing(folder.toString()),
                Optional.empty(),
                Optional.empty(),
                new Limits(2, 1, 1, 1, 1))
            .read();

    assertThat(excerpts.trend()).hasSize(2);
    assertThat(excerpts.broken().listed()).hasSize(1);
    assertThat(excerpts.broken().notListed()).isEqualTo(2);
    assertThat(excerpts.organisations().groups()).hasSize(1);
    assertThat(excerpts.organisations().groupsNotListed()).isOne();
    assertThat(excerpts.organisations().notListed()).isEqualTo(new Counts(0, 0, 1, 1));
    Changes changes = excerpts.changes().orElseThrow();
    assertThat(changes.newlyBroken().notListed()).isOne();
    assertThat(changes.repositoriesAppeared().listed()).containsExactly("new/g");
    assertThat(changes.repositoriesAppeared().notListed()).isOne();
    assertThat(changes.repositoriesDisappeared().notListed()).isZero();
  }

  @Test
  void aTableThatContradictsItselfMakesNoReport(@TempDir Path damaged) {
    new WrittenTable(TestSpark.session(), damaged)
        .run("2026-11-22")
        .quantization("quantco/a", "a.gguf", Reason.OK)
        .write(2);

    assertThatThrownBy(
            () ->
                ReportReader.open(
                        existing(damaged.toString()),
                        Optional.empty(),
                        Optional.empty(),
                        Limits.DEFAULT)
                    .read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("'weighmaster table verify' says what is wrong");
  }

  @Test
  void aHubWithoutQuantizationsHasAReport(@TempDir Path empty) throws IOException {
    new WrittenTable(TestSpark.session(), empty).run("2026-11-22").write();

    Report ofNothing =
        ReportReader.open(
                existing(empty.toString()), Optional.empty(), Optional.empty(), Limits.DEFAULT)
            .read();

    assertThat(ofNothing.totals()).isEqualTo(Counts.NONE);
    assertThat(ofNothing.formats().groups()).isEmpty();
    assertThat(ofNothing.coverage().oldestDigestAt()).isEmpty();
  }

  private static Report read(Optional<String> date, Optional<String> since) throws IOException {
    return ReportReader.open(
            existing(folder.toString()),
            date.map(LocalDate::parse),
            since.map(LocalDate::parse),
            Limits.DEFAULT)
        .read();
  }
}
