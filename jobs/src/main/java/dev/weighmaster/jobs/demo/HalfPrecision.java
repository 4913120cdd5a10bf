package dev.weighmaster.jobs.demo;

/** Conversion to IEEE 754 binary16, which the JDK has from version 20 on. */
final class HalfPrecision {
  private static final int INFINITY = 0x7c00;
  private static final int LEAST_NORMAL = Float.floatToIntBits(0x1p-14f);
  private static final int TOO_LARGE = Float.floatToIntBits(0x1p16f);

  private HalfPrecision() {}

  /** The nearest value, of two the even one; what is too large becomes infinite. */
  static short of(float value) {
    int bits = Float.floatToIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & Integer.MAX_VALUE;
    if (Float.isNaN(value)) {
      return (short) (sign | INFINITY | 0x200);
    }
    if (magnitude >= TOO_LARGE) {
      return (short) (sign | INFINITY);
    }
    if (magnitude < LEAST_NORMAL) {
      // One half has the last place that a subnormal has: adding it rounds.
      float rounded = Float.intBitsToFloat(magnitude) + 0.5f;
      return (short) (sign | (Float.floatToIntBits(rounded) - Float.floatToIntBits(0.5f)));
    }
    int even = (magnitude >>> 13) & 1;
    int rebiased = magnitude - ((127 - 15) << 23);
    return (short) (sign | ((rebiased + 0xfff + even) >>> 13));
  }
}
