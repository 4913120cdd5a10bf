package dev.weighmaster.chain;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The files of a repository that somebody vouches for whom the policy names: they are subjects of
 * an attestation that counts, by name and digest, or a model signature that counts lists them as
 * they are.
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
    attestations.forEach(vouched::add);
    return vouched;
  }

  /** Takes what a model signature lists, if all of that is as it was signed. */
  private void add(ModelSignature signature, Collection<String> listed) {
    boolean asSigned =
        signature
            .mismatch()
            .map(Problem::reason)
            .filter(reason -> reason != Reason.UNSIGNED_FILES)
            .isEmpty();
    if (asSigned && standing.asSigner(signature.statement(), repository).isEmpty()) {
      names.addAll(listed);
    }
  }

  /** Takes the subjects of an attestation. */
  private void add(CheckedStatement attestation) {
    if (attestation.claim().isEmpty() || standing.asQuantizer(attestation).isPresent()) {
      return;
    }
    for (Subject subject : attestation.subjects()) {
      subject.sha256().map(files::withDigest).orElse(List.of()).stream()
          .filter(name -> RepositoryFiles.isName(subject.name(), name))
          .forEach(names::add);
    }
  }

  boolean contains(String name) {
    return names.contains(name);
  }
}
