package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.Arrays;

/**
 * IQ1_S and IQ1_M: super-blocks of 256 weights with a half-precision scale, blocks with a three-bit
 * factor of it, and for each eight weights the index of a point whose coordinates are -1, 0 and 1,
 * all shifted by an eighth up or down.
 */
abstract sealed class Iq1Codec extends BlockCodec permits Iq1SCodec, Iq1MCodec {
  private static final int SUPER_BLOCK = Iq1Search.SUPER_BLOCK;
  private static final int OCTET = Iq1Search.OCTET;
  private static final int OCTETS = SUPER_BLOCK / OCTET;

  /** A block's level goes from 0 to 7, which stand for 1, 3, … 15 times the scale. */
  private static final int HIGHEST_LEVEL = 7;

  private final int bytes;
  private final int octetsOfBlock;

  /**
   * @param length of a block, in weights
   */
  Iq1Codec(GgmlType type, int length) {
    super(type);
    bytes = type.blockBytes();
    octetsOfBlock = length / OCTET;
  }

  @Override
  public final boolean heedsImportance() {
    return true;
  }

  @Override
  final void decodeBlocks(byte[] blocks, int offset, float[] row, int from, int count) {
    for (int i = 0; i < count; i++) {
      decode(blocks, offset + i * bytes, row, from + i * SUPER_BLOCK);
    }
  }

  private void decode(byte[] blocks, int at, float[] row, int from) {
    float scale = scale(blocks, at);
    for (int octet = 0; octet < OCTETS; octet++) {
      int block = octet / octetsOfBlock;
      float blockScale = scale * (2 * level(blocks, at, block) + 1);
      float[] values = Iq1Search.values(shifts(blocks, at, block), octet);
      int code = Iq1Search.code(point(blocks, at, octet));
      for (int i = from + octet * OCTET; i < from + (octet + 1) * OCTET; i++) {
        row[i] = blockScale * values[code & 3];
        code >>>= 2;
      }
    }
  }

  @Override
  final void encodeBlocks(float[] row, int from, int count, byte[] blocks, int offset) {
    encodeByImportance(row, from, count, RowWeights.NONE, blocks, offset);
  }

  @Override
  final void encodeByImportance(
      float[] row, int from, int count, float[] importance, byte[] blocks, int offset) {
    Iq1Search search = newSearch();
    int[] levels = new int[OCTETS / octetsOfBlock];
    for (int i = 0; i < count; i++) {
      int at = offset + i * bytes;
      Arrays.fill(blocks, at, at + bytes, (byte) 0);
      float greatest = search.search(row, from + i * SUPER_BLOCK, importance, i * SUPER_BLOCK);
      for (int octet = 0; octet < OCTETS; octet++) {
        putPoint(blocks, at, octet, search.point(octet));
      }
      if (greatest != 0) {
        putScales(search, greatest, levels, blocks, at);
      }
    }
  }

  private void putScales(Iq1Search search, float greatest, int[] levels, byte[] blocks, int at) {
    float scale = greatest / (2 * HIGHEST_LEVEL + 1);
    float inverse = 1 / scale;
    for (int block = 0; block < levels.length; block++) {
      int nearest = GgmlFloats.nearestInt(0.5f * (inverse * search.scale(block) - 1));
      levels[block] = Math.max(0, Math.min(HIGHEST_LEVEL, nearest));
      putLevel(blocks, at, block, levels[block]);
      putShifts(blocks, at, block, search.shifts(block));
    }
    putScale(blocks, at, storedScale(search, levels, scale));
  }

  abstract Iq1Search newSearch();

  /** The scale to store, given the one that fits the greatest block. */
  abstract float storedScale(Iq1Search search, int[] levels, float scale);

  abstract float scale(byte[] blocks, int at);

  abstract void putScale(byte[] blocks, int at, float scale);

  /** The level of a block's scale, 0 to 7. */
  abstract int level(byte[] blocks, int at, int block);

  abstract void putLevel(byte[] blocks, int at, int block, int level);

  /** The shifts of a block's halves: {@link Iq1Split#shifts}. */
  abstract int shifts(byte[] blocks, int at, int block);

  abstract void putShifts(byte[] blocks, int at, int block, int shifts);

  /** The index of an octet's point. */
  abstract int point(byte[] blocks, int at, int octet);

  abstract void putPoint(byte[] blocks, int at, int octet, int point);
}
