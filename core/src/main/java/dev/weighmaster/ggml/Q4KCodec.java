package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;

/**
 * Q4_K and Q5_K: 8 sub-blocks of 32 weights with a scale and a minimum of 6 bits each. {@code
 * block_q4_K} and {@code block_q5_K}: the scale of the scales, that of the minima, 12 bytes of
 * scales and minima, for Q5_K 32 bytes with the fifth bit of the codes, 128 bytes with four bits.
 */
final class Q4KCodec extends KQuantCodec {
  private static final int SIZE = 32;
  private static final int MAX_STORED = 63;
  private static final int MIN_AT = 2;
  private static final int STORED_AT = MIN_AT + 2;
  private static final int CODES_AT = STORED_AT + 12;
  private static final int FIFTH_BITS = SUPER_BLOCK / 8;

  private final boolean fiveBits;

  private Q4KCodec(GgmlType type, int maxCode, SearchSteps steps, Arithmetic arithmetic) {
    super(
        type,
        arithmetic,
        SIZE,
        0,
        maxCode,
        arithmetic.scaleAndMin(SIZE, maxCode, steps, Deviation.SQUARED),
        arithmetic.scaleAndMin(SIZE, maxCode, SearchSteps.BY_IMPORTANCE, Deviation.SQUARED));
    this.fiveBits = type == GgmlType.Q5_K;
  }

  static Q4KCodec fourBits(Arithmetic arithmetic) {
    return new Q4KCodec(GgmlType.Q4_K, 15, new SearchSteps(-1, 0.1f, 20), arithmetic);
  }

  static Q4KCodec fiveBits(Arithmetic arithmetic) {
    return new Q4KCodec(GgmlType.Q5_K, 31, new SearchSteps(-0.5f, 0.1f, 15), arithmetic);
  }

  @Override
  void weigh(float[] row, int from, int length, float[] weights) {
    for (int at = 0; at < length; at += SIZE) {
      float deviation = (float) Math.sqrt(RowWeights.squares(row, from + at, SIZE) / SIZE);
      for (int i = at; i < at + SIZE; i++) {
        weights[i] = deviation + Math.abs(row[from + i]);
      }
    }
  }

  @Override
  void weigh(float[] row, int from, int length, float[] importance, float[] weights) {
    for (int at = 0; at < length; at += SUPER_BLOCK) {
      float variance = 2 * RowWeights.squares(row, from + at, SUPER_BLOCK) / SUPER_BLOCK;
      RowWeights.bySize(row, from + at, SUPER_BLOCK, variance, importance, weights, at);
    }
  }

  @Override
  void storeScales(FoundScales found, int first, byte[] blocks, int offset) {
    float maxScale = greatest(found.scale, first, subBlocks);
    float maxMin = greatest(found.min, first, subBlocks);
    float inverseScale = maxScale > 0 ? MAX_STORED / maxScale : 0;
    float inverseMin = maxMin > 0 ? MAX_STORED / maxMin : 0;
    int[] scales = new int[subBlocks];
    int[] mins = new int[subBlocks];
    for (int i = 0; i < subBlocks; i++) {
      scales[i] = stored(inverseScale * found.scale[first + i]);
      mins[i] = stored(inverseMin * found.min[first + i]);
    }
    store(scales, maxScale / MAX_STORED, mins, maxMin / MAX_STORED, blocks, offset);
  }

  /** A negative integer, which only rounding errors give, is a byte before it is limited. */
  private static int stored(float value) {
    return Math.min(MAX_STORED, GgmlFloats.nearestInt(value) & 0xFF);
  }

  @Override
  void storeScales(
      FoundScales found, int first, float[] weights, int weightsFrom, byte[] blocks, int offset) {
    float[] importance = weightsOfSubBlocks(weights, weightsFrom);
    int[] scales = new int[subBlocks];
    int[] mins = new int[subBlocks];
    float scale = StoredScaleSearch.find(found.scale, first, importance, MAX_STORED, scales);
    float min = StoredScaleSearch.find(found.min, first, importance, MAX_STORED, mins);
    if (fiveBits) {
      limit(scales);
      limit(mins);
    }
    store(scales, scale, mins, min, blocks, offset);
  }

  /** As ggml does for Q5_K alone: it matters for a scale that is negative by rounding. */
  private static void limit(int[] stored) {
    for (int i = 0; i < stored.length; i++) {
      stored[i] = Math.min(MAX_STORED, stored[i]);
    }
  }

  /** The first four of each have a byte, whose upper two bits are the upper bits of the last. */
  private static void store(
      int[] scales, float scale, int[] mins, float min, byte[] blocks, int offset) {
    BlockBytes.putHalf(blocks, offset, scale);
    BlockBytes.putHalf(blocks, offset + MIN_AT, min);
    int at = offset + STORED_AT;
    for (int i = 0; i < 4; i++) {
      blocks[at + i] = (byte) (scales[i] | ((scales[i + 4] >> 4) << 6));
      blocks[at + i + 4] = (byte) (mins[i] | ((mins[i + 4] >> 4) << 6));
      blocks[at + i + 8] = (byte) ((scales[i + 4] & 0xF) | ((mins[i + 4] & 0xF) << 4));
    }
  }

  @Override
  void loadScales(byte[] blocks, int offset, float[] scales, float[] mins) {
    float scale = BlockBytes.halfAt(blocks, offset);
    float min = BlockBytes.halfAt(blocks, offset + MIN_AT);
    int at = offset + STORED_AT;
    for (int i = 0; i < 4; i++) {
      int firstScale = blocks[at + i] & 0xFF;
      int firstMin = blocks[at + i + 4] & 0xFF;
      int last = blocks[at + i + 8] & 0xFF;
      scales[i] = scale * (firstScale & MAX_STORED);
      mins[i] = min * (firstMin & MAX_STORED);
      scales[i + 4] = scale * ((last & 0xF) | ((firstScale >> 6) << 4));
      mins[i + 4] = min * ((last >> 4) | ((firstMin >> 6) << 4));
    }
  }

  @Override
  void storeCodes(byte[] codes, byte[] blocks, int offset) {
    int at = offset + CODES_AT;
    if (fiveBits) {
      CodeBits.packBits(codes, 4, blocks, at);
      at += FIFTH_BITS;
    }
    CodeBits.packNibbles(codes, SUPER_BLOCK, SIZE, blocks, at);
  }

  @Override
  void loadCodes(byte[] blocks, int offset, byte[] codes) {
    int at = offset + CODES_AT;
    if (fiveBits) {
      CodeBits.unpackNibbles(blocks, at + FIFTH_BITS, SUPER_BLOCK, SIZE, codes);
      CodeBits.addBits(blocks, at, 4, codes);
    } else {
      CodeBits.unpackNibbles(blocks, at, SUPER_BLOCK, SIZE, codes);
    }
  }
}
