package dev.weighmaster.ggml;

/**
 * How ggml converts floats: to 16 bits and back, and to integers.
 *
 * <p>Follows {@code ggml_compute_fp16_to_fp32}, {@code ggml_compute_fp32_to_fp16}, {@code
 * ggml_compute_bf16_to_fp32} and {@code ggml_compute_fp32_to_bf16} in {@code ggml-impl.h}, {@code
 * nearest_int} in {@code ggml-quants.c}, and C's {@code roundf} and conversions to {@code int} as
 * x86-64 executes them.
 */
final class GgmlFloats {
  /** 1.5 · 2<sup>23</sup>: a float of this size has no bits left for a fraction. */
  static final float INTEGERS_ONLY = 12_582_912f;

  private static final int FLOAT_INFINITY = 0x7F80_0000;
  private static final int FLOAT_QUIET_NAN = 0x0040_0000;
  static final int HALF_INFINITY = 0x7C00;
  private static final int HALF_NAN = 0x7E00;

  /** The bits of a half but its sign. */
  static final int HALF_MAGNITUDE = 0x7FFF;

  /** The fraction bits that a float has and a half has not. */
  static final int EXTRA_BITS = 13;

  /** Added to those bits, together with the lowest bit that stays, rounds to even. */
  static final int ALMOST_HALF_A_UNIT = 0xFFF;

  /** What to add to a half's exponent for the exponent of a float, where a float keeps it. */
  static final int REBIAS = (127 - 15) << 23;

  /** 65,520: from here on, the nearest half is infinite. */
  static final int FIRST_INFINITE_HALF = 0x477F_F000;

  /** The bits of the least float that is no denormal half. */
  static final int LEAST_NORMAL_HALF = 0x3880_0000;

  static final float LEAST_HALF = 0x1p-24f;
  static final float LEAST_NORMAL = 0x1p-14f;

  private GgmlFloats() {}

  /** The value of a half-precision float. NaNs keep their payload, and become quiet. */
  static float fromHalf(short half) {
    int sign = (half & 0x8000) << 16;
    int magnitude = half & HALF_MAGNITUDE;
    if (magnitude < 0x0400) {
      return Float.intBitsToFloat(sign | Float.floatToRawIntBits(magnitude * LEAST_HALF));
    }
    int bits = sign | ((magnitude << EXTRA_BITS) + REBIAS);
    if (magnitude < HALF_INFINITY) {
      return Float.intBitsToFloat(bits);
    }
    int quiet = magnitude == HALF_INFINITY ? 0 : FLOAT_QUIET_NAN;
    return Float.intBitsToFloat((bits + REBIAS) | quiet);
  }

  /**
   * The nearest half-precision float, ties to even. Every NaN becomes the quiet one of its sign.
   */
  static short toHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    int magnitude = bits & 0x7FFF_FFFF;
    if (magnitude > FLOAT_INFINITY) {
      return (short) (sign | HALF_NAN);
    }
    if (magnitude >= FIRST_INFINITE_HALF) {
      return (short) (sign | HALF_INFINITY);
    }
    if (magnitude >= LEAST_NORMAL_HALF) {
      int odd = magnitude >>> EXTRA_BITS & 1;
      return (short) (sign | ((magnitude - REBIAS + ALMOST_HALF_A_UNIT + odd) >>> EXTRA_BITS));
    }
    // From 0.5 to 1, floats are 2^-24 apart, as denormal halves are: the addition rounds.
    float rounded = 0.5f + Float.intBitsToFloat(magnitude);
    return (short) (sign | (Float.floatToRawIntBits(rounded) - Float.floatToRawIntBits(0.5f)));
  }

  /** The value after a trip through half precision. */
  static float throughHalf(float value) {
    return fromHalf(toHalf(value));
  }

  static float fromBfloat16(short bfloat16) {
    return Float.intBitsToFloat(bfloat16 << 16);
  }

  /** The nearest bfloat16, ties to even. NaNs keep the upper half of their payload. */
  static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7FFF_FFFF) > FLOAT_INFINITY) {
      return (short) (bits >>> 16 | 0x0040);
    }
    int odd = bits >>> 16 & 1;
    return (short) ((bits + 0x7FFF + odd) >>> 16);
  }

  /**
   * The nearest integer, ties to even. Exact between -2<sup>22</sup> and 2<sup>22</sup>; beyond it
   * is the low bits of the sum, as ggml has them.
   */
  static int nearestInt(float value) {
    return (Float.floatToRawIntBits(value + INTEGERS_ONLY) & 0x007F_FFFF) - 0x0040_0000;
  }

  /**
   * The integer part. What no {@code int} holds gives {@link Integer#MIN_VALUE}, where Java's own
   * conversion gives the nearest one.
   */
  static int truncate(float value) {
    return value >= -0x1p31f && value < 0x1p31f ? (int) value : Integer.MIN_VALUE;
  }

  /** The nearest integer, ties away from zero: {@code roundf} and {@link #truncate}. */
  static int roundHalfAway(float value) {
    int whole = truncate(value);
    if (whole == Integer.MIN_VALUE) {
      return whole;
    }
    // Exact: a float with a fraction is below 2^23.
    float fraction = value - whole;
    if (fraction >= 0.5f) {
      return whole + 1;
    }
    return fraction <= -0.5f ? whole - 1 : whole;
  }
}
