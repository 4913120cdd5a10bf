package dev.weighmaster.chain;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Limits how much of a repository's statements travels with its files. A statement travels with
 * each file that it covers, and a megabyte of small files under a megabyte of statements would
 * become terabytes. Not thread-safe.
 *
 * <p>Statements that count under the policy, or are revoked, have a part of their own. So have the
 * others in the repository, and the others that are kept elsewhere. So nobody's statements crowd
 * out those that decide a verdict.
 */
final class Allowance {
  /** In characters, about: many times what any honest repository comes to. */
  static final long CHARACTERS = 64L << 20;

  private enum Part {
    COUNTS,
    OWN,
    ELSEWHERE
  }

  /** Digests, names of types and what else every statement has. */
  private static final int FIXED = 512;

  private final Standing standing;
  private final String repository;
  private final Map<Part, Long> left = new EnumMap<>(Part.class);
  private boolean crowded;

  Allowance(Standing standing, String repository) {
    this.standing = standing;
    this.repository = repository;
  }

  /** Whether another copy of the statement still fits; it is counted then. */
  boolean takes(Attestation attestation) {
    return takes(attestation.statement(), attestation.mismatch());
  }

  boolean takes(ModelSignature signature) {
    return takes(signature.statement(), signature.mismatch());
  }

  private boolean takes(CheckedStatement statement, Optional<Problem> mismatch) {
    long size = size(statement) + length(mismatch.map(Problem::detail));
    Part part = part(statement);
    long before = left.getOrDefault(part, CHARACTERS);
    if (size > before) {
      crowded |= part == Part.COUNTS;
      return false;
    }
    left.put(part, before - size);
    return true;
  }

  /** Whether a statement that counts did not fit, since this was last asked. */
  boolean crowdedOut() {
    boolean was = crowded;
    crowded = false;
    return was;
  }

  private Part part(CheckedStatement statement) {
    if (standing.decides(statement, repository)) {
      return Part.COUNTS;
    }
    return statement.isKeptElsewhere() ? Part.ELSEWHERE : Part.OWN;
  }

  private static long size(CheckedStatement statement) {
    return FIXED
        + statement.name().length()
        + length(statement.predicateType())
        + length(statement.signature().failure().map(Problem::detail))
        + size(statement.subjects())
        + statement.manifest().map(Allowance::size).orElse(0L)
        + statement.claim().map(Allowance::size).orElse(0L)
        + statement.embedded().map(Allowance::size).orElse(0L);
  }

  private static long size(QuantizationClaim claim) {
    return size(claim.sourceFiles()) + claim.texts().stream().mapToLong(String::length).sum();
  }

  private static long size(ModelManifest manifest) {
    return manifest.resources().stream().mapToLong(each -> each.path().length() + 64L).sum();
  }

  private static long size(List<Subject> subjects) {
    return subjects.stream().mapToLong(each -> each.name().length() + 64L).sum();
  }

  private static long length(Optional<String> text) {
    return text.map(String::length).orElse(0);
  }
}
