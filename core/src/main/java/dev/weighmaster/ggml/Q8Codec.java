package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/** Q8_0: 32 weights of a signed byte each. {@code block_q8_0}: the scale, 32 bytes of codes. */
final class Q8Codec extends SeparateBlockCodec {
  private static final int SIZE = 32;
  private static final int MAX_CODE = 127;
  private static final int CODES_AT = 2;

  private final Arithmetic arithmetic;

  Q8Codec(Arithmetic arithmetic) {
    super(GgmlType.Q8_0);
    this.arithmetic = arithmetic;
  }

  @Override
  void decodeBlock(byte[] blocks, int offset, float[] row, int from) {
    float scale = BlockBytes.halfAt(blocks, offset);
    arithmetic.weights(blocks, offset + CODES_AT, SIZE, scale, 0, 0, row, from);
  }

  @Override
  void encodeBlock(float[] row, int from, byte[] blocks, int offset) {
    float scale = arithmetic.greatestDistance(row, from, SIZE) / MAX_CODE;
    float inverse = scale == 0 ? 0 : 1 / scale;
    BlockBytes.putHalf(blocks, offset, scale);
    arithmetic.roundedCodes(row, from, SIZE, inverse, blocks, offset + CODES_AT);
  }
}
