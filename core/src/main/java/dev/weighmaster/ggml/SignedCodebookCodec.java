package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.SignedBlockSearch.Rules;
import java.util.Arrays;

/**
 * The IQ2 and IQ3 types: super-blocks of 256 weights with a half-precision scale, blocks of 16 or
 * 32 with a four-bit factor of it, and for each eight or four weights the index of a point of a
 * codebook. Points have no signs; those are stored apart.
 *
 * <p>The types differ by their codebooks, by the rules of the search for scales, and by where they
 * put the bits.
 */
abstract sealed class SignedCodebookCodec extends BlockCodec
    permits Iq2XxsCodec, Iq2XsCodec, Iq2SCodec, Iq3XxsCodec, Iq3SCodec {
  static final int SUPER_BLOCK = 256;
  private static final int OCTET = SignedBlockSearch.OCTET;

  /** The largest scale is stored as level 15 of a block: 2 · 15 + 1. */
  private static final int LARGEST_ODD_LEVEL = 31;

  private final int bytes;
  private final Rules rules;

  SignedCodebookCodec(GgmlType type, Rules rules) {
    super(type);
    this.bytes = type.blockBytes();
    this.rules = rules;
  }

  @Override
  public final boolean heedsImportance() {
    return true;
  }

  @Override
  final void decodeBlocks(byte[] blocks, int offset, float[] row, int from, int count) {
    float[] coordinates = coordinates();
    int size = codebook().coordinates;
    for (int i = 0; i < count; i++) {
      decode(blocks, offset + i * bytes, coordinates, size, row, from + i * SUPER_BLOCK);
    }
  }

  private void decode(byte[] blocks, int at, float[] coordinates, int size, float[] row, int from) {
    float scale = BlockBytes.halfAt(blocks, at);
    int groupsOfOctet = OCTET / size;
    int octetsOfBlock = rules.length() / OCTET;
    for (int octet = 0; octet < SUPER_BLOCK / OCTET; octet++) {
      float blockScale = blockScale(scale, level(blocks, at, octet / octetsOfBlock));
      int signs = signs(blocks, at, octet);
      for (int group = 0; group < groupsOfOctet; group++) {
        int point = point(blocks, at, octet * groupsOfOctet + group) * size;
        int first = from + octet * OCTET + group * size;
        for (int i = 0; i < size; i++) {
          float value = blockScale * coordinates[point + i];
          row[first + i] = (signs & 1) == 0 ? value : -value;
          signs >>>= 1;
        }
      }
    }
  }

  @Override
  final void encodeBlocks(float[] row, int from, int count, byte[] blocks, int offset) {
    encodeByImportance(row, from, count, RowWeights.NONE, blocks, offset);
  }

  @Override
  final void encodeByImportance(
      float[] row, int from, int count, float[] importance, byte[] blocks, int offset) {
    SignedBlockSearch search = new SignedBlockSearch(codebook(), rules);
    float[] scales = new float[SUPER_BLOCK / rules.length()];
    for (int i = 0; i < count; i++) {
      int column = i * SUPER_BLOCK;
      encode(row, from + column, importance, column, blocks, offset + i * bytes, search, scales);
    }
  }

  private void encode(
      float[] row,
      int from,
      float[] importance,
      int column,
      byte[] blocks,
      int at,
      SignedBlockSearch search,
      float[] scales) {
    Arrays.fill(blocks, at, at + bytes, (byte) 0);
    float variance = variance(RowWeights.squares(row, from, SUPER_BLOCK));
    float largest = 0;
    int stored = 0;
    for (int block = 0; block < scales.length; block++) {
      int first = block * rules.length();
      if (importance.length == 0) {
        weighAlone(row, from + first, variance, search.importance);
      } else {
        RowWeights.bySize(
            row,
            from + first,
            rules.length(),
            variance,
            importance,
            column + first,
            search.importance,
            0);
      }
      if (!search.search(row, from + first)) {
        scales[block] = 0;
        continue;
      }
      store(search, blocks, at, block, place(block, stored++));
      scales[block] = search.scale();
      largest = Math.max(largest, scales[block]);
    }
    if (largest == 0) {
      if (!keepsUnscaled()) {
        Arrays.fill(blocks, at, at + bytes, (byte) 0);
      }
      return;
    }
    storeScales(scales, largest, blocks, at);
  }

  private void store(SignedBlockSearch search, byte[] blocks, int at, int block, int place) {
    int groups = search.groups();
    for (int group = 0; group < groups; group++) {
      putPoint(blocks, at, place * groups + group, search.point(group));
      putUpperBits(blocks, at, block * groups + group, search.point(group));
    }
    int octets = rules.length() / OCTET;
    for (int octet = 0; octet < octets; octet++) {
      putSigns(blocks, at, place * octets + octet, search.signs(octet));
    }
  }

  private void storeScales(float[] scales, float largest, byte[] blocks, int at) {
    float scale = largest / LARGEST_ODD_LEVEL;
    BlockBytes.putHalf(blocks, at, scale * storedPartOfScale());
    float inverse = 1 / scale;
    for (int block = 0; block < scales.length; block++) {
      int level = GgmlFloats.nearestInt(0.5f * (inverse * scales[block] - 1));
      putLevel(blocks, at, block, Math.max(0, Math.min(15, level)));
    }
  }

  /** Built when it is first needed, as {@link #coordinates} is. */
  abstract Codebook codebook();

  /** The values of all points: {@link Codebook#coordinates}. */
  abstract float[] coordinates();

  /** The sum of a super-block's squares as the {@code sigma2} that enters the importance. */
  float variance(float squares) {
    return 2 * squares / SUPER_BLOCK;
  }

  /** Sets the importance of a block's weights where columns have none. */
  void weighAlone(float[] row, int from, float variance, float[] weights) {
    RowWeights.bySquare(row, from, rules.length(), weights, 0);
  }

  /** What ggml multiplies the half-precision scale with, to make up for what rounding does. */
  float storedPartOfScale() {
    return 1;
  }

  /** The scale of a block whose factor is stored as this level. */
  float blockScale(float scale, int level) {
    return scale * (0.5f + level) * 0.25f;
  }

  /** Whether the points and signs of a super-block whose scales are all 0 are stored. */
  boolean keepsUnscaled() {
    return false;
  }

  /**
   * Where the points and signs of a block are put.
   *
   * @param stored blocks before this one that have a scale
   */
  int place(int block, int stored) {
    return block;
  }

  /** The level of a block's scale, 0 to 15. */
  abstract int level(byte[] blocks, int at, int block);

  abstract void putLevel(byte[] blocks, int at, int block, int level);

  /** The index of the point of a group of weights. */
  abstract int point(byte[] blocks, int at, int group);

  /** Stores the index of a point, or as much of it as fits beside those of other groups. */
  abstract void putPoint(byte[] blocks, int at, int group, int point);

  /** Stores what {@link #putPoint} does not of an index. */
  void putUpperBits(byte[] blocks, int at, int group, int point) {}

  /** Eight bits, the first weight's lowest: set for a negative weight. */
  abstract int signs(byte[] blocks, int at, int octet);

  abstract void putSigns(byte[] blocks, int at, int octet, int signs);
}
