package dev.weighmaster.chain;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.ManifestCheck;
import dev.weighmaster.trust.Coverage;
import dev.weighmaster.verdict.Problem;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A model signature, compared with the files of its repository.
 *
 * @param statement with its manifest's resources left out: they are compared already
 * @param onlyFile the one file that it is of; empty where it is of the repository
 * @param mismatch how the repository's files differ from the manifest; empty where they agree, or
 *     where the statement could not be read
 * @param beside for one of a single file, which of the repository's other files no signature that
 *     counts covers, although the policy asks for it
 */
public record ModelSignature(
    CheckedStatement statement,
    Optional<String> onlyFile,
    Optional<Problem> mismatch,
    Optional<Problem> beside) {
  ModelSignature(
      CheckedStatement statement, Optional<String> onlyFile, Optional<Problem> mismatch) {
    this(statement, onlyFile, mismatch, Optional.empty());
  }

  /** One of which nobody can say what it covers. */
  public static ModelSignature unreadable(CheckedStatement statement) {
    return new ModelSignature(statement, Optional.empty(), Optional.empty());
  }

  /** The same with what no signature covers, where it is of a single file. */
  ModelSignature beside(Set<String> covered, List<ScannedFile> files, Coverage coverage) {
    if (onlyFile.isEmpty()) {
      return this;
    }
    Set<String> known = new HashSet<>(covered);
    known.add(onlyFile.get());
    known.add(statement.name());
    return new ModelSignature(
        statement, onlyFile, mismatch, ManifestCheck.leftOut(known, files, coverage));
  }

  /** The same, which does not hold for what is asked of it here either. */
  ModelSignature or(Supplier<Optional<Problem>> problem) {
    return new ModelSignature(statement, onlyFile, mismatch.or(problem), beside);
  }

  /** For whoever does not ask what the statement calls its subjects; older ones list every file. */
  ModelSignature withoutSubjects() {
    return new ModelSignature(statement.withSubjects(List.of()), onlyFile, mismatch, beside);
  }
}
