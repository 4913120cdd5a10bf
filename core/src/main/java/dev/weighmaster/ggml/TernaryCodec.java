package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/** TQ1_0 and TQ2_0: 256 weights which are -1, 0 or 1 times the scale, for BitNet and TriLM. */
abstract class TernaryCodec extends SeparateBlockCodec {
  static final int SIZE = 256;

  private final int scaleAt;

  private TernaryCodec(GgmlType type, int scaleAt) {
    super(type);
    this.scaleAt = scaleAt;
  }

  /** Stores codes 0, 1 and 2. */
  abstract void storeCodes(byte[] codes, byte[] blocks, int offset);

  abstract void loadCodes(byte[] blocks, int offset, byte[] codes);

  @Override
  final void decodeBlock(byte[] blocks, int offset, float[] row, int from) {
    byte[] codes = new byte[SIZE];
    loadCodes(blocks, offset, codes);
    float scale = BlockBytes.halfAt(blocks, offset + scaleAt);
    for (int i = 0; i < SIZE; i++) {
      row[from + i] = (codes[i] - 1) * scale;
    }
  }

  @Override
  final void encodeBlock(float[] row, int from, byte[] blocks, int offset) {
    byte[] codes = new byte[SIZE];
    float scale = RowWeights.greatestDistance(row, from, SIZE);
    float inverse = scale == 0 ? 0 : 1 / scale;
    for (int i = 0; i < SIZE; i++) {
      codes[i] = (byte) (GgmlFloats.roundHalfAway(row[from + i] * inverse) + 1);
    }
    storeCodes(codes, blocks, offset);
    BlockBytes.putHalf(blocks, offset + scaleAt, scale);
  }

  /** TQ2_0, two bits for each weight. {@code block_tq2_0}: 64 bytes of codes, the scale. */
  static final class Pairs extends TernaryCodec {
    Pairs() {
      super(GgmlType.TQ2_0, SIZE / 4);
    }

    @Override
    void storeCodes(byte[] codes, byte[] blocks, int offset) {
      CodeBits.packPairs(codes, 0, blocks, offset);
    }

    @Override
    void loadCodes(byte[] blocks, int offset, byte[] codes) {
      CodeBits.unpackPairs(blocks, offset, codes);
    }
  }

  /**
   * TQ1_0, five weights in a byte. {@code block_tq1_0}: 32 bytes for the first 160 weights, 16
   * bytes for the next 80, four bytes for the last 16, and the scale.
   *
   * <p>A byte is its weights' number in base 3, as a fraction of 3<sup>5</sup> in 256ths: so the
   * next digit is the carry of a multiplication by 3.
   */
  static final class Fives extends TernaryCodec {
    private static final int DIGITS = 5;
    private static final int NUMBERS = 3 * 3 * 3 * 3 * 3;
    private static final int SECOND_AT = 32;
    private static final int THIRD_AT = SECOND_AT + 16;
    private static final int BYTES = THIRD_AT + 4;

    Fives() {
      super(GgmlType.TQ1_0, BYTES);
    }

    @Override
    void storeCodes(byte[] codes, byte[] blocks, int offset) {
      store(codes, 0, DIGITS, SECOND_AT, blocks, offset);
      store(codes, 160, DIGITS, THIRD_AT - SECOND_AT, blocks, offset + SECOND_AT);
      store(codes, 240, DIGITS - 1, BYTES - THIRD_AT, blocks, offset + THIRD_AT);
    }

    /** Each byte holds codes that are {@code bytes} apart. */
    private static void store(
        byte[] codes, int from, int digits, int bytes, byte[] blocks, int offset) {
      for (int i = 0; i < bytes; i++) {
        int number = 0;
        for (int digit = 0; digit < DIGITS; digit++) {
          int code = digit < digits ? codes[from + i + digit * bytes] : 0;
          number = (3 * number + code) & 0xFF;
        }
        blocks[offset + i] = (byte) ((number * 256 + NUMBERS - 1) / NUMBERS);
      }
    }

    @Override
    void loadCodes(byte[] blocks, int offset, byte[] codes) {
      load(blocks, offset, DIGITS, SECOND_AT, codes, 0);
      load(blocks, offset + SECOND_AT, DIGITS, THIRD_AT - SECOND_AT, codes, 160);
      load(blocks, offset + THIRD_AT, DIGITS - 1, BYTES - THIRD_AT, codes, 240);
    }

    private static void load(
        byte[] blocks, int offset, int digits, int bytes, byte[] codes, int from) {
      for (int i = 0; i < bytes; i++) {
        int fraction = blocks[offset + i] & 0xFF;
        for (int digit = 0; digit < digits; digit++) {
          fraction *= 3;
          codes[from + i + digit * bytes] = (byte) (fraction >> 8);
          fraction &= 0xFF;
        }
      }
    }
  }
}
