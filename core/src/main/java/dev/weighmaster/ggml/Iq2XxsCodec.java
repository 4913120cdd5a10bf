package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.SignedBlockSearch.Refit;
import dev.weighmaster.ggml.SignedBlockSearch.Rules;

/**
 * IQ2_XXS: after the scale, eight bytes for each 32 weights: the indexes of four points, then a
 * word with the signs of eight weights four times, seven bits each, and the block's scale on top.
 */
final class Iq2XxsCodec extends SignedCodebookCodec {
  private static final int POINTS = 2;
  private static final int SIGNS = 6;
  private static final int BLOCK_BYTES = 8;

  private static final class Points {
    static final Codebook CODEBOOK = new Codebook(CodebookPoints.IQ2_XXS, 8, 2, 3, 2);
    static final float[] COORDINATES = CODEBOOK.coordinates(8, 25, 43);
  }

  Iq2XxsCodec() {
    super(GgmlType.IQ2_XXS, new Rules(32, 6, 0.1f, 1e-15f, true, true, Refit.ALL));
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
    return SevenBitSigns.level(blocks, at + SIGNS + BLOCK_BYTES * block);
  }

  @Override
  void putLevel(byte[] blocks, int at, int block, int level) {
    SevenBitSigns.putLevel(blocks, at + SIGNS + BLOCK_BYTES * block, level);
  }

  @Override
  int point(byte[] blocks, int at, int group) {
    return blocks[at + POINTS + BLOCK_BYTES * (group / 4) + group % 4] & 0xFF;
  }

  @Override
  void putPoint(byte[] blocks, int at, int group, int point) {
    blocks[at + POINTS + BLOCK_BYTES * (group / 4) + group % 4] = (byte) point;
  }

  @Override
  int signs(byte[] blocks, int at, int octet) {
    return SevenBitSigns.signs(blocks, at + SIGNS + BLOCK_BYTES * (octet / 4), octet % 4);
  }

  @Override
  void putSigns(byte[] blocks, int at, int octet, int signs) {
    SevenBitSigns.putSigns(blocks, at + SIGNS + BLOCK_BYTES * (octet / 4), octet % 4, signs);
  }
}
