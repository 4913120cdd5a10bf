package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.CodeRows;

/** A row of the source, rounded first, and what its groups share. Not thread-safe. */
final class SharedWeights {
  private final Precision through;
  private final float[] weights;
  private final float[] min;
  private final float[] max;
  private final boolean[] computed;

  SharedWeights(Precision through, int columns, int groups) {
    this.through = through;
    this.weights = new float[columns];
    this.min = new float[groups];
    this.max = new float[groups];
    this.computed = new boolean[groups];
  }

  /** Takes the next row. */
  void load(float[] original, GroupRanges ranges, CodeRows rows, ScaleCheck scales) {
    for (int i = 0; i < weights.length; i++) {
      weights[i] = through.round(original[i]);
    }
    for (int group = 0; group < min.length; group++) {
      // Rounding changes no order.
      min[group] = through.round(ranges.min(group));
      max[group] = through.round(ranges.max(group));
      computed[group] =
          scales.add(min[group], max[group], rows.scales()[group], rows.zeros()[group]);
    }
  }

  float[] weights() {
    return weights;
  }

  float min(int group) {
    return min[group];
  }

  float max(int group) {
    return max[group];
  }

  /** Whether a group's scale is one that its weights make. */
  boolean computed(int group) {
    return computed[group];
  }

  /** Has a rule round the weights of a group next. */
  void set(CodeRule rule, CodeRows rows, int group) {
    rule.share(rows.scales()[group], rows.zeros()[group], absmax(group), computed[group]);
  }

  /** Has a rule round the weights of a group next, by another scale than is stored. */
  void setUsual(CodeRule rule, ScaleCheck scales, int group) {
    rule.share(
        scales.usual(min[group], max[group]),
        scales.usualZero(min[group], max[group]),
        absmax(group),
        true);
  }

  private float absmax(int group) {
    return Math.max(Math.abs(min[group]), Math.abs(max[group]));
  }
}
