package dev.weighmaster.chain;

import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import java.util.List;
import java.util.Optional;

/**
 * How much of a repository's statements goes along with its files. A statement does so with each
 * file that it speaks of, and a megabyte of small files under a megabyte of statements would come
 * to terabytes. Not thread-safe.
 */
final class Allowance {
  /** In characters, about: many times what any honest repository comes to. */
  static final long CHARACTERS = 64L << 20;

  /** Digests, names of types and what else every statement has. */
  private static final int FIXED = 512;

  private long left = CHARACTERS;

  /** Whether another copy of the statement still fits; it is counted then. */
  boolean takes(Attestation attestation) {
    return takes(
        size(attestation.statement()) + length(attestation.mismatch().map(Problem::detail)));
  }

  boolean takes(ModelSignature signature) {
    return takes(size(signature.statement()) + length(signature.mismatch().map(Problem::detail)));
  }

  private boolean takes(long size) {
    if (size > left) {
      return false;
    }
    left -= size;
    return true;
  }

  private static long size(CheckedStatement statement) {
    return FIXED
        + statement.name().length()
        + length(statement.predicateType())
        + length(statement.signature().failure().map(Problem::detail))
        + size(statement.subjects())
        + statement.claim().map(Allowance::size).orElse(0L)
        + statement.embedded().map(Allowance::size).orElse(0L);
  }

  private static long size(QuantizationClaim claim) {
    return size(claim.sourceFiles()) + claim.texts().stream().mapToLong(String::length).sum();
  }

  private static long size(List<Subject> subjects) {
    return subjects.stream().mapToLong(each -> each.name().length() + 64L).sum();
  }

  private static long length(Optional<String> text) {
    return text.map(String::length).orElse(0);
  }
}
