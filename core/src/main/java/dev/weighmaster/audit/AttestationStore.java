package dev.weighmaster.audit;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.chain.SourceKey;
import dev.weighmaster.chain.SubjectKey;
import dev.weighmaster.chain.SubjectKeys;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Sidecars that are stored away from the weights, in folders of any shape. Each statement counts in
 * every repository that holds one of its subjects, see {@link SubjectKeys}, as if it lay there.
 * Immutable and thread-safe.
 */
public final class AttestationStore {
  /** No store. */
  public static final AttestationStore NONE =
      new AttestationStore(List.of(), Optional.empty(), Map.of());

  private final Map<SubjectKey, List<CheckedStatement>> byKey = new HashMap<>();
  private final Map<SourceKey, Set<String>> namesByDigest = new HashMap<>();
  private final Optional<Storage> storage;
  private final Map<String, HubFile> files;

  /**
   * @param files those that have statements, by their names
   */
  private AttestationStore(
      List<CheckedStatement> statements, Optional<Storage> storage, Map<String, HubFile> files) {
    this.storage = storage;
    this.files = Map.copyOf(files);
    for (CheckedStatement statement : statements) {
      SubjectKeys.of(statement)
          .forEach(key -> byKey.computeIfAbsent(key, any -> new ArrayList<>()).add(statement));
      for (Subject subject : statement.subjects()) {
        subject.sha256().ifPresent(digest -> name(subject.name(), digest));
      }
      statement.manifest().ifPresent(this::name);
    }
  }

  private void name(ModelManifest manifest) {
    for (Resource file : manifest.resources()) {
      name(file.path(), file.digest());
      name(file.path(), manifest.rootDigest());
    }
  }

  private void name(String file, String digest) {
    namesByDigest
        .computeIfAbsent(new SourceKey.OfDigest(digest), any -> new HashSet<>())
        .add(StoragePaths.lastName(file));
  }

  /**
   * Reads a whole store, and verifies every bundle in it.
   *
   * @param storage from which sidecars may be read again
   * @throws IOException if its root can't be listed
   */
  public static AttestationStore read(Storage storage, BundleVerifier verifier) throws IOException {
    List<CheckedStatement> statements = new ArrayList<>();
    Map<String, HubFile> files = new HashMap<>();
    for (String place : places(storage)) {
      for (HubFile file : sidecars(storage, place)) {
        RepositoryAudit.ReadSidecar sidecar =
            RepositoryAudit.sidecar(storage, file, verifier, Progress.NONE);
        statements.addAll(sidecar.statements());
        if (!sidecar.isOfAnotherKind()) {
          files.put(file.name(), sidecar.file().file());
        }
      }
    }
    return new AttestationStore(statements, Optional.of(storage), files);
  }

  /** The bytes of the sidecar that has a statement of this store; empty if they can't be read. */
  Optional<byte[]> sidecar(CheckedStatement statement) {
    HubFile file = files.get(statement.name());
    return file == null
        ? Optional.empty()
        : FileScanner.scanCapturing(storage.orElseThrow(), file, Progress.NONE).content();
  }

  /**
   * What lies at the root of a store, to be listed each by itself; not what begins with a dot.
   *
   * @throws IOException if it can't be listed
   */
  public static List<String> places(Storage storage) throws IOException {
    return storage.list("").stream()
        .map(Entry::path)
        .filter(path -> !path.startsWith("."))
        .toList();
  }

  /**
   * The sidecars in one place, named as rows show them, and folders that can't be listed, with
   * their problem.
   *
   * @param place one of {@link #places}
   */
  public static List<HubFile> sidecars(Storage storage, String place) {
    try {
      Entry entry = storage.stat(place);
      List<HubFile> files =
          entry.type() == Storage.Type.DIRECTORY
              ? Inventory.below(storage, place)
              : List.of(file(entry));
      return files.stream()
          .filter(file -> file.kind() == FileKind.SIDECAR || file.unlisted())
          .map(file -> named(file, file.path() + (file.unlisted() ? "/" : "")))
          .toList();
    } catch (IOException | RuntimeException e) {
      return List.of(unlisted(place, e));
    }
  }

  /** The statements that cover a repository's files, as if they lay in it. */
  List<CheckedStatement> speakingOf(
      Repository repository, List<ScannedFile> files, TrustPolicy policy) {
    Set<SubjectKey> keys = SubjectKeys.of(files);
    Set<CheckedStatement> speaking = new LinkedHashSet<>();
    for (SubjectKey key : keys) {
      speaking.addAll(byKey.getOrDefault(key, List.of()));
    }
    return speaking.stream()
        .map(each -> SubjectKeys.in(each, repository.name(), repository.revision(), keys, policy))
        .toList();
  }

  /**
   * The names that statements give to files of a digest, without their folders: a file of such a
   * name may be one of these.
   */
  Set<String> lastNamesOf(SourceKey key) {
    return namesByDigest.getOrDefault(key, Set.of());
  }

  /** Why a folder, as the user wrote it, can't serve as a store. */
  public static IOException unlistable(String uri, Exception cause) {
    return new IOException(
        "the attestations "
            + uri
            + " can't be listed: "
            + StorageFailure.reason(cause)
            + "; --attestations takes a folder of sidecars",
        cause);
  }

  /** A file that lies in no repository. */
  static HubFile file(Entry entry) {
    return new HubFile(
        "",
        "",
        entry.path(),
        entry.name(),
        entry.size(),
        FileKind.of(entry.name()),
        entry.etag(),
        entry.modified(),
        entry.problem(),
        false,
        entry.changed());
  }

  private static HubFile named(HubFile file, String path) {
    return new HubFile(
        "",
        "",
        file.path(),
        CheckedStatement.ELSEWHERE + path,
        file.size(),
        file.kind(),
        file.etag(),
        file.modified(),
        file.problem(),
        file.linked(),
        file.changed());
  }

  private static HubFile unlisted(String place, Exception cause) {
    return new HubFile(
        "",
        "",
        place,
        CheckedStatement.ELSEWHERE + place + "/",
        0,
        FileKind.OTHER,
        Optional.empty(),
        Instant.EPOCH,
        Optional.of(StorageFailure.reason(cause)),
        false);
  }
}
