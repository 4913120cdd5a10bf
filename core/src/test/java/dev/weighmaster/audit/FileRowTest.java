package dev.weighmaster.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.digest.DigestOrigin;
import dev.weighmaster.digest.EarlierDigest;
import dev.weighmaster.digest.Findings;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The way into a row and back. */
class FileRowTest {
  private static final Instant TIME = Instant.parse("2026-11-20T01:00:00Z");
  private static final Run RUN = new Run("run-1", LocalDate.parse("2026-11-21"), TIME, "/hub");
  private static final DigestOrigin ORIGIN = new DigestOrigin("run-1", TIME.plusSeconds(60));
  private static final EarlierDigest EARLIER =
      new EarlierDigest("ee", new DigestOrigin("run-0", TIME.minusSeconds(60)));
  private static final Findings FOUND =
      new Findings(
          Findings.VERSION,
          List.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  @Test
  void aFileThatWasReadComesBackWithAllThatWasFound() {
    ScannedFile read =
        file("acme/m", "", "acme/m/a.gguf", "a.gguf", Optional.of("aa"), FOUND, Optional.empty());

    assertThat(FileRow.of(RUN, read).scanned()).contains(read);
  }

  @Test
  void aSnapshotInACacheComesBackUnderItsNameWithinTheRepository() {
    ScannedFile read =
        file(
            "acme/m",
            "abc",
            "models--acme--m/snapshots/abc/sub/a.gguf",
            "sub/a.gguf",
            Optional.of("aa"),
            FOUND,
            Optional.empty());

    assertThat(FileRow.of(RUN, read).scanned()).contains(read);
  }

  @Test
  void aDigestThatIsNotToBeReliedOnComesBackWithItsFailureAndWithoutFindings() {
    Problem rot = new Problem(Reason.DIGEST_MISMATCH, "acme/m/a.gguf hashes to sha256:aa, but");

    assertThat(FileRow.of(RUN, failed(Optional.of("aa"), FOUND, rot)).scanned())
        .contains(failed(Optional.of("aa"), Findings.NONE, rot));
  }

  @Test
  void aFileThatCouldNotBeReadComesBackWithoutADigest() {
    Problem gone = new Problem(Reason.IO_ERROR, "acme/m/a.gguf is no longer there");

    assertThat(FileRow.of(RUN, failed(Optional.empty(), Findings.NONE, gone)).scanned())
        .contains(failed(Optional.empty(), Findings.NONE, gone));
  }

  @Test
  void aPathOfAnotherRepositoryComesBackAsNothing() {
    ScannedFile read =
        file("acme/m", "", "acme/n/a.gguf", "a.gguf", Optional.of("aa"), FOUND, Optional.empty());

    assertThat(FileRow.of(RUN, read).scanned()).isEmpty();
  }

  private static ScannedFile failed(Optional<String> sha256, Findings findings, Problem why) {
    return file("acme/m", "", "acme/m/a.gguf", "a.gguf", sha256, findings, Optional.of(why));
  }

  private static ScannedFile file(
      String repository,
      String revision,
      String path,
      String name,
      Optional<String> sha256,
      Findings findings,
      Optional<Problem> failure) {
    return new ScannedFile(
        new HubFile(
            repository,
            revision,
            path,
            name,
            7,
            FileKind.GGUF,
            Optional.of("etag"),
            TIME,
            Optional.empty(),
            false),
        sha256,
        Reading.NONE,
        findings,
        sha256.map(any -> ORIGIN),
        Optional.of("dd"),
        Optional.of(EARLIER),
        failure);
  }
}
