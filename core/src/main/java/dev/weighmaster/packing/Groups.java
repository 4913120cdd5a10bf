package dev.weighmaster.packing;

/** Which columns of a matrix share a scale. Immutable. */
public final class Groups {
  private static final int[] NOT_LISTED = {};

  private final int[] listed;
  private final int size;
  private final int count;

  private Groups(int[] listed, int size, int count) {
    this.listed = listed;
    this.size = size;
    this.count = count;
  }

  /** As many columns after each other in each group; the last may have fewer. */
  static Groups ofSize(int columns, int size) {
    return new Groups(NOT_LISTED, size, (columns + size - 1) / size);
  }

  /**
   * The groups that a tensor lists.
   *
   * @param groupOf the group of each column, which is kept if they are not in order
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
    return isInOrder(groupOf)
        ? ofSize(groupOf.length, sizes[0])
        : new Groups(groupOf, sizes[0], count);
  }

  private static boolean isInOrder(int[] groupOf) {
    for (int column = 1; column < groupOf.length; column++) {
      if (groupOf[column] < groupOf[column - 1]) {
        return false;
      }
    }
    return true;
  }

  /** How many groups there are. */
  public int count() {
    return count;
  }

  /** The group of a column. */
  public int of(int column) {
    return listed.length == 0 ? column / size : listed[column];
  }

  /** The group of each of so many columns. */
  public int[] list(int columns) {
    int[] list = new int[columns];
    for (int column = 0; column < columns; column++) {
      list[column] = of(column);
    }
    return list;
  }

  /** Whether columns are in the order of their groups. */
  public boolean inOrder() {
    return listed.length == 0;
  }

  /** Numbers that are in memory for them. */
  int held() {
    return listed.length;
  }
}
