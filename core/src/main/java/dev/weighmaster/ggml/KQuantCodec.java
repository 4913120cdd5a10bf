package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.Objects;

/**
 * ggml's K-quants, Q2_K to Q6_K: super-blocks of 256 weights, whose sub-blocks have a scale each
 * and, in some types, a minimum. Scales and minima are themselves stored as small integers.
 *
 * <p>Encoding goes in the same steps for all of them: find each sub-block's scale; store the
 * scales; and give every weight the code that is nearest under the scale as it is stored.
 */
abstract class KQuantCodec extends BlockCodec implements ForcedCodec {
  static final int SUPER_BLOCK = 256;

  final Arithmetic arithmetic;
  final int size;
  final int subBlocks;
  private final int leastCode;
  private final int greatestCode;
  private final ScaleSearch search;
  private final ScaleSearch searchByImportance;

  /**
   * @param size weights in a sub-block
   * @param leastCode of a weight; codes are stored minus it, from 0 up
   * @param greatestCode of a weight
   */
  KQuantCodec(
      GgmlType type,
      Arithmetic arithmetic,
      int size,
      int leastCode,
      int greatestCode,
      ScaleSearch search,
      ScaleSearch searchByImportance) {
    super(type);
    this.arithmetic = arithmetic;
    this.size = size;
    this.subBlocks = SUPER_BLOCK / size;
    this.leastCode = leastCode;
    this.greatestCode = greatestCode;
    this.search = search;
    this.searchByImportance = searchByImportance;
  }

  @Override
  public final boolean heedsImportance() {
    return true;
  }

  /** How much the errors of a row's weights count where columns have no importance. */
  abstract void weigh(float[] row, int from, int length, float[] weights);

  /** How much the errors of a row's weights count where columns have importance. */
  abstract void weigh(float[] row, int from, int length, float[] importance, float[] weights);

  /** Stores a super-block's scales, the first of which is {@code found}'s at {@code first}. */
  abstract void storeScales(FoundScales found, int first, byte[] blocks, int offset);

  /**
   * Stores the scales of {@code count} super-blocks where columns have importance.
   *
   * @param importance how much each sub-block's error counts
   */
  abstract void storeScales(
      FoundScales found, float[] importance, int count, byte[] blocks, int offset);

  /** Reads a super-block's scales and minima: a weight is {@code scale * code - min}. */
  abstract void loadScales(byte[] blocks, int offset, float[] scales, float[] mins);

  abstract void storeCodes(byte[] codes, byte[] blocks, int offset);

  abstract void loadCodes(byte[] blocks, int offset, byte[] codes);

  @Override
  final void decodeBlocks(byte[] blocks, int offset, float[] row, int from, int count) {
    float[] scales = new float[subBlocks];
    float[] mins = new float[subBlocks];
    byte[] codes = new byte[SUPER_BLOCK];
    for (int block = 0; block < count; block++) {
      int blockAt = offset + block * type().blockBytes();
      loadScales(blocks, blockAt, scales, mins);
      decodeCodes(blocks, blockAt, scales, mins, codes, row, from + block * SUPER_BLOCK);
    }
  }

  /**
   * Decodes a super-block's codes.
   *
   * @param codes what they may be unpacked to
   */
  void decodeCodes(
      byte[] blocks,
      int offset,
      float[] scales,
      float[] mins,
      byte[] codes,
      float[] row,
      int from) {
    loadCodes(blocks, offset, codes);
    for (int subBlock = 0; subBlock < subBlocks; subBlock++) {
      int at = subBlock * size;
      arithmetic.weights(
          codes, at, size, scales[subBlock], mins[subBlock], leastCode, row, from + at);
    }
  }

  @Override
  final void encodeBlocks(float[] row, int from, int count, byte[] blocks, int offset) {
    float[] weights = new float[count * SUPER_BLOCK];
    weigh(row, from, weights.length, weights);
    var found = new FoundScales(count * subBlocks);
    search.find(row, from, weights, count * subBlocks, found);
    for (int block = 0; block < count; block++) {
      storeScales(found, block * subBlocks, blocks, offset + block * type().blockBytes());
    }
    encodeCodes(search, row, from, count, found, blocks, offset);
  }

  @Override
  final void encodeByImportance(
      float[] row, int from, int count, float[] importance, byte[] blocks, int offset) {
    float[] weights = new float[count * SUPER_BLOCK];
    weigh(row, from, weights.length, importance, weights);
    var found = new FoundScales(count * subBlocks);
    searchByImportance.find(row, from, weights, count * subBlocks, found);
    storeScales(found, sums(weights, size), count, blocks, offset);
    encodeCodes(searchByImportance, row, from, count, found, blocks, offset);
  }

  private void encodeCodes(
      ScaleSearch search,
      float[] row,
      int from,
      int count,
      FoundScales found,
      byte[] blocks,
      int offset) {
    float[] scales = new float[subBlocks];
    float[] mins = new float[subBlocks];
    byte[] codes = new byte[SUPER_BLOCK];
    for (int block = 0; block < count; block++) {
      int blockAt = offset + block * type().blockBytes();
      loadScales(blocks, blockAt, scales, mins);
      for (int subBlock = 0; subBlock < subBlocks; subBlock++) {
        float scale = scales[subBlock];
        int at = subBlock * size;
        int first = from + block * SUPER_BLOCK + at;
        if (scale == 0) {
          search.codes(row, first, found, block * subBlocks + subBlock, codes, at);
        } else {
          arithmetic.nearestCodes(
              row, first, size, scale, mins[subBlock], leastCode, greatestCode, codes, at);
        }
      }
      storeCodes(codes, blocks, blockAt);
    }
  }

  @Override
  public final void decodeChosenAnew(
      byte[] blocks, int offset, float[] row, int from, int length, float[] decoded) {
    int count = checkedCount(blocks, offset, row, from, length);
    Objects.checkFromIndexSize(from, length, decoded.length);
    float[] scales = new float[subBlocks];
    float[] mins = new float[subBlocks];
    byte[] codes = new byte[size];
    for (int block = 0; block < count; block++) {
      loadScales(blocks, offset + block * type().blockBytes(), scales, mins);
      for (int subBlock = 0; subBlock < subBlocks; subBlock++) {
        float scale = scales[subBlock];
        float min = mins[subBlock];
        int first = from + block * SUPER_BLOCK + subBlock * size;
        arithmetic.nearestCodes(row, first, size, scale, min, leastCode, greatestCode, codes, 0);
        arithmetic.weights(codes, 0, size, scale, min, leastCode, decoded, first);
      }
    }
  }

  @Override
  public final boolean areChosen(
      byte[] blocks, int offset, float[] row, int from, int length, float[] decoded) {
    int count = checkedCount(blocks, offset, row, from, length);
    Objects.checkFromIndexSize(from, length, decoded.length);
    float[] scales = new float[subBlocks];
    float[] mins = new float[subBlocks];
    for (int block = 0; block < count; block++) {
      loadScales(blocks, offset + block * type().blockBytes(), scales, mins);
      int first = from + block * SUPER_BLOCK;
      if (!arithmetic.areNearest(
          row, first, size, scales, mins, leastCode, greatestCode, decoded)) {
        return false;
      }
    }
    return true;
  }

  /** The greatest of some values, at least 0. */
  static float greatest(float[] values, int from, int count) {
    float greatest = 0;
    for (int i = from; i < from + count; i++) {
      if (values[i] > greatest) {
        greatest = values[i];
      }
    }
    return greatest;
  }

  /** The sum of each so many values, added in order. */
  private static float[] sums(float[] values, int size) {
    float[] sums = new float[values.length / size];
    for (int i = 0; i < sums.length; i++) {
      float sum = 0;
      for (int j = i * size; j < (i + 1) * size; j++) {
        sum += values[j];
      }
      sums[i] = sum;
    }
    return sums;
  }
}
