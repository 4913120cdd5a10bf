package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/**
 * Q2_0: 64 weights of two bits each, which are -1, 0, 1 or 2 times the scale. {@code block_q2_0}:
 * the scale, 16 bytes of codes, four neighbours in each.
 */
final class Q2Codec extends SeparateBlockCodec {
  private static final int SIZE = 64;
  private static final int MAX_CODE = 3;
  private static final int CODES_AT = 2;

  Q2Codec() {
    super(GgmlType.Q2_0);
  }

  @Override
  void decodeBlock(byte[] blocks, int offset, float[] row, int from) {
    float scale = BlockBytes.halfAt(blocks, offset);
    for (int i = 0; i < SIZE; i++) {
      int code = (blocks[offset + CODES_AT + i / 4] >> (2 * (i % 4))) & MAX_CODE;
      row[from + i] = (code - 1) * scale;
    }
  }

  @Override
  void encodeBlock(float[] row, int from, byte[] blocks, int offset) {
    float scale = RowWeights.greatestDistance(row, from, SIZE);
    float inverse = scale > 0 ? 1 / scale : 0;
    BlockBytes.putHalf(blocks, offset, scale);
    for (int i = 0; i < SIZE; i += 4) {
      int four = 0;
      for (int j = 0; j < 4; j++) {
        int code = GgmlFloats.roundHalfAway(row[from + i + j] * inverse) + 1;
        four |= Math.max(0, Math.min(MAX_CODE, code)) << (2 * j);
      }
      blocks[offset + CODES_AT + i / 4] = (byte) four;
    }
  }
}
