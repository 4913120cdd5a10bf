package dev.weighmaster.gptq;

import java.util.Arrays;

/**
 * The rows of the matrices that read one input, as far as their columns are weighed: GPTQ rounds
 * them with the same Hessian, so they are one matrix to it. Only the columns that were rounded
 * first are kept: with less than {@value #LEAST_ROWS} rows for each column before it, one says next
 * to nothing.
 */
public final class GptqStack {
  /** So many rows there are for each column that is weighed. */
  static final int LEAST_ROWS = 16;

  /** Weights that are kept: 6 bytes each. */
  private static final int MOST_WEIGHTS = 1 << 24;

  /** What llm-compressor takes for zero in a sparse source, whose zeros it leaves as they are. */
  private static final float ZERO = 1e-8f;

  /** Half a step of BF16: tools pack codes from decoded weights of the model's type. */
  private static final double PACKED = 0x1p-8;

  /** Level 0, bounded from no side: the row says nothing from here on. */
  private static final short LAST = 0;

  private static final int HIGH = 1;
  private static final int LOW = 2;
  private static final int SIDES = HIGH | LOW;
  private static final int SIDE_BITS = 2;
  private static final int MOST_LEVEL = Short.MAX_VALUE >> SIDE_BITS;

  private final RoundingOrder order;
  private final int[] groups;
  private final int[] slots;
  private final int greatestCode;
  private final StoredScale stored;
  private final float[][] residuals;
  private final short[][] levels;
  private final float[][] scales;
  private final int capacity;
  private int rows;
  private int left;

  /**
   * @param bits of each code
   * @param groups each column's group
   * @param rows most rows that will be added
   */
  public GptqStack(int bits, RoundingOrder order, int[] groups, StoredScale stored, int rows) {
    this.order = order;
    this.groups = groups.clone();
    this.greatestCode = (1 << bits) - 1;
    this.stored = stored;
    int kept = kept(order, rows);
    this.capacity = Math.min(rows, MOST_WEIGHTS / Math.max(1, kept));
    this.slots = new int[kept];
    this.residuals = new float[kept][capacity];
    this.levels = new short[kept][capacity];
    this.scales = new float[slotOfGroups()][capacity];
  }

  private static int kept(RoundingOrder order, int rows) {
    int most = Math.min(rows / LEAST_ROWS, MOST_WEIGHTS / Math.max(1, rows));
    int last = Math.min(order.size(), Math.max(1, most)) - 1;
    return last < 0 ? 0 : order.stepEnd(last);
  }

  /** How many weights a stack of so many rows keeps. */
  public static long keptWeights(RoundingOrder order, int rows) {
    return Math.min(MOST_WEIGHTS, (long) kept(order, rows) * rows);
  }

  /** Numbers the groups of the columns that are kept. */
  private int slotOfGroups() {
    int[] slotOf = new int[Arrays.stream(groups).max().orElse(0) + 1];
    Arrays.fill(slotOf, -1);
    int used = 0;
    for (int position = 0; position < slots.length; position++) {
      int group = groups[order.column(position)];
      if (slotOf[group] < 0) {
        slotOf[group] = used++;
      }
      slots[position] = slotOf[group];
    }
    return used;
  }

  /**
   * Adds a row.
   *
   * @param source weights, rounded to the type that the quantizer loaded them as
   * @param codes stored codes, a column each
   * @param rowScales stored scales, a group each
   * @param zeros the codes that stand for zero, a group each
   */
  public void add(float[] source, int[] codes, float[] rowScales, int[] zeros) {
    if (rows == capacity) {
      left++;
      return;
    }
    boolean usable = true;
    for (int position = 0; position < slots.length; position++) {
      int column = order.column(position);
      int group = groups[column];
      float scale = rowScales[group];
      int level = codes[column] - zeros[group];
      float residual = (float) (source[column] - (double) scale * level);
      usable &= scale > 0 && Float.isFinite(scale) && Float.isFinite(residual);
      usable &= -MOST_LEVEL <= level && level <= MOST_LEVEL;
      residuals[position][rows] = residual;
      levels[position][rows] = (short) (level << SIDE_BITS | sides(codes[column]));
      if (mayBeKept(level, source[column]) || mayBeMoved(level, codes[column], scale)) {
        levels[position][rows] = LAST;
      }
      scales[slots[position]][rows] = scale;
    }
    if (usable) {
      rows++;
    } else {
      left++;
    }
  }

  /** Whether a tool that keeps zeros can have kept one, so that no errors before moved it. */
  private static boolean mayBeKept(int level, float weight) {
    return level == 0 && Math.abs(weight) <= ZERO;
  }

  /** Whether packing can have changed a code: it divides a rounded weight by a rounded scale. */
  private boolean mayBeMoved(int level, int code, float scale) {
    return Math.abs(level) * PACKED + code * stored.relativeError(scale) >= 0.5;
  }

  private int sides(int code) {
    return (code < greatestCode ? HIGH : 0) | (code > 0 ? LOW : 0);
  }

  /** How many columns are kept. */
  int columns() {
    return slots.length;
  }

  int rows() {
    return rows;
  }

  /** How many rows were left out: for want of memory, or because they aren't finite numbers. */
  int leftOut() {
    return left;
  }

  RoundingOrder order() {
    return order;
  }

  /** Source minus decoded, a row each. */
  float[] residuals(int position) {
    return residuals[position];
  }

  /** Code minus zero. */
  int level(int position, int row) {
    return levels[position][row] >> SIDE_BITS;
  }

  /** Whether the weight before rounding can't have been above half a step more than decoded. */
  boolean boundedAbove(int position, int row) {
    return (levels[position][row] & HIGH) != 0;
  }

  /** Whether the weight before rounding can't have been below half a step less than decoded. */
  boolean boundedBelow(int position, int row) {
    return (levels[position][row] & LOW) != 0;
  }

  boolean boundedTwice(int position, int row) {
    return (levels[position][row] & SIDES) == SIDES;
  }

  /**
   * Takes away the rows that say nothing of what was rounded after a column: where a zero was kept,
   * or a code changed, the row's coefficients are its own from there on.
   */
  void removeEnded(int position, boolean[] usable) {
    short[] column = levels[position];
    for (int row = 0; row < rows; row++) {
      usable[row] &= column[row] != LAST;
    }
  }

  /** Whether all weights of a column are zero: GPTQ sets those of inputs to zero that are zero. */
  boolean isZero(int position) {
    for (int row = 0; row < rows; row++) {
      if (level(position, row) != 0) {
        return false;
      }
    }
    return true;
  }

  float scale(int position, int row) {
    return scales[slots[position]][row];
  }

  /** How many groups the columns that are kept are in. */
  int slots() {
    return scales.length;
  }

  /** The number of a column's group among those of the columns that are kept. */
  int slot(int position) {
    return slots[position];
  }

  /** The most that storing can have changed a scale, as a part of it. */
  double scaleError(int position, int row) {
    return stored.relativeError(scale(position, row));
  }
}
