package dev.weighmaster.weigh;

import java.util.Collection;
import java.util.Comparator;

/** How far the bytes of a tensor support that it comes from its source; the best first. */
public enum Level {
  /** The stored bytes are what a recipe gives, bit for bit. */
  EXACT,

  /**
   * Every code is the one that the type's own algorithm picks under the stored scales, and the
   * scales are about as good as that algorithm's. Only the choice of scales was not derived again:
   * whoever makes it with care can have rounding errors add up to a small change of the weights.
   */
  EQUIVALENT,

  /** The errors contradict nothing and leave room for changes: it proves little. */
  WITHIN_BOUNDS,

  /** There is no counterpart in the source, or no known way from it. */
  NOT_COMPARED,

  /** At least one block can't come from this source by this type. */
  DEVIATES;

  /**
   * The level of the whole: the worst of its parts'; {@link #NOT_COMPARED} if there are none, which
   * proves nothing.
   */
  public static Level ofAll(Collection<Level> parts) {
    return parts.stream().max(Comparator.naturalOrder()).orElse(NOT_COMPARED);
  }
}
