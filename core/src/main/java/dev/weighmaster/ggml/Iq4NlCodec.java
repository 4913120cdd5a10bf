package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.Objects;

/** IQ4_NL: a half-precision scale and 32 codes of four bits, which stand for uneven steps. */
final class Iq4NlCodec extends BlockCodec implements ForcedCodec {
  private static final int LENGTH = Iq4BlockSearch.LENGTH;
  private static final int CODES = 2;

  private final int bytes;

  Iq4NlCodec() {
    super(GgmlType.IQ4_NL);
    bytes = type().blockBytes();
  }

  @Override
  public boolean heedsImportance() {
    return true;
  }

  @Override
  void decodeBlocks(byte[] blocks, int offset, float[] row, int from, int count) {
    for (int i = 0; i < count; i++) {
      int at = offset + i * bytes;
      float scale = BlockBytes.halfAt(blocks, at);
      Iq4BlockSearch.decode(blocks, at + CODES, scale, row, from + i * LENGTH);
    }
  }

  @Override
  public void decodeChosenAnew(
      byte[] blocks, int offset, float[] row, int from, int length, float[] decoded) {
    int count = checkedCount(blocks, offset, row, from, length);
    Objects.checkFromIndexSize(from, length, decoded.length);
    for (int i = 0; i < count; i++) {
      int at = offset + i * bytes;
      UnroundedScale scale = UnroundedScale.at(blocks, at);
      int first = from + i * LENGTH;
      Iq4BlockSearch.decodeChosenAnew(blocks, at + CODES, scale, row, first, decoded);
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
    for (int i = 0; i < count; i++) {
      int column = i * LENGTH;
      int first = from + column;
      int at = offset + i * bytes;
      float variance = RowWeights.squares(row, first, LENGTH) * (2f / LENGTH);
      search.weigh(row, first, importance, column, variance);
      float scale = search.search(row, first);
      BlockBytes.putHalf(blocks, at, scale);
      // The codes are chosen under the scale before it is rounded to half precision.
      float inverse = Iq4BlockSearch.inverse(scale);
      Iq4BlockSearch.putCodes(row, first, inverse, blocks, at + CODES);
    }
  }
}
