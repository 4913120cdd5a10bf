package dev.weighmaster.signature;

import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;

/** One check on a bundle did not hold. */
final class FailedCheckException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  FailedCheckException(Reason reason, String detail) {
    super(detail);
    this.reason = reason;
  }

  /** A check that a library made, in its words. */
  FailedCheckException(Reason reason, String detail, Exception cause) {
    this(reason, detail + ": " + Quoted.line(String.valueOf(cause.getMessage())));
  }

  Problem problem() {
    return new Problem(reason, getMessage());
  }
}
