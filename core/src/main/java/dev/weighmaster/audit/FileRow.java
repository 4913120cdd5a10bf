package dev.weighmaster.audit;

import dev.weighmaster.digest.DigestOrigin;
import dev.weighmaster.digest.EarlierDigest;
import dev.weighmaster.digest.Findings;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;
import java.util.stream.Stream;

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

  /**
   * What the run had in hand of the file when it wrote this row, but for how the file was read: the
   * reverse of {@link #of}. A digest that is not to be relied on has a failure beside it.
   *
   * @return empty where the path is none of the row's repository
   */
  public Optional<ScannedFile> scanned() {
    return Repository.ofFile(path)
        .filter(found -> found.name().equals(repository) && found.revision().equals(revision))
        .map(found -> scanned(path.substring(found.directory().length() + 1)));
  }

  private ScannedFile scanned(String name) {
    Optional<Findings> whole = findings.filter(any -> sha256.isPresent());
    boolean pointer = whole.flatMap(Findings::pointer).isPresent();
    return new ScannedFile(
        new HubFile(
            repository, revision, path, name, size, kind, etag, mtime, Optional.empty(), false),
        sha256,
        Reading.NONE,
        whole.orElse(Findings.NONE),
        origin(digestedBy, digestedAt),
        pointer ? Optional.empty() : declaredSha256,
        earlierSha256.flatMap(
            digest ->
                origin(earlierDigestedBy, earlierDigestedAt)
                    .map(origin -> new EarlierDigest(digest, origin))),
        whole.isPresent()
            ? Optional.empty()
            : Optional.of(problem(error.orElse("there is no digest of it"))));
  }

  private static Optional<DigestOrigin> origin(Optional<String> run, Optional<Instant> at) {
    return run.flatMap(id -> at.map(time -> new DigestOrigin(id, time)));
  }

  /** The problem of a file's error, which begins with its reason. */
  private static Problem problem(String error) {
    return Stream.of(Reason.values())
        .filter(reason -> reason != Reason.OK && error.startsWith(reason + ": "))
        .findFirst()
        .map(reason -> new Problem(reason, error.substring(reason.name().length() + 2)))
        .orElseGet(() -> new Problem(Reason.IO_ERROR, Quoted.line(error)));
  }
}
