package dev.weighmaster.chain;

import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import java.util.List;
import java.util.Optional;

/**
 * A statement about weights, compared with the files of the repository in which it counts.
 *
 * @param statement with only those of its subjects that concern the weights
 * @param mismatch how the files differ from what the statement attests; empty where they agree, and
 *     where the statement could not be read
 */
public record Attestation(CheckedStatement statement, Optional<Problem> mismatch) {

  /** The same, which does not hold for what is asked of it here either. */
  Attestation or(Optional<Problem> problem) {
    return new Attestation(statement, mismatch.or(() -> problem));
  }

  /** For whoever does not ask what the statement calls its subjects. */
  Attestation withoutSubjects() {
    return new Attestation(statement.withSubjects(List.of()), mismatch);
  }
}
