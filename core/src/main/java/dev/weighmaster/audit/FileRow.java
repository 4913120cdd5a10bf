package dev.weighmaster.audit;

import dev.weighmaster.digest.DigestOrigin;
import dev.weighmaster.digest.EarlierDigest;
import dev.weighmaster.digest.Findings;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.LfsPointer;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;

/** One file's row in {@code files}, see {@code files.avsc} for what each column holds. */
public record FileRow(
    String runId,
    LocalDate auditDate,
    String repository,
    String revision,
    String path,
    long size,
    FileKind kind,
    Optional<String> etag,
    Instant mtime,
    Optional<String> declaredSha256,
    Optional<String> sha256,
    Optional<String> digestedBy,
    Optional<Instant> digestedAt,
    Optional<String> earlierSha256,
    Optional<String> earlierDigestedBy,
    Optional<Instant> earlierDigestedAt,
    Reading.Method readMethod,
    long bytesRead,
    long readMillis,
    long retries,
    Optional<String> error,
    Optional<Findings> findings) {

  /** The row of a file as one pass has shown it, in this run or in an earlier one. */
  public static FileRow of(Run run, ScannedFile scanned) {
    Optional<DigestOrigin> earlier = scanned.earlier().map(EarlierDigest::origin);
    return new FileRow(
        run.id(),
        run.date(),
        scanned.file().repository(),
        scanned.file().revision(),
        scanned.file().path(),
        scanned.file().size(),
        scanned.file().kind(),
        scanned.file().etag(),
        scanned.file().modified(),
        scanned.pointer().flatMap(LfsPointer::sha256).or(scanned::storeSha256),
        scanned.sha256(),
        scanned.origin().map(DigestOrigin::run),
        scanned.origin().map(DigestOrigin::at),
        scanned.earlier().map(EarlierDigest::sha256),
        earlier.map(DigestOrigin::run),
        earlier.map(DigestOrigin::at),
        scanned.reading().method(),
        scanned.reading().bytes(),
        scanned.reading().millis(),
        scanned.reading().retries(),
        scanned.problem().map(problem -> problem.reason() + ": " + problem.detail()),
        scanned.failure().isPresent() ? Optional.empty() : Optional.of(scanned.findings()));
  }
}
