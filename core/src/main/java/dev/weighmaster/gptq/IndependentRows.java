package dev.weighmaster.gptq;

import java.util.Arrays;

/** Finds rows of a matrix that are independent of each other, by elimination. */
final class IndependentRows {
  /** Less of a row, as a part of it, is taken to depend on the others. */
  private static final double LEAST_PART = 1e-3;

  private final double[][] eliminated;
  private final int[] pivots;
  private int found;

  IndependentRows(int count) {
    this.eliminated = new double[count][];
    this.pivots = new int[count];
  }

  boolean isComplete() {
    return found == pivots.length;
  }

  /** Adds a row if it doesn't depend on those that were added; says whether. */
  boolean add(double[] row) {
    double[] rest = row.clone();
    double size = Arrays.stream(row).map(Math::abs).max().orElse(0);
    for (int i = 0; i < found; i++) {
      double factor = rest[pivots[i]];
      double[] other = eliminated[i];
      for (int l = 0; l < rest.length; l++) {
        rest[l] -= factor * other[l];
      }
    }
    int pivot = 0;
    for (int l = 1; l < rest.length; l++) {
      pivot = Math.abs(rest[l]) > Math.abs(rest[pivot]) ? l : pivot;
    }
    double value = rest[pivot];
    if (!(Math.abs(value) > LEAST_PART * size)) {
      return false;
    }
    eliminated[found] = Arrays.stream(rest).map(part -> part / value).toArray();
    pivots[found++] = pivot;
    return true;
  }
}
