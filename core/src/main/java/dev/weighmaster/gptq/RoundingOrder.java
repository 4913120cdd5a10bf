package dev.weighmaster.gptq;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * In which order GPTQ rounded the columns of a matrix, as far as that is known. Columns are in
 * steps: the order of the steps is known, that within a step is not.
 */
public final class RoundingOrder {
  private final int[] columns;
  private final int[] stepEnds;

  private RoundingOrder(int[] columns, int[] stepEnds) {
    this.columns = columns;
    this.stepEnds = stepEnds;
  }

  /** From the first column to the last: what GPTQ does without {@code desc_act}. */
  public static RoundingOrder byColumn(int columns) {
    return new RoundingOrder(
        IntStream.range(0, columns).toArray(), IntStream.rangeClosed(1, columns).toArray());
  }

  /**
   * Group by group: what is known with {@code desc_act}, whose groups are numbered as they were
   * rounded.
   *
   * @param groups each column's group, {@code g_idx} in the file
   */
  public static RoundingOrder byGroup(int[] groups) {
    int[] columns =
        IntStream.range(0, groups.length)
            .boxed()
            .sorted(Comparator.comparingInt(column -> groups[column]))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] stepEnds = new int[columns.length];
    int end = columns.length;
    for (int i = columns.length - 1; i >= 0; i--) {
      if (i + 1 < columns.length && groups[columns[i]] != groups[columns[i + 1]]) {
        end = i + 1;
      }
      stepEnds[i] = end;
    }
    return new RoundingOrder(columns, stepEnds);
  }

  /** What is known where columns were sorted, and the file doesn't say how. */
  public static RoundingOrder unknown(int columns) {
    return byGroup(new int[columns]);
  }

  /** How many columns there are. */
  public int size() {
    return columns.length;
  }

  /** The column at a position. */
  int column(int position) {
    return columns[position];
  }

  /** Where the step of a position ends: the position of the next step's first column. */
  int stepEnd(int position) {
    return stepEnds[position];
  }
}
