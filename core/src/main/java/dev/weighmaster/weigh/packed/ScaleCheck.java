package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.BlockwiseMatrix;
import dev.weighmaster.packing.BlockwiseMatrix.Nested;
import dev.weighmaster.packing.PackedMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares the scales and zero points of a matrix with those that its source makes, by every rule
 * that has made all of them so far. Not thread-safe.
 */
final class ScaleCheck {
  private static final double LAST_BITS = 1e-6;

  private final PackedMatrix matrix;
  private final List<ScaleRule> all;
  private final List<ScaleRule> left;
  private final Optional<NestedScales> nested;
  private double farthest;

  /**
   * @param computed what weights are computed in, beside single precision
   */
  ScaleCheck(PackedMatrix matrix, Precision computed) {
    this.matrix = matrix;
    this.all = ScaleRule.of(matrix, computed);
    this.left = new ArrayList<>(all);
    Optional<Nested> quantized =
        matrix instanceof BlockwiseMatrix blockwise ? blockwise.nested() : Optional.empty();
    this.nested = quantized.map(NestedScales::new);
  }

  /** Whether a scale and its zero point are computed from weights; scales come in order. */
  boolean add(float min, float max, float scale, float zero) {
    if (nested.isPresent()) {
      return nested.get().add(all.get(0).scale(min, max), scale);
    }
    if (min == 0 && max == 0) {
      // Whatever it is: the codes say that there is nothing.
      return true;
    }
    boolean found = false;
    for (ScaleRule rule : all) {
      boolean same = rule.scale(min, max) == scale && rule.zero(min, max, matrix.codes()) == zero;
      found |= same;
      if (!same) {
        left.remove(rule);
      }
    }
    if (!found) {
      double made = all.get(0).scale(min, max);
      farthest = Math.max(farthest, Math.abs(scale - made) / made);
    }
    return found;
  }

  /** The scale that the usual rule makes. */
  float usual(float min, float max) {
    return all.get(0).scale(min, max);
  }

  /** Its zero point. */
  float usualZero(float min, float max) {
    return all.get(0).zero(min, max, matrix.codes());
  }

  /** Whether one rule has made them all. */
  boolean allComputed() {
    return nested.isPresent() ? nested.get().allComputed() : !left.isEmpty();
  }

  /**
   * Whether each is the computed one or next to it. A tool that takes the greatest weight for a
   * scale takes no other.
   */
  boolean allAlmostComputed() {
    return nested.isPresent() ? nested.get().allComputed() : farthest <= LAST_BITS;
  }
}
