package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.Groups;
import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;

/** The least and the greatest weight of the source for each scale of a row. Not thread-safe. */
final class GroupRanges {
  /** Scales of blocks of rows that are looked at before their codes. */
  static final long MOST = 1 << 22;

  private final Groups groups;
  private final int scaleRows;
  private final float[] allMin;
  private final float[] allMax;
  private final float[] min;
  private final float[] max;

  private GroupRanges(Groups groups, int scaleRows, int blocks) {
    this.groups = groups;
    this.scaleRows = scaleRows;
    this.min = new float[groups.count()];
    this.max = new float[groups.count()];
    this.allMin = new float[scaleRows == 1 ? 0 : blocks * groups.count()];
    this.allMax = new float[allMin.length];
    Arrays.fill(allMin, Float.POSITIVE_INFINITY);
    Arrays.fill(allMax, Float.NEGATIVE_INFINITY);
  }

  /** Whether so many scales can be looked at. */
  static boolean canBeFound(PackedMatrix matrix) {
    return held(matrix) <= MOST;
  }

  /** Scales that are looked at before their codes. */
  static long held(PackedMatrix matrix) {
    return matrix.rowsOfAScale() == 1
        ? 0
        : ((matrix.rows() - 1L) / matrix.rowsOfAScale() + 1) * matrix.groups().count();
  }

  /** Passes the source where rows share their scales. */
  static GroupRanges of(PackedMatrix matrix, ModelTensors source, Tensor tensor)
      throws IOException {
    int scaleRows = matrix.rowsOfAScale();
    GroupRanges ranges =
        new GroupRanges(matrix.groups(), scaleRows, (matrix.rows() - 1) / scaleRows + 1);
    if (scaleRows > 1) {
      try (SourceRows rows = SourceRows.open(source, tensor, matrix.columns())) {
        for (int row = 0; row < matrix.rows(); row++) {
          int at = row / scaleRows * matrix.groups().count();
          ranges.widen(rows.next(), ranges.allMin, ranges.allMax, at);
        }
      }
    }
    return ranges;
  }

  private void widen(float[] weights, float[] least, float[] greatest, int at) {
    for (int i = 0; i < weights.length; i++) {
      int group = at + groups.of(i);
      least[group] = Math.min(least[group], weights[i]);
      greatest[group] = Math.max(greatest[group], weights[i]);
    }
  }

  /** Finds the ranges for a row. */
  void find(int row, float[] weights) {
    if (scaleRows == 1) {
      Arrays.fill(min, Float.POSITIVE_INFINITY);
      Arrays.fill(max, Float.NEGATIVE_INFINITY);
      widen(weights, min, max, 0);
    } else {
      int at = row / scaleRows * min.length;
      System.arraycopy(allMin, at, min, 0, min.length);
      System.arraycopy(allMax, at, max, 0, max.length);
    }
  }

  float min(int group) {
    return min[group];
  }

  float max(int group) {
    return max[group];
  }
}
