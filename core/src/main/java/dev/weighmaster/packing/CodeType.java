package dev.weighmaster.packing;

import java.util.Arrays;

/** What the codes of a matrix stand for, before they are scaled. Immutable. */
public final class CodeType {
  /** E2M1: a sign, two bits of exponent, one of mantissa. */
  public static final CodeType E2M1 = new CodeType("E2M1", 4, SmallFloats.e2m1());

  /** E4M3 without infinities. */
  public static final CodeType E4M3 = new CodeType("E4M3", 8, SmallFloats.e4m3());

  /** The quantiles of a normal distribution that QLoRA calls NF4. */
  public static final CodeType NF4 =
      new CodeType(
          "NF4",
          4,
          new float[] {
            -1f,
            -0.6961928f,
            -0.52507305f,
            -0.3949175f,
            -0.28444138f,
            -0.18477343f,
            -0.091050036f,
            0f,
            0.0795803f,
            0.1609302f,
            0.2461123f,
            0.33791524f,
            0.44070983f,
            0.562617f,
            0.72295684f,
            1f
          });

  /** The four-bit float of bitsandbytes, as parts of its greatest value. */
  public static final CodeType FP4 = new CodeType("FP4", 4, fp4());

  private final String name;
  private final int bits;
  private final boolean integer;
  private final float[] levels;

  private CodeType(String name, int bits, float[] levels) {
    this(name, bits, false, levels);
  }

  private CodeType(String name, int bits, boolean integer, float[] levels) {
    this.name = name;
    this.bits = bits;
    this.integer = integer;
    this.levels = levels;
  }

  /**
   * Integers from 0 on.
   *
   * @param bits from 1 to 8
   */
  public static CodeType integers(int bits) {
    float[] levels = new float[1 << bits];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = i;
    }
    return new CodeType("INT" + bits, bits, true, levels);
  }

  private static float[] fp4() {
    float[] twelfths = {0, 0.0625f, 8, 12, 4, 6, 2, 3};
    float[] levels = new float[16];
    for (int i = 0; i < twelfths.length; i++) {
      levels[i] = twelfths[i] / 12;
      levels[i + 8] = -levels[i];
    }
    return levels;
  }

  public String name() {
    return name;
  }

  /** Of a code. */
  public int bits() {
    return bits;
  }

  /** Whether codes are evenly spaced and can have a zero point. */
  public boolean integer() {
    return integer;
  }

  /** What a code stands for; NaN for a code that stands for nothing. */
  public float level(int code) {
    return levels[code];
  }

  /** The levels in the order of their codes. */
  public float[] levels() {
    return Arrays.copyOf(levels, levels.length);
  }
}
