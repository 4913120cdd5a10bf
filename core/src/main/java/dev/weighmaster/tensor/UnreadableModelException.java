package dev.weighmaster.tensor;

import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.io.ChangedDuringReadException;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A model whose tensors can't be read, with what a result says of it. */
public final class UnreadableModelException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  /** Of the file, where the detail begins with it. */
  private final transient Optional<String> path;

  UnreadableModelException(Problem problem) {
    super(problem.detail());
    this.problem = problem;
    this.path = Optional.empty();
  }

  private UnreadableModelException(Problem problem, Optional<String> path, IOException cause) {
    super(problem.detail(), cause);
    this.problem = problem;
    this.path = path;
  }

  /** Says what kept a file from being read; what says it already stays as it is. */
  public static UnreadableModelException of(String path, IOException failure) {
    if (failure instanceof UnreadableModelException known) {
      return known;
    }
    if (failure instanceof ChangedDuringReadException) {
      return new UnreadableModelException(
          new Problem(Reason.CHANGED_DURING_READ, failure.getMessage()), Optional.empty(), failure);
    }
    Reason reason =
        failure instanceof MalformedWeightsException
            ? Reason.MALFORMED_WEIGHTS
            : failure instanceof UnsupportedWeightsException ? Reason.UNSUPPORTED : Reason.IO_ERROR;
    return new UnreadableModelException(
        new Problem(reason, detail(path, failure)), Optional.of(path), failure);
  }

  private static String detail(String path, IOException failure) {
    return Quoted.line(path) + ": " + StorageFailure.reason(failure);
  }

  /**
   * The same of a file by another path, where the detail begins with one.
   *
   * @param shown the path to show instead of the storage's
   */
  public UnreadableModelException shown(UnaryOperator<String> shown) {
    if (path.isEmpty() || !(getCause() instanceof IOException failure)) {
      return this;
    }
    String other = shown.apply(path.get());
    return new UnreadableModelException(
        new Problem(problem.reason(), detail(other, failure)), Optional.of(other), failure);
  }

  public Problem problem() {
    return problem;
  }
}
