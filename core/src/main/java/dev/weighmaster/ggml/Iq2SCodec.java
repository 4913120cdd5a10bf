package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.SignedBlockSearch.Refit;
import dev.weighmaster.ggml.SignedBlockSearch.Rules;

/**
 * IQ2_S: after the scale, for each eight weights a byte with the lower bits of the point's index
 * and a byte of signs; then two bits each for the upper bits of the index, and a nibble for the
 * scale of each 16 weights.
 */
final class Iq2SCodec extends SignedCodebookCodec {
  private static final int POINTS = 2;
  private static final int SIGNS = 34;
  private static final int UPPER_BITS = 66;
  private static final int LEVELS = 74;

  private static final class Points {
    static final Codebook CODEBOOK = new Codebook(CodebookPoints.IQ2_S, 8, 2, 3, 1);
    static final float[] COORDINATES = CODEBOOK.coordinates(8, 25, 43);
  }

  Iq2SCodec() {
    super(GgmlType.IQ2_S, new Rules(16, 9, 0.1f, 1e-8f, false, false, Refit.OFF_CODEBOOK));
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
  void weighAlone(float[] row, int from, float variance, float[] weights) {
    for (int i = 0; i < weights.length; i++) {
      weights[i] = 0.25f * variance + row[from + i] * row[from + i];
    }
  }

  @Override
  float storedPartOfScale() {
    return 0.9875f;
  }

  @Override
  boolean keepsUnscaled() {
    return true;
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
    int upper = blocks[at + UPPER_BITS + group / 4] >>> (2 * (group % 4)) & 3;
    return upper << 8 | (blocks[at + POINTS + group] & 0xFF);
  }

  @Override
  void putPoint(byte[] blocks, int at, int group, int point) {
    blocks[at + POINTS + group] = (byte) point;
  }

  @Override
  void putUpperBits(byte[] blocks, int at, int group, int point) {
    blocks[at + UPPER_BITS + group / 4] |= (byte) (point >>> 8 << (2 * (group % 4)));
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
