package dev.weighmaster.jobs.weigh;

import dev.weighmaster.audit.AttestedBounds;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.weigh.BoundsCheck;
import dev.weighmaster.weigh.CheckedBound.State;
import dev.weighmaster.weigh.Weighing;
import java.util.Optional;

/**
 * What became of the error bounds that an attestation beside the quantization claims. They change
 * no level, and nobody has checked who signed them.
 *
 * @param sidecar last name of the attestation's file: hostile text
 * @param claimed how many there are, at least one
 * @param hold how many the weights keep
 * @param exceeded how many the weights exceed
 * @param unchecked how many could not be held against the weights
 * @param reason {@code BOUNDS_EXCEEDED}; empty if none is exceeded
 * @param detail the first that is exceeded, or why some were not checked
 */
public record ClaimedBounds(
    String sidecar,
    int claimed,
    int hold,
    int exceeded,
    int unchecked,
    Optional<Reason> reason,
    Optional<String> detail) {

  /** Holds what an attestation claims against what a weighing has measured. */
  public static ClaimedBounds of(AttestedBounds attested, Weighing weighing) {
    BoundsCheck check = BoundsCheck.of(attested.claims(), weighing);
    return new ClaimedBounds(
        attested.sidecar(),
        check.bounds().size(),
        check.count(State.HOLDS),
        check.count(State.EXCEEDED),
        check.count(State.UNCHECKED),
        check.problem().map(Problem::reason),
        check.problem().map(Problem::detail).or(check::unchecked));
  }
}
