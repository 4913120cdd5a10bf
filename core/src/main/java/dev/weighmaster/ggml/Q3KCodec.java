package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.Arrays;

/**
 * Q3_K: 16 sub-blocks of 16 weights with a signed scale of 6 bits each. {@code block_q3_K}: 32
 * bytes with the third bit of the codes, 64 bytes with two bits, 12 bytes of scales, and their
 * scale.
 */
final class Q3KCodec extends KQuantCodec {
  private static final int SIZE = 16;
  private static final int HALF = 4;
  private static final int STORED_HALF = 32;
  private static final int CODES_AT = SUPER_BLOCK / 8;
  private static final int STORED_AT = CODES_AT + SUPER_BLOCK / 4;
  private static final int STORED_BYTES = 12;
  private static final int SCALE_AT = STORED_AT + STORED_BYTES;

  /** The scales of a super-block are stored as the weights of a sub-block are. */
  private final ScaleSearch storedScales;

  Q3KCodec(Arithmetic arithmetic) {
    super(
        GgmlType.Q3_K,
        arithmetic,
        SIZE,
        -HALF,
        HALF - 1,
        arithmetic.descending(SIZE, HALF),
        arithmetic.centered(SIZE, HALF));
    this.storedScales = arithmetic.centered(SUPER_BLOCK / SIZE, STORED_HALF);
  }

  /** Nothing: the search weighs by itself. */
  @Override
  void weigh(float[] row, int from, int length, float[] weights) {}

  @Override
  void weigh(float[] row, int from, int length, float[] importance, float[] weights) {
    for (int at = 0; at < length; at += SUPER_BLOCK) {
      float variance = 2 * RowWeights.squares(row, from + at, SUPER_BLOCK) / SUPER_BLOCK;
      arithmetic.weighBySize(row, from + at, SUPER_BLOCK, variance, importance, weights, at);
    }
  }

  @Override
  void storeScales(FoundScales found, int first, byte[] blocks, int offset) {
    float outermost = CenteredScaleSearch.outermost(found.scale, first, subBlocks);
    float scale = 0;
    // Where there is no scale, ggml stores zeros.
    Arrays.fill(found.storedScale, first, first + subBlocks, (byte) 0);
    if (outermost != 0) {
      float inverse = -STORED_HALF / outermost;
      for (int i = first; i < first + subBlocks; i++) {
        int code = (byte) GgmlFloats.nearestInt(inverse * found.scale[i]);
        found.storedScale[i] =
            (byte) (Math.max(-STORED_HALF, Math.min(STORED_HALF - 1, code)) + STORED_HALF);
      }
      scale = 1 / inverse;
    }
    store(found, first, scale, blocks, offset);
  }

  @Override
  void storeScales(FoundScales found, float[] importance, int count, byte[] blocks, int offset) {
    var scales = new FoundScales(count);
    storedScales.find(found.scale, 0, importance, count, scales);
    for (int block = 0; block < count; block++) {
      int first = block * subBlocks;
      storedScales.codes(found.scale, first, scales, block, found.storedScale, first);
      store(found, first, scales.scale[block], blocks, offset + block * type().blockBytes());
    }
  }

  /** The low four bits as nibbles, the upper two in the last four bytes. */
  private static void store(FoundScales found, int first, float scale, byte[] blocks, int offset) {
    byte[] stored = found.storedScale;
    int at = offset + STORED_AT;
    for (int i = 0; i < 8; i++) {
      blocks[at + i] = (byte) ((stored[first + i] & 0xF) | (stored[first + i + 8] << 4));
    }
    for (int i = 0; i < 4; i++) {
      int upper = 0;
      for (int j = 0; j < 4; j++) {
        upper |= (stored[first + i + 4 * j] >> 4) << (2 * j);
      }
      blocks[at + 8 + i] = (byte) upper;
    }
    BlockBytes.putHalf(blocks, offset + SCALE_AT, scale);
  }

  @Override
  void loadScales(byte[] blocks, int offset, float[] scales, float[] mins) {
    float scale = BlockBytes.halfAt(blocks, offset + SCALE_AT);
    int at = offset + STORED_AT;
    for (int i = 0; i < subBlocks; i++) {
      int lower = (blocks[at + i % 8] >> (4 * (i / 8))) & 0xF;
      int upper = (blocks[at + 8 + i % 4] >> (2 * (i / 4))) & 3;
      scales[i] = scale * ((lower | (upper << 4)) - STORED_HALF);
      mins[i] = 0;
    }
  }

  @Override
  void storeCodes(byte[] codes, byte[] blocks, int offset) {
    CodeBits.packBits(codes, 2, blocks, offset);
    CodeBits.packPairs(codes, 0, blocks, offset + CODES_AT);
  }

  @Override
  void loadCodes(byte[] blocks, int offset, byte[] codes) {
    CodeBits.unpackPairs(blocks, offset + CODES_AT, codes);
    CodeBits.addBits(blocks, offset, 2, codes);
  }
}
