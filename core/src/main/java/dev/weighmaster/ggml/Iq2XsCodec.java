package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.SignedBlockSearch.Refit;
import dev.weighmaster.ggml.SignedBlockSearch.Rules;

/**
 * IQ2_XS: after the scale, a word of 16 bits for each eight weights: nine bits are the index of the
 * point, seven are signs. Then a nibble for the scale of each 16 weights.
 */
final class Iq2XsCodec extends SignedCodebookCodec {
  private static final int WORDS = 2;
  private static final int LEVELS = 66;
  private static final int POINT_BITS = 9;
  private static final int POINT_MASK = 0x1FF;

  private static final class Points {
    static final Codebook CODEBOOK = new Codebook(CodebookPoints.IQ2_XS, 8, 2, 3, 2);
    static final float[] COORDINATES = CODEBOOK.coordinates(8, 25, 43);
  }

  Iq2XsCodec() {
    super(GgmlType.IQ2_XS, new Rules(16, 9, 0.1f, 1e-15f, true, false, Refit.OFF_CODEBOOK));
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
  public boolean needsImportance() {
    return true;
  }

  @Override
  float variance(float squares) {
    return squares / SUPER_BLOCK;
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
    return BlockBits.word(blocks, at + WORDS + 2 * group) & POINT_MASK;
  }

  @Override
  void putPoint(byte[] blocks, int at, int group, int point) {
    BlockBits.putInWord(blocks, at + WORDS + 2 * group, point);
  }

  @Override
  int signs(byte[] blocks, int at, int octet) {
    return SevenBitSigns.completed(BlockBits.word(blocks, at + WORDS + 2 * octet) >>> POINT_BITS);
  }

  @Override
  void putSigns(byte[] blocks, int at, int octet, int signs) {
    BlockBits.putInWord(blocks, at + WORDS + 2 * octet, (signs & 0x7F) << POINT_BITS);
  }
}
