package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.Objects;

/**
 * IQ4_XS: 256 codes as those of IQ4_NL, in blocks of 32. The scale of a block is a multiple of a
 * half-precision scale; of its six bits, the upper two are in a word, the lower four are a nibble.
 */
final class Iq4XsCodec extends BlockCodec implements ForcedCodec {
  private static final int LENGTH = Iq4BlockSearch.LENGTH;
  private static final int BLOCKS = 8;
  private static final int SUPER_BLOCK = BLOCKS * LENGTH;

  private static final int UPPER_BITS = 2;
  private static final int LOWER_BITS = 4;
  private static final int CODES = 8;
  private static final int CODE_BYTES = LENGTH / 2;

  /** A factor goes from -32 to 31, and is stored as 0 to 63. */
  private static final int BIAS = 32;

  private final int bytes;

  Iq4XsCodec() {
    super(GgmlType.IQ4_XS);
    bytes = type().blockBytes();
  }

  @Override
  public boolean heedsImportance() {
    return true;
  }

  @Override
  void decodeBlocks(byte[] blocks, int offset, float[] row, int from, int count) {
    for (int i = 0; i < count; i++) {
      decode(blocks, offset + i * bytes, row, from + i * SUPER_BLOCK);
    }
  }

  private static void decode(byte[] blocks, int at, float[] row, int from) {
    float scale = BlockBytes.halfAt(blocks, at);
    for (int block = 0; block < BLOCKS; block++) {
      int codes = at + CODES + block * CODE_BYTES;
      Iq4BlockSearch.decode(
          blocks, codes, scale * factor(blocks, at, block), row, from + block * LENGTH);
    }
  }

  private static int factor(byte[] blocks, int at, int block) {
    int lower = BlockBits.nibble(blocks, at + LOWER_BITS, block);
    int upper = (BlockBits.word(blocks, at + UPPER_BITS) >>> (2 * block)) & 3;
    return (lower | (upper << 4)) - BIAS;
  }

  @Override
  public void decodeChosenAnew(
      byte[] blocks, int offset, float[] row, int from, int length, float[] decoded) {
    int count = checkedCount(blocks, offset, row, from, length);
    Objects.checkFromIndexSize(from, length, decoded.length);
    for (int i = 0; i < count * BLOCKS; i++) {
      int at = offset + i / BLOCKS * bytes;
      int block = i % BLOCKS;
      UnroundedScale scale = UnroundedScale.at(blocks, at).times(factor(blocks, at, block));
      int codes = at + CODES + block * CODE_BYTES;
      Iq4BlockSearch.decodeChosenAnew(blocks, codes, scale, row, from + i * LENGTH, decoded);
    }
  }

  @Override
  void encodeBlocks(float[] row, int from, int count, byte[] blocks, int offset) {
    encodeByImportance(row, from, count, RowWeights.NONE, blocks, offset);
  }

  @Override
  void encodeByImportance(
      float[] row, int from, int count, float[] importance, byte[] blocks, int offset) {
    Iq4BlockSearch search = new Iq4BlockSearch();
    float[] scales = new float[BLOCKS];
    for (int i = 0; i < count; i++) {
      int first = from + i * SUPER_BLOCK;
      float extreme = search(row, first, importance, i * SUPER_BLOCK, search, scales);
      encode(row, first, scales, -extreme / BIAS, blocks, offset + i * bytes);
    }
  }

  /** Finds the scales of all blocks, and returns the greatest in magnitude. */
  private static float search(
      float[] row,
      int from,
      float[] importance,
      int column,
      Iq4BlockSearch search,
      float[] scales) {
    float variance = RowWeights.squares(row, from, SUPER_BLOCK) * (2f / SUPER_BLOCK);
    float extreme = 0;
    for (int block = 0; block < BLOCKS; block++) {
      int first = block * LENGTH;
      search.weigh(row, from + first, importance, column + first, variance);
      scales[block] = search.search(row, from + first);
      if (Math.abs(scales[block]) > Math.abs(extreme)) {
        extreme = scales[block];
      }
    }
    return extreme;
  }

  private static void encode(
      float[] row, int from, float[] scales, float scale, byte[] blocks, int at) {
    BlockBytes.putHalf(blocks, at, scale);
    float inverse = Iq4BlockSearch.inverse(scale);
    int upperBits = 0;
    BlockBytes.putInt(blocks, at + LOWER_BITS, 0);
    for (int block = 0; block < BLOCKS; block++) {
      int nearest = GgmlFloats.nearestInt(inverse * scales[block]);
      int factor = Math.max(-BIAS, Math.min(BIAS - 1, nearest));
      // The codes are chosen under the scale before it is rounded to half precision.
      float blockInverse = Iq4BlockSearch.inverse(scale * factor);
      int codes = at + CODES + block * CODE_BYTES;
      Iq4BlockSearch.putCodes(row, from + block * LENGTH, blockInverse, blocks, codes);
      int stored = factor + BIAS;
      BlockBits.putNibble(blocks, at + LOWER_BITS, block, stored & 0xF);
      upperBits |= stored >>> 4 << (2 * block);
    }
    BlockBytes.putShort(blocks, at + UPPER_BITS, (short) upperBits);
  }
}
