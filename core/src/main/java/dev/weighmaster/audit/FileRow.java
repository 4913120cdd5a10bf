package dev.weighmaster.audit;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.ScannedFile.ReadMethod;
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
    ReadMethod readMethod,
    long bytesRead,
    Optional<String> error) {

  /** The row of a file as one pass has shown it. */
  public static FileRow of(Run run, ScannedFile scanned) {
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
        scanned.pointer().map(LfsPointer::sha256),
        scanned.sha256(),
        scanned.readMethod(),
        scanned.bytesRead(),
        scanned.problem().map(problem -> problem.reason() + ": " + problem.detail()));
  }
}
