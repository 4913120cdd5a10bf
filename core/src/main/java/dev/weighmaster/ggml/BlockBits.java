package dev.weighmaster.ggml;

/** Numbers of a few bits in the bytes of a block. What is put is added to bits that are 0. */
final class BlockBits {
  private BlockBits() {}

  /** The nibble of this index from a place on: even ones are the lower halves of bytes. */
  static int nibble(byte[] blocks, int at, int index) {
    return blocks[at + index / 2] >>> (index % 2 * 4) & 0xF;
  }

  static void putNibble(byte[] blocks, int at, int index, int nibble) {
    blocks[at + index / 2] |= (byte) (nibble << (index % 2 * 4));
  }

  /** A word of 16 bits, as an unsigned number. */
  static int word(byte[] blocks, int at) {
    return BlockBytes.shortAt(blocks, at) & 0xFFFF;
  }

  static void putInWord(byte[] blocks, int at, int bits) {
    BlockBytes.putShort(blocks, at, (short) (word(blocks, at) | bits));
  }

  static void putInDoubleWord(byte[] blocks, int at, int bits) {
    BlockBytes.putInt(blocks, at, BlockBytes.intAt(blocks, at) | bits);
  }
}
