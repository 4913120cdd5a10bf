package dev.weighmaster.weigh.packed;

import dev.weighmaster.weigh.Intermediate;

/** What a tool rounds each result of its arithmetic to. */
enum Precision {
  F32 {
    @Override
    float round(float value) {
      return value;
    }
  },
  F16 {
    @Override
    float round(float value) {
      float size = Math.abs(value);
      if (!(size >= LEAST_NORMAL)) {
        // From 0.5 to 1, floats are 2^-24 apart, as denormal halves are: the addition rounds.
        return Math.copySign(0.5f + size - 0.5f, value);
      }
      if (size >= FIRST_INFINITE) {
        return size > 0 ? Math.copySign(Float.POSITIVE_INFINITY, value) : value;
      }
      return withoutBits(value, 13);
    }
  },
  BF16 {
    @Override
    float round(float value) {
      return Float.isFinite(value) ? withoutBits(value, 16) : value;
    }
  };

  private static final float LEAST_NORMAL = 0x1p-14f;

  /** From here on, the nearest half is infinite. */
  private static final float FIRST_INFINITE = 65_520;

  /** The nearest value, ties to even. */
  abstract float round(float value);

  private static float withoutBits(float value, int count) {
    int bits = Float.floatToRawIntBits(value);
    int odd = (bits >>> count) & 1;
    int rounded = bits + (1 << (count - 1)) - 1 + odd;
    return Float.intBitsToFloat(rounded & (-1 << count));
  }

  Intermediate asIntermediate() {
    return switch (this) {
      case F32 -> Intermediate.NONE;
      case F16 -> Intermediate.F16;
      case BF16 -> Intermediate.BF16;
    };
  }
}
