package dev.weighmaster.gptq;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which columns are likely to have been rounded next: nothing but time rests on it. */
final class Candidates {
  private static final int SAMPLE_ROWS = 4;
  private static final int LEAST_SAMPLE = 256;
  private static final double RIDGE = 1e-9;

  private final GptqStack stack;
  private final int[] before;
  private final int[] rows;
  private final SymmetricMatrix squares;

  private Candidates(GptqStack stack, int[] before) {
    this.stack = stack;
    this.before = before;
    this.rows = new int[Math.min(stack.rows(), SAMPLE_ROWS * before.length + LEAST_SAMPLE)];
    this.squares = new SymmetricMatrix(before.length);
    double[] values = new double[before.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (int) ((long) i * stack.rows() / rows.length);
      for (int j = 0; j < before.length; j++) {
        values[j] = stack.residuals(before[j])[rows[i]];
      }
      squares.addSquare(values, 1);
    }
  }

  /** Sorts positions by what the least squares leave of a sample of rows, the least first. */
  static void sort(List<Integer> positions, GptqStack stack, int[] before, Budget budget) {
    Candidates candidates = new Candidates(stack, before);
    long unknowns = before.length;
    budget.spend(candidates.rows.length * unknowns * (unknowns / 2 + 2L * positions.size()));
    budget.spend(unknowns * unknowns * (unknowns / 6 + positions.size()));
    candidates
        .squares
        .factor(RIDGE * candidates.squares.trace())
        .ifPresent(factor -> candidates.sort(positions, factor));
  }

  private void sort(List<Integer> positions, SymmetricMatrix.Factor factor) {
    Map<Integer, Double> left = new HashMap<>();
    for (int position : positions) {
      left.put(position, left(position, factor));
    }
    positions.sort(Comparator.comparingDouble(left::get));
  }

  private double left(int position, SymmetricMatrix.Factor factor) {
    float[] own = stack.residuals(position);
    double[] right = new double[before.length];
    for (int j = 0; j < before.length; j++) {
      float[] other = stack.residuals(before[j]);
      for (int row : rows) {
        right[j] += (double) own[row] * other[row];
      }
    }
    double[] coefficients = factor.solve(right);
    double most = 0;
    for (int row : rows) {
      if (stack.boundedTwice(position, row)) {
        double remainder = own[row];
        for (int j = 0; j < before.length; j++) {
          remainder -= coefficients[j] * stack.residuals(before[j])[row];
        }
        most = Math.max(most, Math.abs(remainder) / stack.scale(position, row));
      }
    }
    return most;
  }
}
