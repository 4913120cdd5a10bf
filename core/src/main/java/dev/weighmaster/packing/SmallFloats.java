package dev.weighmaster.packing;

/** The values of floats of 8 bits and less, by their bits. */
final class SmallFloats {
  private static final int BIAS_OF_E8M0 = 127;

  private SmallFloats() {}

  /** The last code of either sign is NaN; there are no infinities. */
  static float[] e4m3() {
    float[] values = signed(4, 3, 7);
    values[0x7F] = Float.NaN;
    values[0xFF] = Float.NaN;
    return values;
  }

  static float[] e2m1() {
    return signed(2, 1, 1);
  }

  /** Powers of 2 without sign; the last code is NaN. */
  static float[] e8m0() {
    float[] values = new float[256];
    for (int i = 0; i < 255; i++) {
      values[i] = (float) Math.scalb(1.0, i - BIAS_OF_E8M0);
    }
    values[255] = Float.NaN;
    return values;
  }

  private static float[] signed(int exponentBits, int mantissaBits, int bias) {
    int half = 1 << (exponentBits + mantissaBits);
    float[] values = new float[2 * half];
    int ones = 1 << mantissaBits;
    for (int i = 0; i < half; i++) {
      int exponent = i >> mantissaBits;
      int mantissa = i & (ones - 1);
      values[i] =
          exponent == 0
              ? Math.scalb((float) mantissa, 1 - bias - mantissaBits)
              : Math.scalb((float) (ones + mantissa), exponent - bias - mantissaBits);
      values[half + i] = -values[i];
    }
    return values;
  }
}
