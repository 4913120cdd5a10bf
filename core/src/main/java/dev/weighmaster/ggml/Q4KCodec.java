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
      arithmetic.weighBySize(row, from + at, SUPER_BLOCK, variance, importance, weights, at);
    }
  }

  @Override
  void storeScales(FoundScales found, int first, byte[] blocks, int offset) {
    float maxScale = greatest(found.scale, first, subBlocks);
    float maxMin = greatest(found.min, first, subBlocks);
    float inverseScale = maxScale > 0 ? MAX_STORED / maxScale : 0;
    float inverseMin = maxMin > 0 ? MAX_STORED / maxMin : 0;
    for (int i = first; i < first + subBlocks; i++) {
      found.storedScale[i] = stored(inverseScale * found.scale[i]);
      found.storedMin[i] = stored(inverseMin * found.min[i]);
    }
    store(found, first, maxScale / MAX_STORED, maxMin / MAX_STORED, blocks, offset);
  }

  /** A negative integer, which only rounding errors give, is a byte before it is limited. */
  private static byte stored(float value) {
    return limited((byte) GgmlFloats.nearestInt(value));
  }

  @Override
  void storeScales(FoundScales found, float[] importance, int count, byte[] blocks, int offset) {
    for (int block = 0; block < count; block++) {
      int at = offset + block * type().blockBytes();
      storeScales(found, block * subBlocks, importance, blocks, at);
    }
  }

  private void storeScales(
      FoundScales found, int first, float[] importance, byte[] blocks, int offset) {
    float scale =
        StoredScaleSearch.find(
            found.scale, first, importance, subBlocks, MAX_STORED, found.storedScale);
    float min =
        StoredScaleSearch.find(
            found.min, first, importance, subBlocks, MAX_STORED, found.storedMin);
    if (fiveBits) { // ggml does not for Q4_K
      for (int i = first; i < first + subBlocks; i++) {
        found.storedScale[i] = limited(found.storedScale[i]);
        found.storedMin[i] = limited(found.storedMin[i]);
      }
    }
    store(found, first, scale, min, blocks, offset);
  }

  private static byte limited(byte stored) {
    return (byte) Math.min(MAX_STORED, stored & 0xFF);
  }

  /** The first four of each have a byte, whose upper two bits are the upper bits of the last. */
  private static void store(
      FoundScales found, int first, float scale, float min, byte[] blocks, int offset) {
    BlockBytes.putHalf(blocks, offset, scale);
    BlockBytes.putHalf(blocks, offset + MIN_AT, min);
    int at = offset + STORED_AT;
    for (int i = 0; i < 4; i++) {
      int lastScale = found.storedScale[first + i + 4] & 0xFF;
      int lastMin = found.storedMin[first + i + 4] & 0xFF;
      blocks[at + i] = (byte) (found.storedScale[first + i] | ((lastScale >> 4) << 6));
      blocks[at + i + 4] = (byte) (found.storedMin[first + i] | ((lastMin >> 4) << 6));
      blocks[at + i + 8] = (byte) ((lastScale & 0xF) | ((lastMin & 0xF) << 4));
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
  void decodeCodes(
      byte[] blocks,
      int offset,
      float[] scales,
      float[] mins,
      byte[] codes,
      float[] row,
      int from) {
    if (fiveBits) {
      super.decodeCodes(blocks, offset, scales, mins, codes, row, from);
      return;
    }
    for (int i = 0; i < subBlocks; i += 2) {
      int at = offset + CODES_AT + i / 2 * SIZE;
      arithmetic.weightsOfNibbles(blocks, at, SIZE, scales, mins, i, row, from + i * SIZE);
    }
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
