package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.BlockwiseMatrix;
import dev.weighmaster.packing.CodeType;
import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.packing.ScaledMatrix;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** How a tool rounds a weight to a code under a scale. Not thread-safe. */
final class CodeRule {
  /** Of single precision, relative to a number; approximate reciprocals cost some bits. */
  private static final float LAST_BITS = 0x1p-21f;

  /** Of parts of a block's greatest weight: pivots of kernels are written in seven digits. */
  private static final float LAST_DIGITS = 5e-7f;

  private final Precision through;
  private final Precision precision;
  private final boolean byInverse;
  private final CodeType type;
  private final NearestLevel levels;
  private final float greatest;
  private float unit;
  private float zero;

  private CodeRule(
      Precision through, Precision precision, boolean byInverse, CodeType type, float greatest) {
    this.through = through;
    this.precision = precision;
    this.byInverse = byInverse;
    this.type = type;
    this.levels = NearestLevel.of(type);
    this.greatest = greatest;
  }

  /**
   * Those of a matrix whose source's weights were rounded first.
   *
   * @param computed what the weights are computed in, beside single precision
   */
  static List<CodeRule> of(PackedMatrix matrix, Precision through, Precision computed) {
    List<CodeRule> rules = new ArrayList<>();
    if (matrix instanceof BlockwiseMatrix) {
      rules.add(new CodeRule(through, Precision.F32, true, matrix.codes(), 1));
    } else if (matrix instanceof ScaledMatrix scaled && scaled.factor() != 1) {
      rules.add(new CodeRule(through, Precision.F32, true, matrix.codes(), 127));
    } else {
      Set<Precision> precisions = EnumSet.of(Precision.F32, computed);
      if (matrix.codes() == CodeType.E2M1) {
        // A kernel rounds quotients to it, whatever the weights are.
        precisions.add(Precision.BF16);
      }
      for (Precision precision : precisions) {
        rules.add(new CodeRule(through, precision, false, matrix.codes(), 1));
        if (matrix.codes() == CodeType.E4M3) {
          rules.add(new CodeRule(through, precision, true, matrix.codes(), 448));
        }
      }
    }
    return rules;
  }

  /** What the source's weights are rounded to first. */
  Precision through() {
    return through;
  }

  /** As a recipe names it. */
  String name() {
    return "%s %s".formatted(precision, byInverse ? "product" : "quotient");
  }

  /**
   * Sets what the following weights share.
   *
   * @param scale as it is stored
   * @param absmax the greatest absolute weight
   * @param computed whether the scale is the one that {@code absmax} makes
   */
  void share(float scale, float zeroPoint, float absmax, boolean computed) {
    zero = zeroPoint;
    if (!byInverse) {
      unit = scale;
    } else if (computed || greatest == 1) {
      unit = precision.round(greatest / absmax);
    } else {
      unit = precision.round(1 / scale);
    }
  }

  private float scaled(float weight) {
    float value = precision.round(byInverse ? weight * unit : weight / unit);
    if (!type.integer()) {
      return value;
    }
    // Signed, as tools have it: a great zero point rounds more.
    int half = 1 << (type.bits() - 1);
    return precision.round(value + (zero - half));
  }

  /** The code of a weight. */
  int code(float weight) {
    float value = scaled(weight);
    if (Float.isNaN(value)) {
      value = type.integer() ? zero - (1 << (type.bits() - 1)) : 0;
    }
    if (!type.integer()) {
      return levels.nearest(value);
    }
    int half = 1 << (type.bits() - 1);
    return (int) Math.rint(Math.max(-half, Math.min(half - 1, value))) + half;
  }

  /** Whether a weight has another code than {@link #code} says by no more than its last bits. */
  boolean isTie(float weight, int stored, int code) {
    if (precision != Precision.F32) {
      return false;
    }
    float value = scaled(weight);
    float tolerance =
        greatest == 1 && byInverse ? LAST_DIGITS : Math.max(1, Math.abs(value)) * LAST_BITS;
    float unsigned = type.integer() ? value + (1 << (type.bits() - 1)) : value;
    return levels.isTie(unsigned, stored, code, tolerance);
  }
}
