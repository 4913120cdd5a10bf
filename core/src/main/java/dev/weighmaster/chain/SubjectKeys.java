package dev.weighmaster.chain;

import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.attest.SnapshotDigest;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The keys that join a statement stored away from the weights with the repositories that it covers.
 * For weights their bytes count, and names do not: those of another hub may be others. A model is
 * signed with its files' names.
 */
public final class SubjectKeys {
  private SubjectKeys() {}

  /**
   * The keys that a statement asks for: its subjects' digests, or a model signature's files. None
   * for one that can't be read, and for a signature that {@link #isComparable can't be found}.
   */
  public static Set<SubjectKey> of(CheckedStatement statement) {
    Set<SubjectKey> keys = new LinkedHashSet<>();
    if (statement.manifest().isEmpty()) {
      statement
          .subjects()
          .forEach(subject -> subject.sha256().map(SubjectKey.OfFile::new).ifPresent(keys::add));
    } else if (isComparable(statement)) {
      SortedMap<String, String> listed = new TreeMap<>(CanonicalPath.CODE_POINT_ORDER);
      statement
          .manifest()
          .get()
          .resources()
          .forEach(resource -> listed.put(resource.path(), resource.digest()));
      keys.add(model(listed));
    }
    return keys;
  }

  /**
   * The keys that a repository answers to: the digests of its weights files, and all of its files
   * together, as far as they could be read.
   */
  public static Set<SubjectKey> of(List<ScannedFile> repository) {
    Set<SubjectKey> keys = new LinkedHashSet<>();
    for (ScannedFile file : repository) {
      if (file.isWeights() && file.pointer().isEmpty()) {
        file.sha256().map(SubjectKey.OfFile::new).ifPresent(keys::add);
      }
    }
    SignedFiles.model(repository).map(SubjectKeys::model).ifPresent(keys::add);
    return keys;
  }

  /**
   * A statement as one of a repository that it covers: of its subjects only those that the
   * repository holds, the sets that they belong to, what it attests beside them, and what the
   * policy revokes, since one of thousands can cover thousands of repositories.
   *
   * @param keys by which both were brought together
   */
  public static CheckedStatement in(
      CheckedStatement statement,
      String repository,
      String revision,
      Set<SubjectKey> keys,
      TrustPolicy policy) {
    return statement
        .in(repository, revision)
        .withSubjects(
            statement.manifest().isPresent()
                ? statement.subjects()
                : StatementSubjects.withTheirSets(
                    statement.subjects(),
                    subject ->
                        subject
                            .sha256()
                            .filter(
                                sha256 ->
                                    keys.contains(new SubjectKey.OfFile(sha256))
                                        || policy.revokedDigest(sha256))
                            .isPresent()));
  }

  /**
   * Whether a model signature lists what a repository has without being asked: the sha256 of whole
   * files. Others are only computed where a signature lies beside the files.
   */
  static boolean isComparable(CheckedStatement signature) {
    return signature
        .manifest()
        .filter(manifest -> manifest.hashType() == HashType.SHA256)
        .filter(manifest -> manifest.shardSize().isEmpty())
        .isPresent();
  }

  private static SubjectKey model(SortedMap<String, String> files) {
    return new SubjectKey.OfModel(SnapshotDigest.of(files));
  }
}
