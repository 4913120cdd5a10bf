package dev.weighmaster.chain;

import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import java.util.Optional;

/**
 * One step of a chain: a statement, what it says, and whether each check on it held.
 *
 * @param statement its manifest's resources left out
 * @param kind what the statement says
 * @param subject digest of the file or model that the statement is about, lower-case hexadecimal
 * @param problem the first check that did not hold
 */
public record Link(
    CheckedStatement statement,
    LinkKind kind,
    Optional<String> subject,
    Optional<Problem> problem) {

  /** Whether every check on this step held. */
  public boolean holds() {
    return problem.isEmpty();
  }

  static Link of(CheckedStatement statement, Optional<String> subject, Optional<Problem> problem) {
    LinkKind kind =
        statement
            .predicateType()
            .map(
                type ->
                    switch (type) {
                      case PredicateTypes.QUANTIZATION -> LinkKind.QUANTIZATION;
                      case PredicateTypes.GGUF_DERIVATION -> LinkKind.DERIVATION;
                      case PredicateTypes.GGUF_CONVERSION -> LinkKind.CONVERSION;
                      default -> LinkKind.OTHER;
                    })
            .orElse(LinkKind.OTHER);
    return new Link(statement, kind, subject, problem);
  }
}
