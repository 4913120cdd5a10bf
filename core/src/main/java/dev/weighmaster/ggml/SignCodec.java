package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/**
 * Q1_0: 128 weights, of which the signs are kept. {@code block_q1_0}: the mean distance from 0, and
 * 16 bytes of signs, 1 for a weight that is not negative.
 */
final class SignCodec extends SeparateBlockCodec {
  private static final int SIZE = 128;
  private static final int SIGNS_AT = 2;

  SignCodec() {
    super(GgmlType.Q1_0);
  }

  @Override
  void decodeBlock(byte[] blocks, int offset, float[] row, int from) {
    float scale = BlockBytes.halfAt(blocks, offset);
    for (int i = 0; i < SIZE; i++) {
      boolean positive = ((blocks[offset + SIGNS_AT + i / 8] >> (i % 8)) & 1) == 1;
      row[from + i] = positive ? scale : -scale;
    }
  }

  @Override
  void encodeBlock(float[] row, int from, byte[] blocks, int offset) {
    float sum = 0;
    for (int i = from; i < from + SIZE; i++) {
      sum += Math.abs(row[i]);
    }
    BlockBytes.putHalf(blocks, offset, sum / SIZE);
    for (int i = 0; i < SIZE; i += 8) {
      int signs = 0;
      for (int j = 0; j < 8; j++) {
        signs |= row[from + i + j] >= 0 ? 1 << j : 0;
      }
      blocks[offset + SIGNS_AT + i / 8] = (byte) signs;
    }
  }
}
