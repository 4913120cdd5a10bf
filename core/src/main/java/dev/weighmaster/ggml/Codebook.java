package dev.weighmaster.ggml;

import java.util.Arrays;
import java.util.stream.Stream;

/**
 * The points that a group of weights may take in one of ggml's IQ types, and for every other
 * combination of levels the points around it.
 *
 * <p>A code holds the levels of a group's weights: bits of the first weight lowest, as in {@link
 * CodebookPoints}. Immutable.
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
  private final int[] neighbourhoods;
  private final char[] neighbours;

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
    indexes = new short[1 << coordinates * levelBits];
    Arrays.fill(indexes, (short) NONE);
    for (int index = 0; index < parsed.length; index++) {
      codes[index] = (char) parsed[index];
      indexes[parsed[index]] = (short) index;
    }
    neighbourhoods = new int[indexes.length];
    neighbours = listNeighbours(shells);
  }

  /** The index of the point with this code, or {@link #NONE}. */
  int index(int code) {
    return indexes[code];
  }

  int code(int index) {
    return codes[index];
  }

  /**
   * Where the neighbourhood of a code that is no point starts in {@link #neighbours}: the number of
   * its points, then their codes, the nearest first and those of one distance by index.
   */
  int neighbourhood(int code) {
    return neighbourhoods[code];
  }

  /** All neighbourhoods. Callers only read. */
  char[] neighbours() {
    return neighbours;
  }

  /** The coordinates of all points, one after the other, by index, with these values for levels. */
  float[] coordinates(float... levelValues) {
    float[] values = new float[codes.length * coordinates];
    for (int at = 0; at < values.length; at++) {
      values[at] = levelValues[level(codes[at / coordinates], at % coordinates)];
    }
    return values;
  }

  private int level(int code, int coordinate) {
    return code >>> coordinate * levelBits & (1 << levelBits) - 1;
  }

  /**
   * Lists the neighbourhoods in ggml's order: {@code iq2_compare_func} sorts by distance, then by
   * index. ggml also lists neighbours of codes with levels that no weight can have; these stay out.
   */
  private char[] listNeighbours(int shells) {
    byte[] halfDistances = halfDistances();
    int halfBits = coordinates * levelBits / 2;
    int halfMask = (1 << halfBits) - 1;
    int[] distances = new int[codes.length];
    int[] population = new int[1 + coordinates * (levels - 1) * (levels - 1)];
    char[] lists = new char[1 << 16];
    int end = 0;
    for (int code = 0; code < indexes.length; code++) {
      if (indexes[code] != NONE || !reachable(code)) {
        continue;
      }
      Arrays.fill(population, 0);
      for (int index = 0; index < codes.length; index++) {
        int low = (code & halfMask) << halfBits | codes[index] & halfMask;
        int high = (code >>> halfBits) << halfBits | codes[index] >>> halfBits;
        distances[index] = halfDistances[low] + halfDistances[high];
        population[distances[index]]++;
      }
      int radius = outermost(population, shells);
      int count = 0;
      for (int distance = 0; distance <= radius; distance++) {
        int members = population[distance];
        // From here on, the place of the shell's next member.
        population[distance] = end + 1 + count;
        count += members;
      }
      if (end + 1 + count > lists.length) {
        lists = Arrays.copyOf(lists, 2 * lists.length);
      }
      lists[end] = (char) count;
      for (int index = 0; index < codes.length; index++) {
        if (distances[index] <= radius) {
          lists[population[distances[index]]++] = codes[index];
        }
      }
      neighbourhoods[code] = end;
      end += 1 + count;
    }
    return Arrays.copyOf(lists, end);
  }

  private boolean reachable(int code) {
    for (int coordinate = 0; coordinate < coordinates; coordinate++) {
      if (level(code, coordinate) >= levels) {
        return false;
      }
    }
    return true;
  }

  /** The squared distance of every two halves of codes. */
  private byte[] halfDistances() {
    int halfBits = coordinates * levelBits / 2;
    byte[] squares = new byte[1 << 2 * halfBits];
    for (int pair = 0; pair < squares.length; pair++) {
      int sum = 0;
      for (int coordinate = 0; coordinate < coordinates / 2; coordinate++) {
        int difference = level(pair, coordinate) - level(pair >>> halfBits, coordinate);
        sum += difference * difference;
      }
      squares[pair] = (byte) sum;
    }
    return squares;
  }

  /** The distance of the last of so many shells that are not empty. */
  private static int outermost(int[] population, int shells) {
    int left = shells;
    for (int distance = 0; distance < population.length; distance++) {
      if (population[distance] > 0 && --left == 0) {
        return distance;
      }
    }
    return population.length - 1;
  }
}
