package dev.weighmaster.audit;

import dev.weighmaster.attest.ErrorBound;
import dev.weighmaster.attest.MalformedStatementException;
import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.ChangedDuringReadException;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.SidecarStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The error bounds that an attestation claims of a quantization, whoever signed it.
 *
 * @param sidecar the last name of its file
 * @param claims at least one
 */
public record AttestedBounds(String sidecar, List<ErrorBound> claims) {
  public AttestedBounds {
    claims = List.copyOf(claims);
  }

  /** What a statement claims, which may be about other files of the same folder. */
  private record Claiming(Set<String> digests, AttestedBounds bounds) {}

  /**
   * Finds what the attestations in the folder of a quantization claim of it, by its digests. The
   * weights are hashed only if something is claimed at all.
   *
   * @param weights all files of the quantization as they were listed, at least one
   * @return in the order of the sidecars' names
   * @throws IOException if the folder can't be listed, or the weights can't be read
   */
  public static List<AttestedBounds> beside(Storage storage, List<Storage.Entry> weights)
      throws IOException {
    String folder = StoragePaths.folder(weights.get(0).path());
    BundleVerifier anybody = new BundleVerifier(TrustPolicy.none());
    List<Claiming> claiming = new ArrayList<>();
    for (Storage.Entry entry :
        storage.list(folder.isEmpty() ? "" : folder.substring(0, folder.length() - 1))) {
      if (entry.type() == Storage.Type.FILE && FileKind.of(entry.name()) == FileKind.SIDECAR) {
        claiming.addAll(claiming(storage, AttestationStore.file(entry), anybody));
      }
    }
    if (claiming.isEmpty()) {
      return List.of();
    }
    Set<String> digests = digests(storage, weights);
    return claiming.stream()
        .filter(each -> each.digests().containsAll(digests))
        .map(Claiming::bounds)
        .toList();
  }

  private static List<Claiming> claiming(Storage storage, HubFile sidecar, BundleVerifier verifier)
      throws IOException {
    List<Claiming> claiming = new ArrayList<>();
    for (CheckedStatement statement :
        RepositoryAudit.sidecar(storage, sidecar, verifier, Progress.NONE).statements()) {
      if (statement.claim().isPresent()) {
        List<ErrorBound> claims =
            claims(statement, FileScanner.scanCapturing(storage, sidecar, Progress.NONE).content());
        if (!claims.isEmpty()) {
          claiming.add(
              new Claiming(
                  digests(statement.subjects()), new AttestedBounds(sidecar.name(), claims)));
        }
      }
    }
    return claiming;
  }

  private static Set<String> digests(List<Subject> subjects) {
    Set<String> digests = new HashSet<>();
    subjects.forEach(subject -> subject.sha256().ifPresent(digests::add));
    return digests;
  }

  private static Set<String> digests(Storage storage, List<Storage.Entry> weights)
      throws IOException {
    Set<String> digests = new HashSet<>();
    for (Storage.Entry file : weights) {
      ScannedFile scanned =
          FileScanner.scan(storage, AttestationStore.file(file), List.of(), Progress.NONE);
      if (scanned.sha256().isEmpty()) {
        throw new IOException(scanned.problem().map(Problem::detail).orElse(file.path()));
      }
      digests.add(scanned.sha256().get());
    }
    return digests;
  }

  /**
   * What a statement claims that was checked before; nothing if it is of another type.
   *
   * @param sidecar the bytes of its sidecar as they are now; empty if they can't be read
   * @throws ChangedDuringReadException if the sidecar does not have the statement any more
   */
  static List<ErrorBound> claims(CheckedStatement attestation, Optional<byte[]> sidecar)
      throws ChangedDuringReadException {
    if (!attestation.predicateType().equals(Optional.of(PredicateTypes.QUANTIZATION))) {
      return List.of();
    }
    byte[] statement =
        sidecar
            .flatMap(bytes -> SidecarStatement.bytes(attestation, bytes))
            .orElseThrow(
                () ->
                    new ChangedDuringReadException(
                        Quoted.line(attestation.name()) + " changed after it was verified"));
    try {
      return ErrorBound.ofStatement(statement);
    } catch (MalformedStatementException e) {
      throw new IllegalStateException("a statement that was read can be read again", e);
    }
  }
}
