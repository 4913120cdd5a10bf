package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.CodeRows;
import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.weigh.Deviation;
import dev.weighmaster.weigh.ErrorSums;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Compares the scales of groups with those that their scaled weights make: not clipped, or clipped
 * to one of few parts of the greatest. And measures the errors. Not thread-safe.
 */
final class AwqGroupsPass {
  /** AutoAWQ clips to as many twentieths less, and fewer. */
  private static final int LEVELS = 10;

  private static final double STEP = 0.05;

  /** Of weights, their range and a scale that are rounded to bfloat16 each. */
  private static final double ROUNDING = 0x1p-6;

  /** What scales are not less than. */
  private static final double LEAST_RANGE = 1e-5;

  private final PackedMatrix matrix;
  private final ColumnScales scales;
  private final Optional<ColumnScales> rowDivisors;
  private final ErrorSums errors = new ErrorSums(1);
  private final int greatest;
  private final double[] min;
  private final double[] max;
  private final double[] uncertainty;
  private final double[] scaled;
  private final int[] levels;
  private long offLevel;
  private long contradicted;
  private Optional<Deviation> first = Optional.empty();

  AwqGroupsPass(PackedMatrix matrix, ColumnScales scales, Optional<ColumnScales> rowDivisors) {
    this.matrix = matrix;
    this.scales = scales;
    this.rowDivisors = rowDivisors;
    this.greatest = (1 << matrix.codes().bits()) - 1;
    this.min = new double[matrix.groups().count()];
    this.max = new double[min.length];
    this.uncertainty = new double[min.length];
    this.scaled = new double[matrix.columns()];
    this.levels = new int[min.length];
  }

  void run(ModelTensors source, Tensor tensor) throws IOException {
    float[] decoded = new float[matrix.columns()];
    CodeRows rows = matrix.open();
    try (SourceRows originals = SourceRows.open(source, tensor, matrix.columns())) {
      while (rows.advance()) {
        float[] original = originals.next();
        double divisor = rowDivisors.map(all -> all.middle(rows.row())).orElse(1.0);
        rows.decode(decoded);
        for (int i = 0; i < decoded.length; i++) {
          double scale = scales.middle(i);
          decoded[i] = scale == 0 ? 0 : (float) (decoded[i] * divisor / scale);
        }
        errors.add(original, decoded, 0, decoded.length, rows.row());
        if (rowDivisors.isEmpty() || rowDivisors.get().decided(rows.row())) {
          addScales(rows, original, divisor);
        }
      }
    }
  }

  private void addScales(CodeRows rows, float[] original, double divisor) {
    Arrays.fill(min, 0);
    Arrays.fill(max, 0);
    double ofRow = rowDivisors.map(all -> all.uncertainty(rows.row())).orElse(0.0);
    Arrays.fill(uncertainty, ofRow);
    for (int i = 0; i < original.length; i++) {
      int group = matrix.groups().of(i);
      scaled[i] = original[i] / divisor * scales.middle(i);
      if (scaled[i] < min[group] || scaled[i] > max[group]) {
        uncertainty[group] = Math.max(uncertainty[group], ofRow + scales.uncertainty(i));
      }
      min[group] = Math.min(min[group], scaled[i]);
      max[group] = Math.max(max[group], scaled[i]);
    }
    for (int group = 0; group < min.length; group++) {
      levels[group] = levels(group, rows.scales()[group], rows.zeros()[group]);
      if (levels[group] == 0) {
        offLevel++;
      }
    }
    for (int i = 0; i < original.length; i++) {
      int group = matrix.groups().of(i);
      if (levels[group] != 0) {
        double open = Math.max(uncertainty[group], ofRow + scales.uncertainty(i));
        dropOthers(rows, i, AwqColumnsPass.ROUNDING + open, original[i]);
      }
    }
  }

  /** Which levels make a group's scale and zero point, a bit each. */
  private int levels(int group, double scale, double zero) {
    double tolerance = ROUNDING + uncertainty[group];
    int found = 0;
    for (int level = 0; level < LEVELS; level++) {
      double low = Math.max(min[group], -clip(group, level));
      double high = Math.min(max[group], clip(group, level));
      double range = Math.max(LEAST_RANGE, high - low);
      boolean fromZeroPoint =
          Math.abs(zero + low * greatest / range) <= 0.5 + tolerance * greatest
              && isNear(scale, range / greatest, tolerance);
      boolean aroundZero =
          2 * zero == greatest + 1 && isNear(scale, 2 * clip(group, level) / greatest, tolerance);
      if (fromZeroPoint || aroundZero) {
        found |= 1 << level;
      }
    }
    return found;
  }

  private double clip(int group, int level) {
    return Math.max(-min[group], max[group]) * (1 - STEP * level);
  }

  /** Drops the levels under which a weight has another code. */
  private void dropOthers(CodeRows rows, int column, double tolerance, float original) {
    int group = matrix.groups().of(column);
    double step = rows.scales()[group];
    int code = rows.codes()[column] & 0xFF;
    int left = 0;
    for (int rest = levels[group]; rest != 0; rest &= rest - 1) {
      int level = Integer.numberOfTrailingZeros(rest);
      double clip = clip(group, level) / step;
      double places = Math.max(-clip, Math.min(clip, scaled[column] / step));
      double expected = Math.max(0, Math.min(greatest, places + rows.zeros()[group]));
      if (!(Math.abs(code - expected) > 0.5 + tolerance * Math.max(1, Math.abs(places)))) {
        left |= 1 << level;
      }
    }
    levels[group] = left;
    if (left == 0) {
      contradicted++;
      if (first.isEmpty()) {
        double stored = (code - rows.zeros()[group]) * step;
        first = Optional.of(new Deviation(0, rows.row(), column, stored, scaled[column], original));
      }
    }
  }

  /** How many groups have a code that follows from no level, and the first; empty if none has. */
  Optional<Deviation> deviation() {
    return first.map(
        at ->
            new Deviation(
                contradicted, at.row(), at.column(), at.stored(), at.expected(), at.source()));
  }

  private static boolean isNear(double scale, double expected, double tolerance) {
    return Math.abs(scale - expected) <= tolerance * expected;
  }

  ErrorSums errors() {
    return errors;
  }

  /** How many groups have a scale that no level makes. */
  long offLevel() {
    return offLevel;
  }
}
