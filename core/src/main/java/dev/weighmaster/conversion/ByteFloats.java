package dev.weighmaster.conversion;

import dev.weighmaster.format.safetensors.SafetensorsType;
import java.util.Optional;

/** The values of floats of 8 bits, as PyTorch converts them. */
final class ByteFloats {
  private static final float[] E4M3 = table(4, false);
  private static final float[] E5M2 = table(5, true);

  private ByteFloats() {}

  /** The value of each byte; empty for types that are not read. */
  static Optional<float[]> of(SafetensorsType type) {
    if (type == SafetensorsType.F8_E4M3) {
      return Optional.of(E4M3);
    }
    return type == SafetensorsType.F8_E5M2 ? Optional.of(E5M2) : Optional.empty();
  }

  /**
   * @param infinite whether the greatest exponent is for infinity and what is no number; else only
   *     its greatest mantissa is no number
   */
  private static float[] table(int exponentBits, boolean infinite) {
    int mantissaBits = 7 - exponentBits;
    int bias = (1 << (exponentBits - 1)) - 1;
    int greatest = (1 << exponentBits) - 1;
    float[] values = new float[256];
    for (int i = 0; i < values.length; i++) {
      int exponent = (i >> mantissaBits) & greatest;
      int mantissa = i & ((1 << mantissaBits) - 1);
      float value =
          exponent == 0
              ? Math.scalb((float) mantissa, 1 - bias - mantissaBits)
              : Math.scalb(
                  (float) (mantissa + (1 << mantissaBits)), exponent - bias - mantissaBits);
      if (infinite && exponent == greatest) {
        value = mantissa == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
      } else if (!infinite && (i & 0x7F) == 0x7F) {
        value = Float.NaN;
      }
      values[i] = i < 128 ? value : -value;
    }
    return values;
  }
}
