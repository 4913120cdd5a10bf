package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/** Q8_0: 32 weights of a signed byte each. {@code block_q8_0}: the scale, 32 bytes of codes. */
final class Q8Codec extends SeparateBlockCodec {
  private static final int SIZE = 32;
  private static final int MAX_CODE = 127;
  private static final int CODES_AT = 2;

  Q8Codec() {
    super(GgmlType.Q8_0);
  }

  @Override
  void decodeBlock(byte[] blocks, int offset, float[] row, int from) {
    float scale = BlockBytes.halfAt(blocks, offset);
    for (int i = 0; i < SIZE; i++) {
      row[from + i] = blocks[offset + CODES_AT + i] * scale;
    }
  }

  @Override
  void encodeBlock(float[] row, int from, byte[] blocks, int offset) {
    float scale = RowWeights.greatestDistance(row, from, SIZE) / MAX_CODE;
    float inverse = scale == 0 ? 0 : 1 / scale;
    BlockBytes.putHalf(blocks, offset, scale);
    for (int i = 0; i < SIZE; i++) {
      blocks[offset + CODES_AT + i] = (byte) GgmlFloats.roundHalfAway(row[from + i] * inverse);
    }
  }
}
