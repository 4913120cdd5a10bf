package dev.weighmaster.audit;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.chain.ModelSignature;
import dev.weighmaster.chain.SourceKey;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which sources the sidecars of repositories name, so that those can be read first that probably
 * have what is asked for. No weights are read. Not thread-safe.
 */
final class SidecarKeys {
  private static final System.Logger LOG = System.getLogger(SidecarKeys.class.getName());

  private final Storage storage;
  private final BundleVerifier verifier;
  private final AttestationStore elsewhere;
  private final ChainJudge judge;
  private final Map<Repository, NamedKeys> named = new HashMap<>();

  SidecarKeys(
      Storage storage, BundleVerifier verifier, AttestationStore elsewhere, ChainJudge judge) {
    this.storage = storage;
    this.verifier = verifier;
    this.elsewhere = elsewhere;
    this.judge = judge;
  }

  /** Who says of a repository that it has what a key stands for; who says most comes first. */
  enum Naming {
    /** A statement that counts there, or one kept elsewhere, by the name of a file. */
    BY_WHO_COUNTS,
    /** A statement by a signer whom the policy names there, such as a revoked one. */
    BY_WHO_IS_NAMED,
    /** Perhaps one that counts there: a signature of other digests than that of whole files. */
    PERHAPS_BY_WHO_COUNTS,
    /** The same by a signer whom the policy names there. */
    PERHAPS_BY_WHO_IS_NAMED,
    /** Statements that do not count. */
    BY_OTHERS,
    BY_NOBODY;

    boolean mayCount() {
      return compareTo(PERHAPS_BY_WHO_COUNTS) <= 0;
    }

    /** Where nobody can tell what is named. */
    Naming perhaps() {
      return switch (this) {
        case BY_WHO_COUNTS, PERHAPS_BY_WHO_COUNTS -> PERHAPS_BY_WHO_COUNTS;
        case BY_WHO_IS_NAMED, PERHAPS_BY_WHO_IS_NAMED -> PERHAPS_BY_WHO_IS_NAMED;
        case BY_OTHERS, BY_NOBODY -> BY_NOBODY;
      };
    }

    /** What says most of two. */
    Naming or(Naming other) {
      return compareTo(other) <= 0 ? this : other;
    }
  }

  /**
   * What the sidecars of a repository name.
   *
   * @param byKey who names each key
   * @param any who perhaps names any of them, by a model signature that lists other digests than
   *     SHA-256 of whole files, so that nobody can say which keys it is of
   * @param lastNames of all its files
   */
  private record NamedKeys(Map<SourceKey, Naming> byKey, Naming any, Set<String> lastNames) {
    static final NamedKeys NONE = new NamedKeys(Map.of(), Naming.BY_NOBODY, Set.of());
  }

  /** Who says of a repository that it has what a key stands for. */
  Naming of(Repository repository, SourceKey key) {
    NamedKeys names = keysNamedIn(repository);
    return Collections.disjoint(elsewhere.lastNamesOf(key), names.lastNames)
        ? names.byKey.getOrDefault(key, Naming.BY_NOBODY).or(names.any)
        : Naming.BY_WHO_COUNTS;
  }

  private NamedKeys keysNamedIn(Repository repository) {
    NamedKeys keys = named.get(repository);
    if (keys == null) {
      try {
        keys = readKeysNamedIn(repository);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "{0} can''t be listed, it names no source", repository.directory());
        keys = NamedKeys.NONE;
      }
      named.put(repository, keys);
    }
    return keys;
  }

  private NamedKeys readKeysNamedIn(Repository repository) throws IOException {
    Map<SourceKey, Naming> keys = new HashMap<>();
    Set<String> lastNames = new HashSet<>();
    Naming any = Naming.BY_NOBODY;
    for (HubFile file : Inventory.files(storage, repository)) {
      lastNames.add(StoragePaths.lastName(file.name()));
      if (file.kind() == FileKind.SIDECAR) {
        for (CheckedStatement statement :
            RepositoryAudit.sidecar(storage, file, verifier, Progress.NONE).statements()) {
          Naming by = by(statement);
          digestsNamedIn(statement)
              .forEach(digest -> keys.merge(new SourceKey.OfDigest(digest), by, Naming::or));
          if (statement.manifest().stream().anyMatch(SidecarKeys::hidesDigests)) {
            any = any.or(by.perhaps());
          }
        }
      }
    }
    return new NamedKeys(keys, any, lastNames);
  }

  /** Whether a manifest lists other digests than those by which sources are found. */
  private static boolean hidesDigests(ModelManifest manifest) {
    return manifest.hashType() != HashType.SHA256 || manifest.shardSize().isPresent();
  }

  private static Stream<String> digestsNamedIn(CheckedStatement statement) {
    return Stream.concat(
        statement.subjects().stream().flatMap(subject -> subject.sha256().stream()),
        statement.manifest().stream()
            .flatMap(
                manifest ->
                    Stream.concat(
                        Stream.of(manifest.rootDigest()),
                        manifest.resources().stream().map(Resource::digest))));
  }

  private Naming by(CheckedStatement statement) {
    if (counts(statement)) {
      return Naming.BY_WHO_COUNTS;
    }
    return judge.isNamed(statement) ? Naming.BY_WHO_IS_NAMED : Naming.BY_OTHERS;
  }

  private boolean counts(CheckedStatement statement) {
    return statement.manifest().isPresent()
        ? judge.problemOf(ModelSignature.unreadable(statement), statement.repository()).isEmpty()
        : judge.problemOf(statement).isEmpty();
  }
}
