package dev.weighmaster.packing;

import java.util.Arrays;

/** Which columns of a matrix share a scale. Immutable. */
public final class Groups {
  private final int[] groupOf;
  private final int count;

  private Groups(int[] groupOf, int count) {
    this.groupOf = groupOf;
    this.count = count;
  }

  /** As many columns after each other in each group; the last may have fewer. */
  static Groups ofSize(int columns, int size) {
    int[] groupOf = new int[columns];
    for (int i = 0; i < columns; i++) {
      groupOf[i] = i / size;
    }
    return new Groups(groupOf, (columns + size - 1) / size);
  }

  /**
   * The groups that a tensor lists.
   *
   * @param groupOf the group of each column, which is kept
   * @throws UnpackableException if a column has no group, or the groups are not full one after the
   *     other as an order of the columns leaves them
   */
  static Groups of(int[] groupOf, int count) throws UnpackableException {
    int[] sizes = new int[count];
    for (int column = 0; column < groupOf.length; column++) {
      int group = groupOf[column];
      if (group < 0 || group >= count) {
        throw new UnpackableException(
            "column %d is in group %d of %d".formatted(column, group, count));
      }
      sizes[group]++;
    }
    for (int group = 0; group < count; group++) {
      boolean last = group == count - 1;
      if (last ? sizes[group] == 0 || sizes[group] > sizes[0] : sizes[group] != sizes[0]) {
        throw new UnpackableException(
            "group %d has %d columns where the first has %d"
                .formatted(group, sizes[group], sizes[0]));
      }
    }
    return new Groups(groupOf, count);
  }

  /** How many groups there are. */
  public int count() {
    return count;
  }

  /** The group of a column. */
  public int of(int column) {
    return groupOf[column];
  }

  /** Whether columns are in the order of their groups. */
  public boolean inOrder() {
    int[] sorted = groupOf.clone();
    Arrays.sort(sorted);
    return Arrays.equals(sorted, groupOf);
  }
}
