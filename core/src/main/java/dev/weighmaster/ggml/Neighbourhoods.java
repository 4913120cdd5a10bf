package dev.weighmaster.ggml;

import java.util.Arrays;

/**
 * For each code that is no point of a codebook, the points around it: the nearest first, those of
 * one distance by index.
 */
final class Neighbourhoods {
  private final Codebook codebook;
  private final int[] starts;
  private final char[] lists;

  /**
   * Lists the neighbourhoods in ggml's order: {@code iq2_compare_func} sorts by distance, then by
   * index. ggml also lists neighbours of codes with levels that no weight can have; these stay out.
   */
  Neighbourhoods(Codebook codebook, int shells) {
    this.codebook = codebook;
    byte[] halfDistances = halfDistances();
    int codeBits = codebook.coordinates * codebook.levelBits;
    int halfBits = codeBits / 2;
    int halfMask = (1 << halfBits) - 1;
    int[] distances = new int[codebook.size()];
    int[] population =
        new int[1 + codebook.coordinates * (codebook.levels - 1) * (codebook.levels - 1)];
    char[] lists = new char[1 << 16];
    int end = 0;
    starts = new int[1 << codeBits];
    for (int code = 0; code < starts.length; code++) {
      if (codebook.index(code) != Codebook.NONE || !reachable(code)) {
        continue;
      }
      Arrays.fill(population, 0);
      for (int index = 0; index < distances.length; index++) {
        int low = (code & halfMask) << halfBits | (codebook.code(index) & halfMask);
        int high = (code >>> halfBits) << halfBits | codebook.code(index) >>> halfBits;
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
      for (int index = 0; index < distances.length; index++) {
        if (distances[index] <= radius) {
          lists[population[distances[index]]++] = (char) codebook.code(index);
        }
      }
      starts[code] = end;
      end += 1 + count;
    }
    this.lists = Arrays.copyOf(lists, end);
  }

  private boolean reachable(int code) {
    for (int coordinate = 0; coordinate < codebook.coordinates; coordinate++) {
      if (codebook.level(code, coordinate) >= codebook.levels) {
        return false;
      }
    }
    return true;
  }

  /** The squared distance of every two halves of codes. */
  private byte[] halfDistances() {
    int halfBits = codebook.coordinates * codebook.levelBits / 2;
    byte[] squares = new byte[1 << (2 * halfBits)];
    for (int pair = 0; pair < squares.length; pair++) {
      int sum = 0;
      for (int coordinate = 0; coordinate < codebook.coordinates / 2; coordinate++) {
        int difference =
            codebook.level(pair, coordinate) - codebook.level(pair >>> halfBits, coordinate);
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

  /**
   * Where the neighbourhood of a code that is no point starts in {@link #lists}: the number of its
   * points, then their codes.
   */
  int start(int code) {
    return starts[code];
  }

  /** All neighbourhoods. Callers only read. */
  char[] lists() {
    return lists;
  }
}
