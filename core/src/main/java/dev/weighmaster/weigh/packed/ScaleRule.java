package dev.weighmaster.weigh.packed;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.packing.CodeType;
import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.packing.ScaledMatrix;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/**
 * How a tool computes the scale of weights from the least and the greatest of them. Immutable.
 *
 * <p>{@code (max - min) / range} where zero points are stored, else {@code absmax / greatest level}
 * or the inverse of the inverse of that; of MX types, a power of 2.
 */
final class ScaleRule {
  private static final NearestLevel E4M3 = NearestLevel.of(CodeType.E4M3);

  private final Form form;
  private final Precision precision;
  private final Target target;

  private enum Form {
    QUOTIENT,
    RECIPROCAL,
    /** The power of 2 below; floats of MX types are four times as great at most. */
    POWER,
    /** The same where a mantissa from 1.75 on counts as the next power. */
    ROUNDED_POWER
  }

  /**
   * What the scales of a matrix are for.
   *
   * @param greatest level of a code, or half of the range of integers
   * @param factor of scales, after they were stored
   * @param divisor of scales, after they were stored
   * @param asymmetric whether integers have zero points
   */
  private record Target(
      float greatest, float factor, float divisor, SafetensorsType type, boolean asymmetric) {}

  private ScaleRule(Form form, Precision precision, Target target) {
    this.form = form;
    this.precision = precision;
    this.target = target;
  }

  /** Those of a matrix whose weights are computed in a precision. */
  static List<ScaleRule> of(PackedMatrix matrix, Precision computed) {
    Target target = target(matrix);
    List<ScaleRule> rules = new ArrayList<>();
    boolean power = target.type == SafetensorsType.F8_E8M0 || target.type == SafetensorsType.U8;
    if (power) {
      rules.add(new ScaleRule(Form.ROUNDED_POWER, Precision.F32, target));
      rules.add(new ScaleRule(Form.POWER, Precision.F32, target));
      return rules;
    }
    for (Precision precision : EnumSet.of(Precision.F32, computed)) {
      rules.add(new ScaleRule(Form.QUOTIENT, precision, target));
      if (!target.asymmetric && target.greatest != 1) {
        rules.add(new ScaleRule(Form.RECIPROCAL, precision, target));
      }
    }
    return rules;
  }

  private static Target target(PackedMatrix matrix) {
    CodeType codes = matrix.codes();
    float greatest = 1;
    if (codes == CodeType.E4M3) {
      greatest = 448;
    } else if (codes == CodeType.E2M1) {
      greatest = 6;
    } else if (codes.integer()) {
      greatest = ((1 << codes.bits()) - 1) / 2f;
    }
    if (!(matrix instanceof ScaledMatrix scaled)) {
      return new Target(1, 1, 1, SafetensorsType.F32, false);
    }
    return new Target(
        scaled.factor() == 1 ? greatest : 1,
        scaled.factor(),
        scaled.globalScale(),
        scaled.scaleType(),
        scaled.hasZeroPoints());
  }

  /** The scale, as it is after it was stored. */
  float scale(float min, float max) {
    return stored(unstored(min, max)) * target.factor / target.divisor;
  }

  private float unstored(float min, float max) {
    float absmax = Math.max(Math.abs(min), Math.abs(max));
    return switch (form) {
      case QUOTIENT -> {
        float quotient =
            target.asymmetric
                ? precision.round(
                    precision.round(Math.max(0, max) - Math.min(0, min)) / (2 * target.greatest))
                : precision.round(absmax / target.greatest);
        yield quotient * target.divisor;
      }
      case RECIPROCAL -> 1 / precision.round(target.greatest / absmax);
      case POWER -> power(Float.floatToRawIntBits(absmax));
      case ROUNDED_POWER -> power(Float.floatToRawIntBits(absmax) + (1 << 21));
    };
  }

  private float power(int bits) {
    int exponent = (bits >>> 23) - 127 - Math.getExponent(target.greatest);
    return (float) Math.scalb(1.0, Math.max(-127, exponent));
  }

  private float stored(float scale) {
    return switch (target.type) {
      case F16 -> Precision.F16.round(scale);
      case BF16 -> Precision.BF16.round(scale);
      case F8_E4M3 -> CodeType.E4M3.level(E4M3.nearest(scale));
      default -> scale;
    };
  }

  /** The zero point of unsigned codes. */
  float zero(float min, float max, CodeType codes) {
    if (!codes.integer()) {
      return 0;
    }
    int half = 1 << (codes.bits() - 1);
    if (!target.asymmetric) {
      return half;
    }
    float least = precision.round(Math.min(0, min) / unstored(min, max));
    float zero = precision.round(-half - least);
    return (float) Math.rint(Math.max(-half, Math.min(half - 1, zero))) + half;
  }
}
