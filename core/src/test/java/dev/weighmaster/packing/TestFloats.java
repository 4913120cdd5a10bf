package dev.weighmaster.packing;

/** Rounds to floats of 16 bits and less by trying which is nearest, as IEEE 754 says. */
public final class TestFloats {
  private TestFloats() {}

  /** The nearest half, ties to even. */
  public static short half(float value) {
    return (short) nearest(value, 0x7C00, TestFloats::fromHalf);
  }

  public static float throughHalf(float value) {
    return fromHalf(half(value) & 0xFFFF);
  }

  public static short bfloat16(float value) {
    return (short) nearest(value, 0x7F80, bits -> Float.intBitsToFloat(bits << 16));
  }

  public static float throughBfloat16(float value) {
    return Float.intBitsToFloat(bfloat16(value) << 16);
  }

  /** The code of the nearest E4M3, ties to even, at most 448. */
  public static int e4m3(float value) {
    return nearest(Math.max(-448, Math.min(448, value)), 0x7F, bits -> e4m3(bits)) & 0xFF;
  }

  public static float e4m3(int code) {
    int exponent = (code >> 3) & 15;
    int mantissa = code & 7;
    float size =
        exponent == 0 ? mantissa * 0x1p-9f : (float) Math.scalb(1 + mantissa / 8.0, exponent - 7);
    return (code & 0x80) == 0 ? size : -size;
  }

  /** The code of the nearest E2M1, ties to even. */
  public static int e2m1(float value) {
    float[] sizes = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    float size = Math.min(6, Math.abs(value));
    int code = 0;
    while (code < 7) {
      float middle = (sizes[code] + sizes[code + 1]) / 2;
      if (size < middle || (size == middle && code % 2 == 0)) {
        break;
      }
      code++;
    }
    return value < 0 || (value == 0 && 1 / value < 0) ? code + 8 : code;
  }

  private static float fromHalf(int bits) {
    int exponent = (bits >> 10) & 31;
    int mantissa = bits & 0x3FF;
    double size =
        exponent == 0
            ? mantissa * 0x1p-24
            : exponent == 31
                ? Double.POSITIVE_INFINITY
                : Math.scalb(1 + mantissa / 1024.0, exponent - 15);
    return (float) ((bits & 0x8000) == 0 ? size : -size);
  }

  private interface Values {
    float of(int bits);
  }

  /** Positive floats are in the order of their bits: searches among them. */
  private static int nearest(float value, int end, Values values) {
    int sign = (Float.floatToRawIntBits(value) >>> 31) * (end > 0xFF ? 0x8000 : 0x80);
    float size = Math.abs(value);
    int low = 0;
    int high = end - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (values.of(middle) <= size) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (low < end - 1) {
      double below = (double) size - values.of(low);
      double above = (double) values.of(low + 1) - size;
      if (above < below || (above == below && low % 2 == 1)) {
        low++;
      }
    }
    return sign | low;
  }
}
