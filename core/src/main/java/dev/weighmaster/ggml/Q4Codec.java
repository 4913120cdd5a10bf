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

  private Q4Codec(GgmlType type, int half, Searches searches) {
    super(type, CODES_AT, half > 8);
    this.half = half;
    this.searchByImportance = searches.centered(SIZE, half);
  }

  static Q4Codec fourBits(Searches searches) {
    return new Q4Codec(GgmlType.Q4_0, 8, searches);
  }

  static Q4Codec fiveBits(Searches searches) {
    return new Q4Codec(GgmlType.Q5_0, 16, searches);
  }

  @Override
  ScaleSearch searchByImportance() {
    return searchByImportance;
  }

  @Override
  void decode(byte[] blocks, int offset, byte[] codes, float[] row, int from) {
    float scale = BlockBytes.halfAt(blocks, offset);
    for (int i = 0; i < SIZE; i++) {
      row[from + i] = (codes[i] - half) * scale;
    }
  }

  @Override
  void encode(float[] row, int from, byte[] codes, byte[] blocks, int offset) {
    float scale = CenteredScaleSearch.outermost(row, from, SIZE) / -half;
    float inverse = scale == 0 ? 0 : 1 / scale;
    BlockBytes.putHalf(blocks, offset, scale);
    for (int i = 0; i < SIZE; i++) {
      int code = (byte) GgmlFloats.truncate(row[from + i] * inverse + (half + 0.5f));
      codes[i] = (byte) Math.min(2 * half - 1, code);
    }
  }

  @Override
  void storeScale(FoundScales found, int block, byte[] blocks, int offset) {
    BlockBytes.putHalf(blocks, offset, found.scale[block]);
  }
}
