package dev.weighmaster.ggml;

import java.util.Arrays;
import java.util.stream.Stream;

/**
 * The points that a group of weights may take in one of ggml's IQ types, and for every other
 * combination of levels the points around it.
 *
 * <p>A code holds the levels of a group's weights: bits of the first weight lowest, as in {@link
 * CodebookPoints}. Any number of threads may use one.
 */
final class Codebook {
  /** No point has this index. */
  static final int NONE = -1;

  /** Weights a point stands for. */
  final int coordinates;

  /** Bits of a code that hold one coordinate's level. */
  final int levelBits;

  /** Levels that a coordinate may have: from 0 up to here, exclusive. */
  final int levels;

  private final char[] codes;
  private final short[] indexes;
  private final int shells;

  /** Null until they are needed: to encode, but not to decode. */
  private Neighbourhoods neighbourhoods;

  /**
   * @param points the codes of the points, in order of their indexes
   * @param shells of points around a code that make its neighbourhood: a shell is all points of one
   *     distance
   */
  Codebook(String points, int coordinates, int levelBits, int levels, int shells) {
    this.coordinates = coordinates;
    this.levelBits = levelBits;
    this.levels = levels;
    int[] parsed = Stream.of(points.trim().split("\\s+")).mapToInt(Integer::parseInt).toArray();
    codes = new char[parsed.length];
    indexes = new short[1 << (coordinates * levelBits)];
    Arrays.fill(indexes, (short) NONE);
    for (int index = 0; index < parsed.length; index++) {
      codes[index] = (char) parsed[index];
      indexes[parsed[index]] = (short) index;
    }
    this.shells = shells;
  }

  /** The index of the point with this code, or {@link #NONE}. */
  int index(int code) {
    return indexes[code];
  }

  int code(int index) {
    return codes[index];
  }

  int size() {
    return codes.length;
  }

  /** The points around the codes that are no points. */
  synchronized Neighbourhoods neighbourhoods() {
    if (neighbourhoods == null) {
      neighbourhoods = new Neighbourhoods(this, shells);
    }
    return neighbourhoods;
  }

  /** The coordinates of all points, one after the other, by index, with these values for levels. */
  float[] coordinates(float... levelValues) {
    float[] values = new float[codes.length * coordinates];
    for (int at = 0; at < values.length; at++) {
      values[at] = levelValues[level(codes[at / coordinates], at % coordinates)];
    }
    return values;
  }

  /** The level of one coordinate. */
  int level(int code, int coordinate) {
    return code >>> (coordinate * levelBits) & (1 << levelBits) - 1;
  }
}
