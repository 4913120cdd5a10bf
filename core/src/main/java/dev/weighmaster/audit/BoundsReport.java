package dev.weighmaster.audit;

import dev.weighmaster.verdict.Problem;
import dev.weighmaster.weigh.BoundsCheck;
import dev.weighmaster.weigh.CheckedBound.State;
import java.util.Optional;

/**
 * What became of the error bounds that an attestation claims.
 *
 * @param claimed how many there are, at least one
 * @param hold how many the weights keep
 * @param exceeded how many the weights exceed
 * @param unchecked how many nobody has held against the weights: nothing rests on them
 * @param detail the first that the weights exceed, or why some were not checked
 */
public record BoundsReport(
    int claimed, int hold, int exceeded, int unchecked, Optional<String> detail) {

  static BoundsReport of(BoundsCheck check) {
    return new BoundsReport(
        check.bounds().size(),
        check.count(State.HOLDS),
        check.count(State.EXCEEDED),
        check.count(State.UNCHECKED),
        check.problem().map(Problem::detail).or(check::unchecked));
  }

  static BoundsReport unchecked(int claimed, String why) {
    return new BoundsReport(claimed, 0, 0, claimed, Optional.of(why));
  }
}
