package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/**
 * IQ1_M: the lower byte of the index of each eight weights' point; a nibble each with the upper
 * three bits of the index and the shift; then four words, each with the three-bit scales of four
 * blocks of 16 weights and, on top, four bits of the half-precision scale.
 */
final class Iq1MCodec extends Iq1Codec {
  private static final int LENGTH = 16;
  private static final int NIBBLES = 32;
  private static final int WORDS = 48;
  private static final int WORD_COUNT = 4;
  private static final int SHIFTED_DOWN = 8;

  private final GgmlVersion version;

  Iq1MCodec(GgmlVersion version) {
    super(GgmlType.IQ1_M, LENGTH);
    this.version = version;
  }

  @Override
  public GgmlVersion version() {
    return version;
  }

  @Override
  Iq1Search newSearch() {
    return new Iq1Search(LENGTH, 1e-7f, newSplit());
  }

  private Iq1Split newSplit() {
    return switch (version) {
      case V0_5_0 -> new Iq1PrefixSumSplit();
      case AUGUST_2026 -> new Iq1TermSumSplit();
    };
  }

  @Override
  float storedScale(Iq1Search search, int[] levels, float scale) {
    return search.refit(levels, scale) * 1.1125f;
  }

  @Override
  float scale(byte[] blocks, int at) {
    int half = 0;
    for (int i = 0; i < WORD_COUNT; i++) {
      half |= BlockBits.word(blocks, at + WORDS + 2 * i) >>> 12 << (4 * i);
    }
    return GgmlFloats.fromHalf((short) half);
  }

  @Override
  void putScale(byte[] blocks, int at, float scale) {
    int half = GgmlFloats.toHalf(scale);
    for (int i = 0; i < WORD_COUNT; i++) {
      BlockBits.putInWord(blocks, at + WORDS + 2 * i, (half >>> (4 * i) & 0xF) << 12);
    }
  }

  @Override
  int level(byte[] blocks, int at, int block) {
    return BlockBits.word(blocks, at + WORDS + 2 * (block / 4)) >>> (3 * (block % 4)) & 7;
  }

  @Override
  void putLevel(byte[] blocks, int at, int block, int level) {
    BlockBits.putInWord(blocks, at + WORDS + 2 * (block / 4), level << (3 * (block % 4)));
  }

  @Override
  int shifts(byte[] blocks, int at, int block) {
    int first = BlockBits.nibble(blocks, at + NIBBLES, 2 * block) & SHIFTED_DOWN;
    int second = BlockBits.nibble(blocks, at + NIBBLES, 2 * block + 1) & SHIFTED_DOWN;
    return first >>> 2 | second >>> 3;
  }

  @Override
  void putShifts(byte[] blocks, int at, int block, int shifts) {
    BlockBits.putNibble(blocks, at + NIBBLES, 2 * block, (shifts & 2) << 2);
    BlockBits.putNibble(blocks, at + NIBBLES, 2 * block + 1, (shifts & 1) << 3);
  }

  @Override
  int point(byte[] blocks, int at, int octet) {
    int upper = BlockBits.nibble(blocks, at + NIBBLES, octet) & 7;
    return upper << 8 | (blocks[at + octet] & 0xFF);
  }

  @Override
  void putPoint(byte[] blocks, int at, int octet, int point) {
    blocks[at + octet] = (byte) point;
    BlockBits.putNibble(blocks, at + NIBBLES, octet, point >>> 8);
  }
}
