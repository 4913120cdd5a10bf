package dev.weighmaster.chain;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The files of a repository that somebody vouches for whom the policy names: they are subjects of
 * an attestation that counts, by name and digest, or a model signature that counts lists them as
 * they are.
 */
final class VouchedFiles {
  private final Standing standing;
  private final String repository;
  private final Map<String, List<String>> namesByDigest = new HashMap<>();
  private final Set<String> names = new HashSet<>();

  /**
   * @param digests of all files of the repository, by their names
   */
  VouchedFiles(Standing standing, String repository, Map<String, String> digests) {
    this.standing = standing;
    this.repository = repository;
    digests.forEach(
        (name, sha256) ->
            namesByDigest.computeIfAbsent(sha256, any -> new ArrayList<>()).add(name));
  }

  /** Takes what a model signature lists, if all of that is as it was signed. */
  void add(ModelSignature signature, Collection<String> listed) {
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
  void add(CheckedStatement attestation) {
    if (attestation.claim().isEmpty() || standing.asQuantizer(attestation).isPresent()) {
      return;
    }
    for (Subject subject : attestation.subjects()) {
      subject
          .sha256()
          .map(sha256 -> namesByDigest.getOrDefault(sha256, List.of()))
          .orElse(List.of())
          .stream()
          .filter(name -> StatementIndex.isName(subject.name(), name))
          .forEach(names::add);
    }
  }

  boolean contains(String name) {
    return names.contains(name);
  }
}
