package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/**
 * Q4_0 and Q5_0: 32 weights with a scale. {@code block_q4_0} and {@code block_q5_0}: the scale, for
 * Q5_0 four bytes with the fifth bit of the codes, 16 bytes with four bits.
 */
final class Q4Codec extends SmallBlockCodec {
  private static final int CODES_AT = 2;

  private final int half;
  private final ScaleSearch searchByImportance;

  private Q4Codec(GgmlType type, int half, Arithmetic arithmetic) {
    super(type, arithmetic, CODES_AT, half > 8);
    this.half = half;
    this.searchByImportance = arithmetic.centered(SIZE, half);
  }

  static Q4Codec fourBits(Arithmetic arithmetic) {
    return new Q4Codec(GgmlType.Q4_0, 8, arithmetic);
  }

  static Q4Codec fiveBits(Arithmetic arithmetic) {
    return new Q4Codec(GgmlType.Q5_0, 16, arithmetic);
  }

  @Override
  ScaleSearch searchByImportance() {
    return searchByImportance;
  }

  @Override
  void decode(byte[] blocks, int offset, byte[] codes, float[] row, int from) {
    float scale = BlockBytes.halfAt(blocks, offset);
    arithmetic().weights(codes, 0, SIZE, scale, 0, -half, row, from);
  }

  @Override
  void encode(float[] row, int from, byte[] codes, byte[] blocks, int offset) {
    float scale = outermost(row, from) / -half;
    float inverse = scale == 0 ? 0 : 1 / scale;
    BlockBytes.putHalf(blocks, offset, scale);
    arithmetic().truncatedCodes(row, from, SIZE, 0, inverse, half + 0.5f, 2 * half - 1, codes, 0);
  }

  /** The weight furthest from 0, the first of several. */
  private float outermost(float[] row, int from) {
    float distance = arithmetic().greatestDistance(row, from, SIZE);
    for (int i = from; i < from + SIZE; i++) {
      if (Math.abs(row[i]) == distance) {
        return distance == 0 ? 0 : row[i];
      }
    }
    return Float.NaN;
  }

  @Override
  void storeScale(FoundScales found, int block, byte[] blocks, int offset) {
    BlockBytes.putHalf(blocks, offset, found.scale[block]);
  }

  @Override
  void nearestCodes(byte[] blocks, int offset, float[] row, int from, byte[] codes) {
    float scale = BlockBytes.halfAt(blocks, offset);
    arithmetic().nearestCodes(row, from, SIZE, scale, 0, -half, half - 1, codes, 0);
  }

  @Override
  boolean couldFind(float[] row, int from, byte[] codes) {
    return SearchableCodes.centered(row, from, SIZE, half, codes);
  }
}
