package dev.weighmaster.chain;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.ManifestCheck;
import dev.weighmaster.trust.Coverage;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
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
 * @param partial for one of a snapshot in a cache where listed files are absent: how the files that
 *     are there differ, or that not all are there
 */
public record ModelSignature(
    CheckedStatement statement,
    Optional<String> onlyFile,
    Optional<Problem> mismatch,
    Optional<Problem> beside,
    Optional<Problem> partial) {
  ModelSignature(
      CheckedStatement statement,
      Optional<String> onlyFile,
      Optional<Problem> mismatch,
      Optional<Problem> partial) {
    this(statement, onlyFile, mismatch, Optional.empty(), partial);
  }

  /** One of which nobody can say what it covers. */
  public static ModelSignature unreadable(CheckedStatement statement) {
    return new ModelSignature(statement, Optional.empty(), Optional.empty(), Optional.empty());
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
        statement, onlyFile, mismatch, ManifestCheck.leftOut(known, files, coverage), partial);
  }

  /** The same, which does not hold for what is asked of it here either. */
  ModelSignature or(Supplier<Optional<Problem>> problem) {
    return new ModelSignature(statement, onlyFile, mismatch.or(problem), beside, partial);
  }

  /** For whoever does not ask what the statement calls its subjects; older ones list every file. */
  ModelSignature withoutSubjects() {
    return new ModelSignature(
        statement.withSubjects(List.of()), onlyFile, mismatch, beside, partial);
  }

  /**
   * How the files differ, where those that are absent from a cache contradict nothing: {@link
   * Reason#SOURCE_MISSING} if nothing else is wrong.
   */
  Optional<Problem> partialMismatch() {
    return partial.or(() -> mismatch);
  }

  /** Whether no more is wrong with it than that files are absent from a cache. */
  boolean isOfMore() {
    return partial.filter(problem -> problem.reason() == Reason.SOURCE_MISSING).isPresent();
  }
}
