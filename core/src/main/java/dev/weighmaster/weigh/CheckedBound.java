package dev.weighmaster.weigh;

import dev.weighmaster.attest.ErrorBound;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.verdict.Quoted;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * A claimed error bound, held against what was measured.
 *
 * @param detail a sentence, where it does not hold or could not be checked
 */
public record CheckedBound(ErrorBound claim, State state, Optional<String> detail) {
  /**
   * By what part a measured error may exceed a bound before the claim is false. The same version
   * measures the same, to the last bit; but whoever adds up to 2^32 squares in another order may
   * find an error that differs by nearly as much, and nobody gains anything by a millionth.
   */
  static final double TOLERANCE = 1e-6;

  /** What became of a claim. */
  public enum State {
    HOLDS,
    EXCEEDED,
    UNCHECKED
  }

  /** Holds a claim against the tensor that it names. */
  static CheckedBound of(ErrorBound claim, MeasuredTensor measured) {
    if (isAnotherType(claim.type(), measured.type())) {
      return new CheckedBound(
          claim,
          State.EXCEEDED,
          Optional.of(
              "tensor %s is claimed as %s, but is %s"
                  .formatted(
                      Quoted.of(claim.tensor()), Quoted.line(claim.type()), measured.type())));
    }
    if (measured.errors().isEmpty()) {
      return unchecked(claim, measured.unmeasured().orElseThrow());
    }
    Errors errors = measured.errors().get();
    Optional<String> exceeded =
        exceeded(claim, "largest error", errors.largest(), claim.maxAbsError())
            .or(() -> exceeded(claim, "root mean square error", errors.rms(), claim.rmse()))
            .or(
                () ->
                    claim
                        .relativeRmse()
                        .flatMap(
                            bound -> exceeded(claim, "relative error", errors.relative(), bound)));
    return new CheckedBound(claim, exceeded.isPresent() ? State.EXCEEDED : State.HOLDS, exceeded);
  }

  static CheckedBound unchecked(ErrorBound claim, String why) {
    return new CheckedBound(
        claim,
        State.UNCHECKED,
        Optional.of("tensor %s: %s".formatted(Quoted.of(claim.tensor()), why)));
  }

  /** Types go by many names: only one that is another of ggml's contradicts. */
  private static boolean isAnotherType(String claimed, String type) {
    return !claimed.equalsIgnoreCase(type)
        && Arrays.stream(GgmlType.values()).anyMatch(each -> each.name().equalsIgnoreCase(claimed));
  }

  private static Optional<String> exceeded(
      ErrorBound claim, String what, double measured, double bound) {
    // What is no number exceeds every bound.
    return measured <= bound * (1 + TOLERANCE)
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "the %s of tensor %s is %.6g, claimed at most %.6g",
                what,
                Quoted.of(claim.tensor()),
                measured,
                bound));
  }
}
