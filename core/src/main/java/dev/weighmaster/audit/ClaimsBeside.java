package dev.weighmaster.audit;

import dev.weighmaster.attest.ErrorBound;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The error bounds that attestations in the folder of a quantization claim, whoever signed them.
 * Once the digests of its files are known, so is which of them are about it. Immutable.
 */
public final class ClaimsBeside {
  /** Sidecars to read, at most: a model in every type has about fifty. */
  static final int MOST_SIDECARS = 256;

  /** All of their bytes, at most: as many as one of them can have. */
  static final long MOST_BYTES = FileScanner.MAX_CAPTURED;

  /** Of a folder that nobody looks into. */
  public static final ClaimsBeside NONE = new ClaimsBeside(List.of(), 0);

  private final List<Claim> claims;
  private final int unread;

  /** What a statement claims, which may be about other files of the same folder. */
  private record Claim(Set<String> digests, AttestedBounds bounds) {}

  private ClaimsBeside(List<Claim> claims, int unread) {
    this.claims = List.copyOf(claims);
    this.unread = unread;
  }

  /**
   * Reads the sidecars in the folder of a quantization, first those that are named like it. Beyond
   * {@value #MOST_SIDECARS}, or 32 MiB, they are left out.
   *
   * @param weights all files of the quantization as they were listed, at least one
   * @throws IOException if the folder can't be listed or a sidecar changes meanwhile
   */
  public static ClaimsBeside read(Storage storage, List<Storage.Entry> weights) throws IOException {
    BundleVerifier anybody = new BundleVerifier(TrustPolicy.none());
    List<Claim> claims = new ArrayList<>();
    int read = 0;
    int unread = 0;
    long bytesLeft = MOST_BYTES;
    for (Storage.Entry sidecar : sidecars(storage, weights.get(0))) {
      if (read == MOST_SIDECARS || sidecar.size() > bytesLeft) {
        unread++;
      } else {
        read++;
        bytesLeft -= sidecar.size();
        claims.addAll(claims(storage, AttestationStore.file(sidecar), anybody));
      }
    }
    return new ClaimsBeside(claims, unread);
  }

  private static List<Storage.Entry> sidecars(Storage storage, Storage.Entry weights)
      throws IOException {
    String folder = StoragePaths.folder(weights.path());
    return storage.list(folder.isEmpty() ? "" : folder.substring(0, folder.length() - 1)).stream()
        .filter(entry -> entry.type() == Storage.Type.FILE)
        .filter(entry -> FileKind.of(entry.name()) == FileKind.SIDECAR)
        .sorted(Comparator.comparing(entry -> !entry.name().startsWith(weights.name())))
        .toList();
  }

  private static List<Claim> claims(Storage storage, HubFile sidecar, BundleVerifier verifier)
      throws IOException {
    List<Claim> claims = new ArrayList<>();
    for (CheckedStatement statement :
        RepositoryAudit.sidecar(storage, sidecar, verifier, Progress.NONE).statements()) {
      if (statement.claim().isPresent()) {
        List<ErrorBound> bounds =
            AttestedBounds.claims(
                statement, FileScanner.scanCapturing(storage, sidecar, Progress.NONE).content());
        if (!bounds.isEmpty()) {
          claims.add(
              new Claim(digests(statement.subjects()), new AttestedBounds(sidecar.name(), bounds)));
        }
      }
    }
    return claims;
  }

  private static Set<String> digests(List<Subject> subjects) {
    Set<String> digests = new HashSet<>();
    subjects.forEach(subject -> subject.sha256().ifPresent(digests::add));
    return digests;
  }

  /** Whether nothing is claimed of any file. */
  public boolean isEmpty() {
    return claims.isEmpty();
  }

  /** What is claimed of the quantization whose files have these digests, in the order read. */
  public List<AttestedBounds> of(Set<String> digests) {
    return claims.stream()
        .filter(each -> each.digests().containsAll(digests))
        .map(Claim::bounds)
        .toList();
  }

  /** How many sidecars were left out. */
  public int unread() {
    return unread;
  }
}
