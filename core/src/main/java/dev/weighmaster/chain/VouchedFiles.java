package dev.weighmaster.chain;

import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of a repository that a signer named by the policy covers: they are subjects of an
 * attestation that counts, by name and digest, or a model signature that counts lists them as they
 * are.
 */
final class VouchedFiles {
  private final Standing standing;
  private final String repository;
  private final RepositoryFiles files;
  private final Set<String> names = new HashSet<>();

  private VouchedFiles(Standing standing, String repository, RepositoryFiles files) {
    this.standing = standing;
    this.repository = repository;
    this.files = files;
  }

  static VouchedFiles of(
      String repository,
      RepositoryFiles files,
      List<SignedFiles> signed,
      List<CheckedStatement> attestations,
      TrustPolicy policy) {
    VouchedFiles vouched = new VouchedFiles(new Standing(policy), repository, files);
    for (SignedFiles each : signed) {
      each.signature().ifPresent(signature -> vouched.add(signature, each.names()));
    }
    vouched.addNamed(attestations.stream().flatMap(vouched::subjects).collect(Collectors.toSet()));
    return vouched;
  }

  /** Takes what a model signature lists, if all of that, or what a cache has, is as signed. */
  private void add(ModelSignature signature, Collection<String> listed) {
    boolean asSigned =
        signature
            .partialMismatch()
            .map(Problem::reason)
            .filter(reason -> reason != Reason.UNSIGNED_FILES && reason != Reason.SOURCE_MISSING)
            .isEmpty();
    if (asSigned && standing.asSigner(signature.statement(), repository).isEmpty()) {
      names.addAll(listed);
    }
  }

  /** A file as a subject names it. */
  private record Named(String name, String sha256) {}

  /** The subjects of an attestation, if it counts. */
  private Stream<Named> subjects(CheckedStatement attestation) {
    if (attestation.claim().isEmpty() || standing.asQuantizer(attestation).isPresent()) {
      return Stream.empty();
    }
    return attestation.subjects().stream()
        .flatMap(
            subject -> subject.sha256().map(sha256 -> new Named(subject.name(), sha256)).stream());
  }

  /**
   * Takes the files that are subjects, from the repository's root or by the end of their path: each
   * file is looked up once, since any number of files and subjects can have one digest.
   */
  private void addNamed(Set<Named> subjects) {
    for (String name : files.names()) {
      files
          .sha256(name)
          .filter(sha256 -> isAmong(subjects, name, sha256))
          .ifPresent(any -> names.add(name));
    }
  }

  private static boolean isAmong(Set<Named> subjects, String file, String sha256) {
    String name = file;
    while (!subjects.contains(new Named(name, sha256))) {
      int slash = name.indexOf('/');
      if (slash < 0) {
        return false;
      }
      name = name.substring(slash + 1);
    }
    return true;
  }

  boolean contains(String name) {
    return names.contains(name);
  }
}
