package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/**
 * IQ1_S: after the scale, the lower byte of the index of each eight weights' point; then a word for
 * each 32 weights: four times the upper three bits of an index, three bits for the block's scale,
 * and one for the shift.
 */
final class Iq1SCodec extends Iq1Codec {
  private static final int LENGTH = 32;
  private static final int OCTETS = 4;
  private static final int POINTS = 2;
  private static final int WORDS = 34;
  private static final int LEVEL_SHIFT = 12;
  private static final int SHIFTED_DOWN = 0x8000;

  Iq1SCodec() {
    super(GgmlType.IQ1_S, LENGTH);
  }

  @Override
  public boolean needsImportance() {
    return true;
  }

  @Override
  Iq1Search newSearch() {
    return new Iq1Search(LENGTH, 1e-12f, new Iq1SharedShiftSplit());
  }

  @Override
  float storedScale(Iq1Search search, int[] levels, float scale) {
    return scale * 1.125f;
  }

  @Override
  float scale(byte[] blocks, int at) {
    return BlockBytes.halfAt(blocks, at);
  }

  @Override
  void putScale(byte[] blocks, int at, float scale) {
    BlockBytes.putHalf(blocks, at, scale);
  }

  @Override
  int level(byte[] blocks, int at, int block) {
    return BlockBits.word(blocks, at + WORDS + 2 * block) >>> LEVEL_SHIFT & 7;
  }

  @Override
  void putLevel(byte[] blocks, int at, int block, int level) {
    BlockBits.putInWord(blocks, at + WORDS + 2 * block, level << LEVEL_SHIFT);
  }

  @Override
  int shifts(byte[] blocks, int at, int block) {
    return (BlockBits.word(blocks, at + WORDS + 2 * block) & SHIFTED_DOWN) == 0 ? 0 : 3;
  }

  @Override
  void putShifts(byte[] blocks, int at, int block, int shifts) {
    BlockBits.putInWord(blocks, at + WORDS + 2 * block, shifts == 0 ? 0 : SHIFTED_DOWN);
  }

  @Override
  int point(byte[] blocks, int at, int octet) {
    int word = BlockBits.word(blocks, at + WORDS + 2 * (octet / OCTETS));
    return (word >>> (3 * (octet % OCTETS)) & 7) << 8 | (blocks[at + POINTS + octet] & 0xFF);
  }

  @Override
  void putPoint(byte[] blocks, int at, int octet, int point) {
    blocks[at + POINTS + octet] = (byte) point;
    int word = at + WORDS + 2 * (octet / OCTETS);
    BlockBits.putInWord(blocks, word, point >>> 8 << (3 * (octet % OCTETS)));
  }
}
