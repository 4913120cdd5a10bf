package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/**
 * MXFP4 and NVFP4: weights that are floats of four bits (E2M1: a sign, two bits of exponent, one of
 * mantissa) times a scale that is a float of eight bits.
 */
abstract class FloatNibbleCodec extends SeparateBlockCodec {
  /** Twice the values of E2M1, which are integers. ggml's {@code kvalues_fp4}. */
  private static final byte[] DOUBLED_VALUES = {
    0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12
  };

  private final Arithmetic arithmetic;
  private final int size;
  private final int groups;

  private final float[] halfScales;

  /**
   * @param size weights that share a scale; the scales of a block are its first bytes
   * @param halfScales the scale of a group's doubled values for each byte: half of what it says
   */
  private FloatNibbleCodec(GgmlType type, Arithmetic arithmetic, int size, float[] halfScales) {
    super(type);
    this.arithmetic = arithmetic;
    this.size = size;
    this.groups = type.blockElements() / size;
    this.halfScales = halfScales;
  }

  /** The scale, as a byte, for weights of up to {@code greatest}. */
  abstract int scaleFor(float greatest);

  @Override
  final void decodeBlock(byte[] blocks, int offset, float[] row, int from) {
    int at = offset + groups;
    for (int group = 0; group < groups; group++) {
      float scale = halfScales[blocks[offset + group] & 0xFF];
      int first = from + group * size;
      for (int i = first; i < first + size / 2; i++) {
        int pair = blocks[at++];
        row[i] = DOUBLED_VALUES[pair & 0xF] * scale;
        row[i + size / 2] = DOUBLED_VALUES[(pair >> 4) & 0xF] * scale;
      }
    }
  }

  @Override
  final void encodeBlock(float[] row, int from, byte[] blocks, int offset) {
    byte[] codes = new byte[size];
    for (int group = 0; group < groups; group++) {
      int first = from + group * size;
      int stored = scaleFor(arithmetic.greatestDistance(row, first, size)) & 0xFF;
      blocks[offset + group] = (byte) stored;
      arithmetic.nearestLevels(row, first, size, DOUBLED_VALUES, halfScales[stored], codes);
      CodeBits.packNibbles(codes, size, size / 2, blocks, offset + groups + group * size / 2);
    }
  }

  /**
   * MXFP4: 32 weights under a power of 2 (E8M0). {@code block_mxfp4}: the scale, 16 bytes of codes.
   */
  static final class Mx extends FloatNibbleCodec {
    private static final int BIAS = 127;

    /** The exponent of E2M1's greatest value. */
    private static final int GREATEST_EXPONENT = 2;

    private static final double LN_2 = Math.log(2);

    Mx(Arithmetic arithmetic) {
      super(GgmlType.MXFP4, arithmetic, 32, halfScales());
    }

    private static float[] halfScales() {
      float[] scales = new float[256];
      for (int i = 0; i < scales.length; i++) {
        scales[i] = (float) Math.scalb(0.5, i - BIAS);
      }
      return scales;
    }

    @Override
    int scaleFor(float greatest) {
      if (!(greatest > 0)) {
        return 0;
      }
      // ggml's log2f gives a float: just below a power of 2, it is that power's.
      float logarithm = (float) (Math.log(greatest) / LN_2);
      return GgmlFloats.truncate((float) Math.floor(logarithm)) - GREATEST_EXPONENT + BIAS;
    }
  }

  /**
   * NVFP4: four times 16 weights under a float without sign (UE4M3). {@code block_nvfp4}: four
   * scales, 32 bytes of codes.
   */
  static final class Nv extends FloatNibbleCodec {
    private static final int MANTISSA_BITS = 3;
    private static final int BIAS = 7;
    private static final int GREATEST_EXPONENT = 15;

    /** 448, the greatest finite value. */
    private static final int GREATEST = 0x7E;

    private static final int NAN = 0x7F;

    /** E2M1's greatest value. */
    private static final float GREATEST_VALUE = 6;

    Nv(Arithmetic arithmetic) {
      super(GgmlType.NVFP4, arithmetic, 16, halfScales());
    }

    private static float[] halfScales() {
      float[] scales = new float[256];
      for (int i = 0; i < scales.length; i++) {
        int exponent = (i >> MANTISSA_BITS) & GREATEST_EXPONENT;
        int mantissa = i & 7;
        scales[i] =
            exponent == 0
                ? Math.scalb((float) mantissa, -BIAS - MANTISSA_BITS)
                : Math.scalb(8f + mantissa, exponent - BIAS - MANTISSA_BITS - 1);
      }
      scales[NAN] = 0;
      return scales;
    }

    /**
     * Follows {@code ggml_fp32_to_ue4m3}: ties are rounded up, and what would round to 448 or more,
     * or has its exponent, is 448.
     */
    @Override
    int scaleFor(float greatest) {
      float value = greatest / GREATEST_VALUE;
      if (!(value > 0)) {
        return 0;
      }
      int bits = Float.floatToRawIntBits(value);
      int exponent = (bits >>> 23) - 127 + BIAS;
      if (exponent <= 0) {
        return Math.min(7, GgmlFloats.truncate(value * 512 + 0.5f));
      }
      // One bit more than the mantissa has, to round by.
      int rounded = (((exponent << (MANTISSA_BITS + 1)) | ((bits >>> 19) & 15)) + 1) >> 1;
      return rounded >> MANTISSA_BITS >= GREATEST_EXPONENT ? GREATEST : rounded;
    }
  }
}
