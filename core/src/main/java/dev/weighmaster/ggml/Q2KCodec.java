package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;
import java.util.Arrays;

/**
 * Q2_K: 16 sub-blocks of 16 weights with a scale and a minimum of 4 bits each. {@code block_q2_K}:
 * scales in the low nibbles of 16 bytes and minima in the high ones, 64 bytes of codes, the scale
 * of the scales and that of the minima.
 */
final class Q2KCodec extends KQuantCodec {
  private static final int SIZE = 16;
  private static final int MAX_CODE = 3;
  private static final int MAX_STORED = 15;
  private static final int CODES_AT = SUPER_BLOCK / SIZE;
  private static final int SCALE_AT = CODES_AT + SUPER_BLOCK / 4;
  private static final int MIN_AT = SCALE_AT + 2;

  Q2KCodec(Arithmetic arithmetic) {
    super(
        GgmlType.Q2_K,
        arithmetic,
        SIZE,
        0,
        MAX_CODE,
        arithmetic.scaleAndMin(
            SIZE, MAX_CODE, new SearchSteps(-0.5f, 0.1f, 15), Deviation.ABSOLUTE),
        arithmetic.scaleAndMin(SIZE, MAX_CODE, SearchSteps.BY_IMPORTANCE, Deviation.SQUARED));
  }

  @Override
  void weigh(float[] row, int from, int length, float[] weights) {
    for (int i = 0; i < length; i++) {
      weights[i] = Math.abs(row[from + i]);
    }
  }

  @Override
  void weigh(float[] row, int from, int length, float[] importance, float[] weights) {
    for (int at = 0; at < length; at += SUPER_BLOCK) {
      float variance = RowWeights.squares(row, from + at, SUPER_BLOCK) / SUPER_BLOCK;
      arithmetic.weighBySize(row, from + at, SUPER_BLOCK, variance, importance, weights, at);
    }
  }

  @Override
  void storeScales(FoundScales found, int first, byte[] blocks, int offset) {
    Arrays.fill(blocks, offset, offset + SIZE, (byte) 0);
    BlockBytes.putHalf(
        blocks, offset + SCALE_AT, storeNibbles(found.scale, first, 0, blocks, offset));
    BlockBytes.putHalf(blocks, offset + MIN_AT, storeNibbles(found.min, first, 4, blocks, offset));
  }

  /** Stores nibbles so that the greatest value gets the greatest one; gives their scale. */
  private static float storeNibbles(
      float[] values, int first, int shift, byte[] blocks, int offset) {
    float max = greatest(values, first, SUPER_BLOCK / SIZE);
    if (max <= 0) {
      return 0;
    }
    float inverse = MAX_STORED / max;
    for (int i = 0; i < SUPER_BLOCK / SIZE; i++) {
      blocks[offset + i] |= (byte) (GgmlFloats.nearestInt(inverse * values[first + i]) << shift);
    }
    return max / MAX_STORED;
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
    for (int i = 0; i < subBlocks; i++) {
      int stored = found.storedScale[first + i] | (found.storedMin[first + i] << 4);
      blocks[offset + i] = (byte) stored;
    }
    BlockBytes.putHalf(blocks, offset + SCALE_AT, scale);
    BlockBytes.putHalf(blocks, offset + MIN_AT, min);
  }

  @Override
  void loadScales(byte[] blocks, int offset, float[] scales, float[] mins) {
    float scale = BlockBytes.halfAt(blocks, offset + SCALE_AT);
    float min = BlockBytes.halfAt(blocks, offset + MIN_AT);
    for (int i = 0; i < subBlocks; i++) {
      scales[i] = scale * (blocks[offset + i] & 0xF);
      mins[i] = min * ((blocks[offset + i] >> 4) & 0xF);
    }
  }

  @Override
  void storeCodes(byte[] codes, byte[] blocks, int offset) {
    CodeBits.packPairs(codes, 0, blocks, offset + CODES_AT);
  }

  @Override
  void loadCodes(byte[] blocks, int offset, byte[] codes) {
    CodeBits.unpackPairs(blocks, offset + CODES_AT, codes);
  }
}
