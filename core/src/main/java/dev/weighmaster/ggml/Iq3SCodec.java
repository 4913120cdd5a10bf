package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.SignedBlockSearch.Refit;
import dev.weighmaster.ggml.SignedBlockSearch.Rules;

/**
 * IQ3_S: after the scale, a byte for each four weights with the lower bits of the point's index;
 * then a bit each for the highest bit of the index, a bit for the sign of each weight, and a nibble
 * for the scale of each 32 weights.
 */
final class Iq3SCodec extends SignedCodebookCodec {
  private static final int POINTS = 2;
  private static final int HIGHEST_BITS = 66;
  private static final int SIGNS = 74;
  private static final int LEVELS = 106;

  private static final class Points {
    static final Codebook CODEBOOK = new Codebook(CodebookPoints.IQ3_S, 4, 3, 8, 3);
    static final float[] COORDINATES = CODEBOOK.coordinates(1, 3, 5, 7, 9, 11, 13, 15);
  }

  Iq3SCodec() {
    super(
        GgmlType.IQ3_S,
        new Rules(32, 9, 0.2f, Float.MIN_VALUE, false, false, Refit.ALL_IF_ONE_IS_OFF));
  }

  @Override
  Codebook codebook() {
    return Points.CODEBOOK;
  }

  @Override
  float[] coordinates() {
    return Points.COORDINATES;
  }

  @Override
  float storedPartOfScale() {
    return 1.033f;
  }

  @Override
  float blockScale(float scale, int level) {
    return scale * (1 + 2 * level);
  }

  @Override
  boolean keepsUnscaled() {
    return true;
  }

  /**
   * ggml moves on in its lists of points and signs only after a block that has a scale, although
   * decoding counts every block. After a block of zeros, the points and signs of the others are
   * therefore read for the wrong weights, except for the highest bits of the points.
   */
  @Override
  int place(int block, int stored) {
    return stored;
  }

  @Override
  int level(byte[] blocks, int at, int block) {
    return BlockBits.nibble(blocks, at + LEVELS, block);
  }

  @Override
  void putLevel(byte[] blocks, int at, int block, int level) {
    BlockBits.putNibble(blocks, at + LEVELS, block, level);
  }

  @Override
  int point(byte[] blocks, int at, int group) {
    int highest = blocks[at + HIGHEST_BITS + group / 8] >>> group % 8 & 1;
    return highest << 8 | (blocks[at + POINTS + group] & 0xFF);
  }

  @Override
  void putPoint(byte[] blocks, int at, int group, int point) {
    blocks[at + POINTS + group] = (byte) point;
  }

  @Override
  void putUpperBits(byte[] blocks, int at, int group, int point) {
    blocks[at + HIGHEST_BITS + group / 8] |= (byte) (point >>> 8 << group % 8);
  }

  @Override
  int signs(byte[] blocks, int at, int octet) {
    return blocks[at + SIGNS + octet];
  }

  @Override
  void putSigns(byte[] blocks, int at, int octet, int signs) {
    blocks[at + SIGNS + octet] = (byte) signs;
  }
}
