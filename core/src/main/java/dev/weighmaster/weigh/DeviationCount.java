package dev.weighmaster.weigh;

import java.util.Optional;

/** Counts the weights that are not as expected, and keeps the first. Not thread-safe. */
public final class DeviationCount {
  private long count;
  private Optional<Deviation> first = Optional.empty();
  private Optional<Deviation> last = Optional.empty();

  /**
   * Compares a row.
   *
   * @param from index of the row's first weight in all three arrays
   * @return how many weights are not as expected
   */
  public int add(float[] stored, float[] expected, float[] source, int from, int length, long row) {
    int different = 0;
    for (int i = from; i < from + length; i++) {
      // Two zeros are the same weight; a weight that is no number is never as expected.
      if (stored[i] != expected[i]) {
        different++;
      }
    }
    if (different > 0) {
      int i = from;
      while (stored[i] == expected[i]) {
        i++;
      }
      last = Optional.of(new Deviation(0, row, i - from, stored[i], expected[i], source[i]));
      first = first.or(() -> last);
    }
    count += different;
    return different;
  }

  /** Counts a row that is the same as the one that another count has just added. */
  void addSame(int different, DeviationCount other) {
    count += different;
    if (different > 0 && first.isEmpty()) {
      first = other.last;
    }
  }

  /** How many there are. */
  public long count() {
    return count;
  }

  /** Empty if there is none. */
  public Optional<Deviation> deviation() {
    return first.map(
        at -> new Deviation(count, at.row(), at.column(), at.stored(), at.expected(), at.source()));
  }
}
