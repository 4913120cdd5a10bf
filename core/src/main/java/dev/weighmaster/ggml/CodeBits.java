package dev.weighmaster.ggml;

import java.util.Arrays;

/**
 * How the codes of a block share bytes.
 *
 * <p>ggml spreads neighbouring codes over neighbouring bytes, so that a vector instruction gets at
 * all of them with one shift. Codes are bytes from 0 up; a {@code long} holds eight of them.
 */
final class CodeBits {
  private static final int SLICE = 32;
  private static final int TOGETHER = Long.BYTES;

  /** The lowest bit of each byte, the lowest two, the lowest four. */
  private static final long ONES = 0x0101_0101_0101_0101L;

  private static final long PAIRS = 3 * ONES;
  private static final long NIBBLES = 0xF * ONES;

  /** One bit of each byte: bit {@code i} of byte {@code i}. */
  private static final long DIAGONAL = 0x8040_2010_0804_0201L;

  /** What moves the lowest bit of byte {@code i} to bit {@code i} of the last byte. */
  private static final long TO_LAST_BYTE = 0x0102_0408_1020_4080L;

  private CodeBits() {}

  /**
   * Packs the low four bits of codes: in each group of {@code 2 * half} codes, those of the first
   * half are the low nibbles of {@code half} bytes, those of the second half the high ones.
   *
   * @param half a multiple of 8
   */
  static void packNibbles(byte[] codes, int count, int half, byte[] blocks, int offset) {
    int at = offset;
    for (int group = 0; group < count; group += 2 * half) {
      for (int i = group; i < group + half; i += TOGETHER) {
        long low = BlockBytes.longAt(codes, i) & NIBBLES;
        long high = BlockBytes.longAt(codes, i + half) & NIBBLES;
        BlockBytes.putLong(blocks, at, low | (high << 4));
        at += TOGETHER;
      }
    }
  }

  /** The reverse of {@link #packNibbles}. */
  static void unpackNibbles(byte[] blocks, int offset, int count, int half, byte[] codes) {
    int at = offset;
    for (int group = 0; group < count; group += 2 * half) {
      for (int i = group; i < group + half; i += TOGETHER) {
        long pairs = BlockBytes.longAt(blocks, at);
        BlockBytes.putLong(codes, i, pairs & NIBBLES);
        BlockBytes.putLong(codes, i + half, (pairs >>> 4) & NIBBLES);
        at += TOGETHER;
      }
    }
  }

  /**
   * Packs two bits of each of 256 codes, those at {@code shift}: four slices of 32 codes share 32
   * bytes, the first slice the lowest bits.
   */
  static void packPairs(byte[] codes, int shift, byte[] blocks, int offset) {
    int at = offset;
    for (int group = 0; group < 8 * SLICE; group += 4 * SLICE) {
      for (int i = group; i < group + SLICE; i += TOGETHER) {
        long fours = 0;
        for (int slice = 0; slice < 4; slice++) {
          long pairs = (BlockBytes.longAt(codes, i + slice * SLICE) >>> shift) & PAIRS;
          fours |= pairs << (2 * slice);
        }
        BlockBytes.putLong(blocks, at, fours);
        at += TOGETHER;
      }
    }
  }

  /** The reverse of {@link #packPairs} where codes have only these two bits. */
  static void unpackPairs(byte[] blocks, int offset, byte[] codes) {
    Arrays.fill(codes, (byte) 0);
    addPairs(blocks, offset, 0, codes);
  }

  /** The reverse of {@link #packPairs}: adds the bits to what the codes hold. */
  static void addPairs(byte[] blocks, int offset, int shift, byte[] codes) {
    int at = offset;
    for (int group = 0; group < 8 * SLICE; group += 4 * SLICE) {
      for (int i = group; i < group + SLICE; i += TOGETHER) {
        long fours = BlockBytes.longAt(blocks, at);
        at += TOGETHER;
        for (int slice = 0; slice < 4; slice++) {
          add(codes, i + slice * SLICE, ((fours >>> (2 * slice)) & PAIRS) << shift);
        }
      }
    }
  }

  /**
   * Packs one bit of each of 256 codes, that at {@code shift}: eight slices of 32 codes share 32
   * bytes, the first slice the lowest bit.
   */
  static void packBits(byte[] codes, int shift, byte[] blocks, int offset) {
    for (int i = 0; i < SLICE; i += TOGETHER) {
      long eights = 0;
      for (int slice = 0; slice < 8; slice++) {
        eights |= ((BlockBytes.longAt(codes, slice * SLICE + i) >>> shift) & ONES) << slice;
      }
      BlockBytes.putLong(blocks, offset + i, eights);
    }
  }

  /** The reverse of {@link #packBits}: adds the bit to what the codes hold. */
  static void addBits(byte[] blocks, int offset, int shift, byte[] codes) {
    for (int i = 0; i < SLICE; i += TOGETHER) {
      long eights = BlockBytes.longAt(blocks, offset + i);
      for (int slice = 0; slice < 8; slice++) {
        add(codes, slice * SLICE + i, ((eights >>> slice) & ONES) << shift);
      }
    }
  }

  /** The bit at {@code shift} of each of 32 codes, the first code's the lowest. */
  static int bitsInOrder(byte[] codes, int shift) {
    int bits = 0;
    for (int i = 0; i < SLICE; i += TOGETHER) {
      long ones = (BlockBytes.longAt(codes, i) >>> shift) & ONES;
      bits |= (int) ((ones * TO_LAST_BYTE) >>> 56) << i;
    }
    return bits;
  }

  /** The reverse of {@link #bitsInOrder}: adds the bit to what the codes hold. */
  static void addBitsInOrder(int bits, int shift, byte[] codes) {
    for (int i = 0; i < SLICE; i += TOGETHER) {
      long spread = (((bits >>> i) & 0xFF) * ONES) & DIAGONAL;
      // What is not 0 carries into the highest bit of its byte.
      long ones = ((spread + 0x7F * ONES) >>> 7) & ONES;
      add(codes, i, ones << shift);
    }
  }

  private static void add(byte[] codes, int at, long bits) {
    BlockBytes.putLong(codes, at, BlockBytes.longAt(codes, at) | bits);
  }
}
