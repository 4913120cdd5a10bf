package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.Arrays;
import java.util.Objects;

/**
 * ggml's first types, Q4_0 to Q5_1: blocks of 32 weights with four or five bits each.
 *
 * <p>With importance, they search for the scale as K-quants do, and keep the codes of the search:
 * unlike K-quants, they do not round again under the scale as it is stored.
 */
abstract class SmallBlockCodec extends BlockCodec implements ForcedCodec {
  static final int SIZE = 32;
  private static final int FIFTH_BITS = SIZE / 8;

  private final Arithmetic arithmetic;
  private final int codesAt;
  private final boolean fiveBits;

  /**
   * @param codesAt offset of the codes in a block
   * @param fiveBits whether the fifth bits of codes come first
   */
  SmallBlockCodec(GgmlType type, Arithmetic arithmetic, int codesAt, boolean fiveBits) {
    super(type);
    this.arithmetic = arithmetic;
    this.codesAt = codesAt;
    this.fiveBits = fiveBits;
  }

  @Override
  public final boolean heedsImportance() {
    return true;
  }

  final Arithmetic arithmetic() {
    return arithmetic;
  }

  abstract ScaleSearch searchByImportance();

  /** Decodes the codes of a block. */
  abstract void decode(byte[] blocks, int offset, byte[] codes, float[] row, int from);

  /** Stores the scale of a block, and gives its codes. */
  abstract void encode(float[] row, int from, byte[] codes, byte[] blocks, int offset);

  /** Stores the scale that was found for a block. */
  abstract void storeScale(FoundScales found, int block, byte[] blocks, int offset);

  /** The codes nearest to some weights under the scale that a block stores. */
  abstract void nearestCodes(byte[] blocks, int offset, float[] row, int from, byte[] codes);

  /** Whether the search could give some weights these codes, whatever their importance. */
  abstract boolean couldFind(float[] row, int from, byte[] codes);

  /**
   * {@inheritDoc}
   *
   * <p>ggml chooses these types' codes before it rounds the scale, and with importance under a
   * scale that it then corrects: the codes that a search could give stay.
   */
  @Override
  public final void decodeChosenAnew(
      byte[] blocks, int offset, float[] row, int from, int length, float[] decoded) {
    int count = checkedCount(blocks, offset, row, from, length);
    Objects.checkFromIndexSize(from, length, decoded.length);
    byte[] stored = new byte[SIZE];
    byte[] codes = new byte[SIZE];
    byte[] plain = new byte[SIZE];
    byte[] unused = new byte[type().blockBytes()];
    for (int block = 0; block < count; block++) {
      int at = offset + block * type().blockBytes();
      int first = from + block * SIZE;
      loadCodes(blocks, at + codesAt, stored);
      nearestCodes(blocks, at, row, first, codes);
      if (!Arrays.equals(stored, codes)) {
        encode(row, first, plain, unused, 0);
        if (Arrays.equals(stored, plain) || couldFind(row, first, stored)) {
          System.arraycopy(stored, 0, codes, 0, SIZE);
        }
      }
      decode(blocks, at, codes, decoded, first);
    }
  }

  @Override
  final void decodeBlocks(byte[] blocks, int offset, float[] row, int from, int count) {
    byte[] codes = new byte[SIZE];
    for (int block = 0; block < count; block++) {
      int at = offset + block * type().blockBytes();
      loadCodes(blocks, at + codesAt, codes);
      decode(blocks, at, codes, row, from + block * SIZE);
    }
  }

  @Override
  final void encodeBlocks(float[] row, int from, int count, byte[] blocks, int offset) {
    byte[] codes = new byte[SIZE];
    for (int block = 0; block < count; block++) {
      int at = offset + block * type().blockBytes();
      encode(row, from + block * SIZE, codes, blocks, at);
      storeCodes(codes, blocks, at + codesAt);
    }
  }

  @Override
  final void encodeByImportance(
      float[] row, int from, int count, float[] importance, byte[] blocks, int offset) {
    int length = count * SIZE;
    float[] weights = new float[length];
    float variance = RowWeights.squares(row, from, length) / length;
    arithmetic.weighBySize(row, from, length, variance, importance, weights, 0);
    var found = new FoundScales(count);
    searchByImportance().find(row, from, weights, count, found);
    byte[] codes = new byte[SIZE];
    for (int block = 0; block < count; block++) {
      int at = offset + block * type().blockBytes();
      storeScale(found, block, blocks, at);
      searchByImportance().codes(row, from + block * SIZE, found, block, codes, 0);
      storeCodes(codes, blocks, at + codesAt);
    }
  }

  private void storeCodes(byte[] codes, byte[] blocks, int offset) {
    int at = offset;
    if (fiveBits) {
      BlockBytes.putInt(blocks, at, CodeBits.bitsInOrder(codes, 4));
      at += FIFTH_BITS;
    }
    CodeBits.packNibbles(codes, SIZE, SIZE / 2, blocks, at);
  }

  private void loadCodes(byte[] blocks, int offset, byte[] codes) {
    if (!fiveBits) {
      CodeBits.unpackNibbles(blocks, offset, SIZE, SIZE / 2, codes);
      return;
    }
    CodeBits.unpackNibbles(blocks, offset + FIFTH_BITS, SIZE, SIZE / 2, codes);
    CodeBits.addBitsInOrder(BlockBytes.intAt(blocks, offset), 4, codes);
  }
}
