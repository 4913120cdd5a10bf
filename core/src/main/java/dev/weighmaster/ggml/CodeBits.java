package dev.weighmaster.ggml;

import java.util.Arrays;

/**
 * How the codes of a block share bytes.
 *
 * <p>ggml spreads neighbouring codes over neighbouring bytes, so that a vector instruction gets at
 * all of them with one shift. Codes are bytes from 0 up.
 */
final class CodeBits {
  private static final int SLICE = 32;

  private CodeBits() {}

  /**
   * Packs the low four bits of codes: in each group of {@code 2 * half} codes, those of the first
   * half are the low nibbles of {@code half} bytes, those of the second half the high ones.
   */
  static void packNibbles(byte[] codes, int count, int half, byte[] blocks, int offset) {
    int at = offset;
    for (int group = 0; group < count; group += 2 * half) {
      for (int i = group; i < group + half; i++) {
        blocks[at++] = (byte) ((codes[i] & 0xF) | (codes[i + half] << 4));
      }
    }
  }

  static void unpackNibbles(byte[] blocks, int offset, int count, int half, byte[] codes) {
    int at = offset;
    for (int group = 0; group < count; group += 2 * half) {
      for (int i = group; i < group + half; i++) {
        int pair = blocks[at++];
        codes[i] = (byte) (pair & 0xF);
        codes[i + half] = (byte) ((pair >> 4) & 0xF);
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
      for (int i = group; i < group + SLICE; i++) {
        int first = (codes[i] >> shift) & 3;
        int second = (codes[i + SLICE] >> shift) & 3;
        int third = (codes[i + 2 * SLICE] >> shift) & 3;
        int fourth = (codes[i + 3 * SLICE] >> shift) & 3;
        blocks[at++] = (byte) (first | (second << 2) | (third << 4) | (fourth << 6));
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
      for (int i = group; i < group + SLICE; i++) {
        int four = blocks[at++];
        codes[i] |= (byte) ((four & 3) << shift);
        codes[i + SLICE] |= (byte) (((four >> 2) & 3) << shift);
        codes[i + 2 * SLICE] |= (byte) (((four >> 4) & 3) << shift);
        codes[i + 3 * SLICE] |= (byte) (((four >> 6) & 3) << shift);
      }
    }
  }

  /**
   * Packs one bit of each of 256 codes, that at {@code shift}: eight slices of 32 codes share 32
   * bytes, the first slice the lowest bit.
   */
  static void packBits(byte[] codes, int shift, byte[] blocks, int offset) {
    for (int i = 0; i < SLICE; i++) {
      int eight = 0;
      for (int slice = 0; slice < 8; slice++) {
        eight |= ((codes[slice * SLICE + i] >> shift) & 1) << slice;
      }
      blocks[offset + i] = (byte) eight;
    }
  }

  /** The reverse of {@link #packBits}: adds the bit to what the codes hold. */
  static void addBits(byte[] blocks, int offset, int shift, byte[] codes) {
    for (int slice = 0; slice < 8; slice++) {
      for (int i = 0; i < SLICE; i++) {
        codes[slice * SLICE + i] |= (byte) (((blocks[offset + i] >> slice) & 1) << shift);
      }
    }
  }
}
