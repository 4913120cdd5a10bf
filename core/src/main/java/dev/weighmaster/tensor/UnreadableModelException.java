package dev.weighmaster.tensor;

import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.io.ChangedDuringReadException;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;

/** A model whose tensors can't be read, with what a result says of it. */
public final class UnreadableModelException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  UnreadableModelException(Problem problem) {
    super(problem.detail());
    this.problem = problem;
  }

  private UnreadableModelException(Problem problem, IOException cause) {
    super(problem.detail(), cause);
    this.problem = problem;
  }

  /** Says what kept a file from being read; what says it already stays as it is. */
  public static UnreadableModelException of(String path, IOException failure) {
    if (failure instanceof UnreadableModelException known) {
      return known;
    }
    if (failure instanceof ChangedDuringReadException) {
      return new UnreadableModelException(
          new Problem(Reason.CHANGED_DURING_READ, failure.getMessage()), failure);
    }
    Reason reason =
        failure instanceof MalformedWeightsException
            ? Reason.MALFORMED_WEIGHTS
            : failure instanceof UnsupportedWeightsException ? Reason.UNSUPPORTED : Reason.IO_ERROR;
    String detail = Quoted.line(path) + ": " + StorageFailure.reason(failure);
    return new UnreadableModelException(new Problem(reason, detail), failure);
  }

  public Problem problem() {
    return problem;
  }
}
