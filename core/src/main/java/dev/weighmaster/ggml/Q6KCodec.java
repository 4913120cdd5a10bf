package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.Arrays;

/**
 * Q6_K: 16 sub-blocks of 16 weights with a signed scale of 8 bits each. {@code block_q6_K}: 128
 * bytes with four bits of the codes, 64 bytes with the upper two, 16 bytes of scales, and their
 * scale.
 */
final class Q6KCodec extends KQuantCodec {
  private static final int SIZE = 16;
  private static final int HALF = 32;
  private static final int STORED_HALF = 128;
  private static final int UPPER_AT = SUPER_BLOCK / 2;
  private static final int STORED_AT = UPPER_AT + SUPER_BLOCK / 4;
  private static final int SCALE_AT = STORED_AT + SUPER_BLOCK / SIZE;
  private static final int NIBBLES_TOGETHER = 64;

  Q6KCodec(Arithmetic arithmetic) {
    super(
        GgmlType.Q6_K,
        arithmetic,
        SIZE,
        -HALF,
        HALF - 1,
        arithmetic.centered(SIZE, HALF),
        arithmetic.centered(SIZE, HALF));
  }

  @Override
  void weigh(float[] row, int from, int length, float[] weights) {
    for (int i = 0; i < length; i++) {
      weights[i] = row[from + i] * row[from + i];
    }
  }

  @Override
  void weigh(float[] row, int from, int length, float[] importance, float[] weights) {
    System.arraycopy(importance, 0, weights, 0, length);
  }

  @Override
  void storeScales(FoundScales found, int first, byte[] blocks, int offset) {
    float outermost = CenteredScaleSearch.outermost(found.scale, first, subBlocks);
    int at = offset + STORED_AT;
    if (Math.abs(outermost) < CenteredScaleSearch.ZERO) {
      // ggml clears the whole block, codes included.
      Arrays.fill(found.inverse, first, first + subBlocks, CenteredScaleSearch.INVERSE_OF_ZERO);
      Arrays.fill(blocks, at, at + subBlocks, (byte) 0);
      BlockBytes.putHalf(blocks, offset + SCALE_AT, 0);
      return;
    }
    float inverse = -STORED_HALF / outermost;
    BlockBytes.putHalf(blocks, offset + SCALE_AT, 1 / inverse);
    for (int i = 0; i < subBlocks; i++) {
      int stored = GgmlFloats.nearestInt(inverse * found.scale[first + i]);
      blocks[at + i] = (byte) Math.min(STORED_HALF - 1, stored);
    }
  }

  @Override
  void storeScales(FoundScales found, float[] importance, int count, byte[] blocks, int offset) {
    for (int block = 0; block < count; block++) {
      storeScales(found, block * subBlocks, blocks, offset + block * type().blockBytes());
    }
  }

  @Override
  void loadScales(byte[] blocks, int offset, float[] scales, float[] mins) {
    float scale = BlockBytes.halfAt(blocks, offset + SCALE_AT);
    for (int i = 0; i < subBlocks; i++) {
      scales[i] = scale * blocks[offset + STORED_AT + i];
      mins[i] = 0;
    }
  }

  @Override
  void storeCodes(byte[] codes, byte[] blocks, int offset) {
    CodeBits.packNibbles(codes, SUPER_BLOCK, NIBBLES_TOGETHER, blocks, offset);
    CodeBits.packPairs(codes, 4, blocks, offset + UPPER_AT);
  }

  @Override
  void loadCodes(byte[] blocks, int offset, byte[] codes) {
    CodeBits.unpackNibbles(blocks, offset, SUPER_BLOCK, NIBBLES_TOGETHER, codes);
    CodeBits.addPairs(blocks, offset + UPPER_AT, 4, codes);
  }
}
