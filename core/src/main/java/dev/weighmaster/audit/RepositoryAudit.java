package dev.weighmaster.audit;

import dev.weighmaster.chain.EvidenceGatherer;
import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.digest.CapturedFile;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.ParallelScanner;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.SharedScans;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.OtherSidecar;
import dev.weighmaster.signature.SeriesRequest;
import dev.weighmaster.signature.SignatureCheck;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads one repository in this process: the stages of an audit, one after the other, without Spark.
 * Thread-safe.
 */
public final class RepositoryAudit {
  private final Storage storage;
  private final BundleVerifier verifier;
  private final AttestationStore elsewhere;
  private final SharedScans before;

  public RepositoryAudit(Storage storage, BundleVerifier verifier) {
    this(storage, verifier, AttestationStore.NONE);
  }

  public RepositoryAudit(Storage storage, BundleVerifier verifier, AttestationStore elsewhere) {
    this(storage, verifier, elsewhere, new SharedScans());
  }

  /**
   * @param elsewhere statements that are kept away from the weights
   * @param before what of the hub was read already, and need not be read again
   */
  public RepositoryAudit(
      Storage storage, BundleVerifier verifier, AttestationStore elsewhere, SharedScans before) {
    this.storage = storage;
    this.verifier = verifier;
    this.elsewhere = elsewhere;
    this.before = before;
  }

  /**
   * Reads every file of a repository, several at once, and gathers what they show.
   *
   * @throws IOException if the repository can't be listed
   */
  public RepositoryEvidence read(Repository repository) throws IOException {
    return readFiles(repository).evidence();
  }

  /**
   * What a repository shows, and what of it can be read again.
   *
   * @param files its weights and sidecars, as the versions that were read
   */
  record ReadRepository(RepositoryEvidence evidence, List<ReadFile> files) {
    ReadRepository {
      files = List.copyOf(files);
    }
  }

  /** A file as the version that was read, and the digest of that. */
  record ReadFile(HubFile file, String sha256) {
    String name() {
      return file.name();
    }
  }

  /** The same, with the files that it rests on. */
  ReadRepository readFiles(Repository repository) throws IOException {
    List<HubFile> files = Inventory.files(storage, repository);
    List<ScannedFile> scanned = new ArrayList<>();
    List<CheckedStatement> statements = new ArrayList<>();
    for (HubFile file : files) {
      if (file.kind() == FileKind.SIDECAR) {
        ReadSidecar sidecar = sidecar(storage, file, verifier, Progress.NONE);
        scanned.add(sidecar.file());
        statements.addAll(sidecar.statements());
      }
    }
    List<DigestSeries> series =
        SeriesRequest.granted(
            statements.stream()
                .flatMap(each -> SeriesRequest.of(each, verifier.policy()).stream())
                .toList());
    List<HubFile> others = files.stream().filter(f -> f.kind() != FileKind.SIDECAR).toList();
    scanned.addAll(ParallelScanner.scan(storage, others, series, before));
    statements.addAll(elsewhere.speakingOf(repository, scanned, verifier.policy()));
    return new ReadRepository(
        EvidenceGatherer.gather(
            repository.name(), repository.revision(), scanned, statements, verifier.policy()),
        scanned.stream()
            .filter(file -> file.isWeights() || file.file().kind() == FileKind.SIDECAR)
            .flatMap(
                file -> file.sha256().map(sha256 -> new ReadFile(file.file(), sha256)).stream())
            .toList());
  }

  /**
   * A sidecar that was read once: its digest, and its statements with their signatures checked.
   *
   * @param statements none where the file is no bundle or statement, but a signature of another
   *     kind or none at all
   */
  public record ReadSidecar(ScannedFile file, List<CheckedStatement> statements) {
    public ReadSidecar {
      statements = List.copyOf(statements);
    }

    /** Whether it is left alone: nobody makes a verdict of it. */
    public boolean isOfAnotherKind() {
      return statements.isEmpty();
    }
  }

  /** Reads a sidecar, and verifies every bundle in it. Throws nothing for a bad one. */
  public static ReadSidecar sidecar(
      Storage storage, HubFile file, BundleVerifier verifier, Progress progress) {
    CapturedFile captured = FileScanner.scanCapturing(storage, file, progress);
    ScannedFile scanned = captured.file();
    if (!file.repository().isEmpty() && file.name().startsWith(CheckedStatement.ELSEWHERE)) {
      return unread(
          scanned,
          scanned.sha256().orElse(""),
          Reason.MALFORMED_BUNDLE,
          "has a name reserved for statements stored away from the weights");
    }
    if (scanned.pointer().isPresent()) {
      String sha256 = scanned.pointer().get().sha256().orElse("");
      return unread(scanned, sha256, Reason.IO_ERROR, "is a pointer file, its content is not here");
    }
    if (scanned.sha256().isEmpty()) {
      Problem problem = scanned.problem().orElseThrow();
      return unread(scanned, "", problem.reason(), problem.detail());
    }
    String sha256 = scanned.sha256().get();
    boolean isOther = OtherSidecar.isOneByName(file.name());
    if (scanned.isWeights()) {
      // GGUF by its first bytes, which no bundle begins with: it may have replaced one.
      return isOther
          ? new ReadSidecar(scanned, List.of())
          : unread(
              scanned, sha256, Reason.MALFORMED_BUNDLE, "is a GGUF file in the place of a bundle");
    }
    if (captured.content().isEmpty()) {
      if (isOther) {
        return new ReadSidecar(scanned, List.of());
      }
      return unread(
          scanned,
          sha256,
          Reason.MALFORMED_BUNDLE,
          "is larger than a bundle can be, " + FileScanner.MAX_CAPTURED + " bytes");
    }
    byte[] content = captured.content().get();
    List<CheckedStatement> statements =
        verifier.check(file.repository(), file.revision(), file.name(), content, sha256);
    boolean readable =
        statements.stream().anyMatch(statement -> statement.statementSha256().isPresent());
    return new ReadSidecar(
        scanned, readable || !OtherSidecar.isOne(file.name(), content) ? statements : List.of());
  }

  /** Evidence that is there but can't be looked at must not pass for none. */
  private static ReadSidecar unread(
      ScannedFile scanned, String sha256, Reason reason, String detail) {
    HubFile file = scanned.file();
    SignatureCheck check =
        new SignatureCheck(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(new Problem(reason, detail)));
    CheckedStatement statement =
        new CheckedStatement(
            file.repository(),
            file.revision(),
            file.name(),
            1,
            sha256,
            Optional.empty(),
            check,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    return new ReadSidecar(scanned, List.of(statement));
  }
}
