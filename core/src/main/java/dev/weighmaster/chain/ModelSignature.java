package dev.weighmaster.chain;

import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import java.util.List;
import java.util.Optional;

/**
 * A model signature, held against the files of the repository that it lies in.
 *
 * @param statement with its manifest's resources left out: they are compared already
 * @param onlyFile the one file that it is of; empty where it is of the repository
 * @param mismatch how the repository's files differ from the manifest; empty where they agree, or
 *     where the statement could not be read
 */
public record ModelSignature(
    CheckedStatement statement, Optional<String> onlyFile, Optional<Problem> mismatch) {

  /** For whoever does not ask what the statement calls its subjects; older ones list every file. */
  ModelSignature withoutSubjects() {
    return new ModelSignature(statement.withSubjects(List.of()), onlyFile, mismatch);
  }
}
