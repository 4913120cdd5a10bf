package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;

/**
 * Q4_1 and Q5_1: 32 weights with a scale and a minimum. {@code block_q4_1} and {@code block_q5_1}:
 * the scale, the minimum, for Q5_1 four bytes with the fifth bit of the codes, 16 bytes with four
 * bits.
 */
final class Q4MinCodec extends SmallBlockCodec {
  private static final int MIN_AT = 2;
  private static final int CODES_AT = 4;

  private final int maxCode;
  private final ScaleSearch searchByImportance;

  private Q4MinCodec(GgmlType type, int maxCode, Arithmetic arithmetic) {
    super(type, arithmetic, CODES_AT, maxCode > 15);
    this.maxCode = maxCode;
    this.searchByImportance =
        arithmetic.scaleAndMin(SIZE, maxCode, SearchSteps.BY_IMPORTANCE, Deviation.SQUARED);
  }

  static Q4MinCodec fourBits(Arithmetic arithmetic) {
    return new Q4MinCodec(GgmlType.Q4_1, 15, arithmetic);
  }

  static Q4MinCodec fiveBits(Arithmetic arithmetic) {
    return new Q4MinCodec(GgmlType.Q5_1, 31, arithmetic);
  }

  @Override
  ScaleSearch searchByImportance() {
    return searchByImportance;
  }

  @Override
  void decode(byte[] blocks, int offset, byte[] codes, float[] row, int from) {
    float scale = BlockBytes.halfAt(blocks, offset);
    float min = BlockBytes.halfAt(blocks, offset + MIN_AT);
    arithmetic().weights(codes, 0, SIZE, scale, -min, 0, row, from);
  }

  @Override
  void encode(float[] row, int from, byte[] codes, byte[] blocks, int offset) {
    float min = Float.MAX_VALUE;
    float max = -Float.MAX_VALUE;
    for (int i = from; i < from + SIZE; i++) {
      float x = row[i];
      if (x < min) {
        min = x;
      }
      if (x > max) {
        max = x;
      }
    }
    float scale = (max - min) / maxCode;
    float inverse = scale == 0 ? 0 : 1 / scale;
    BlockBytes.putHalf(blocks, offset, scale);
    BlockBytes.putHalf(blocks, offset + MIN_AT, min);
    arithmetic().truncatedCodes(row, from, SIZE, min, inverse, 0.5f, maxCode, codes, 0);
  }

  @Override
  void storeScale(FoundScales found, int block, byte[] blocks, int offset) {
    BlockBytes.putHalf(blocks, offset, found.scale[block]);
    BlockBytes.putHalf(blocks, offset + MIN_AT, -found.min[block]);
  }

  @Override
  void nearestCodes(byte[] blocks, int offset, float[] row, int from, byte[] codes) {
    float scale = BlockBytes.halfAt(blocks, offset);
    float min = BlockBytes.halfAt(blocks, offset + MIN_AT);
    arithmetic().nearestCodes(row, from, SIZE, scale, -min, 0, maxCode, codes, 0);
  }

  @Override
  boolean couldFind(float[] row, int from, byte[] codes) {
    return SearchableCodes.scaleAndMin(row, from, SIZE, maxCode, SearchSteps.BY_IMPORTANCE, codes);
  }
}
