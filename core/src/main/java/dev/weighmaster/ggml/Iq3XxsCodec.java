package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.SignedBlockSearch.Refit;
import dev.weighmaster.ggml.SignedBlockSearch.Rules;

/**
 * IQ3_XXS: after the scale, a byte for each four weights, the index of their point; then for each
 * 32 weights a word with signs and the block's scale.
 */
final class Iq3XxsCodec extends SignedCodebookCodec {
  private static final int POINTS = 2;
  private static final int SIGNS = 66;

  private static final class Points {
    static final Codebook CODEBOOK = new Codebook(CodebookPoints.IQ3_XXS, 4, 3, 8, 2);
    static final float[] COORDINATES = CODEBOOK.coordinates(4, 12, 20, 28, 36, 44, 52, 62);
  }

  Iq3XxsCodec() {
    super(GgmlType.IQ3_XXS, new Rules(32, 15, 0.2f, 1e-8f, true, false, Refit.OFF_CODEBOOK));
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
    return 1.0125f;
  }

  @Override
  float blockScale(float scale, int level) {
    return scale * (0.5f + level) * 0.5f;
  }

  @Override
  int level(byte[] blocks, int at, int block) {
    return SevenBitSigns.level(blocks, at + SIGNS + 4 * block);
  }

  @Override
  void putLevel(byte[] blocks, int at, int block, int level) {
    SevenBitSigns.putLevel(blocks, at + SIGNS + 4 * block, level);
  }

  @Override
  int point(byte[] blocks, int at, int group) {
    return blocks[at + POINTS + group] & 0xFF;
  }

  @Override
  void putPoint(byte[] blocks, int at, int group, int point) {
    blocks[at + POINTS + group] = (byte) point;
  }

  @Override
  int signs(byte[] blocks, int at, int octet) {
    return SevenBitSigns.signs(blocks, at + SIGNS + octet / 4 * 4, octet % 4);
  }

  @Override
  void putSigns(byte[] blocks, int at, int octet, int signs) {
    SevenBitSigns.putSigns(blocks, at + SIGNS + octet / 4 * 4, octet % 4, signs);
  }
}
