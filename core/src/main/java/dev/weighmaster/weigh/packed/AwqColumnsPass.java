package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.CodeRows;
import dev.weighmaster.packing.Groups;
import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.weigh.Deviation;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Finds what the columns of a matrix of AWQ can have been scaled by: each code says between what,
 * and all codes of a column must agree. Not thread-safe.
 *
 * <p>Scaled weights may have been clipped, to the same value in a group. So of the greatest and the
 * least code of a group it is only known that weights are beyond.
 */
final class AwqColumnsPass {
  /** What scaling and dividing in bfloat16 round, as a part of a weight. */
  static final double ROUNDING = 0x1p-7;

  private final PackedMatrix matrix;
  private final Optional<ColumnScales> rowDivisors;
  private final ColumnScales scales;
  private final int[] least;
  private final int[] greatest;
  private long contradicted;
  private Optional<Deviation> first = Optional.empty();

  /**
   * @param rowDivisors what rows were divided by; empty where they were not
   */
  AwqColumnsPass(PackedMatrix matrix, Optional<ColumnScales> rowDivisors) {
    this.matrix = matrix;
    this.rowDivisors = rowDivisors;
    this.scales = new ColumnScales(matrix.columns());
    this.least = new int[matrix.groups().count()];
    this.greatest = new int[least.length];
  }

  ColumnScales run(ModelTensors source, Tensor tensor) throws IOException {
    CodeRows rows = matrix.open();
    try (SourceRows originals = SourceRows.open(source, tensor, matrix.columns())) {
      while (rows.advance()) {
        add(rows, originals.next());
      }
    }
    return scales;
  }

  private void add(CodeRows rows, float[] original) {
    Groups groups = matrix.groups();
    byte[] codes = rows.codes();
    Arrays.fill(least, Integer.MAX_VALUE);
    Arrays.fill(greatest, 0);
    for (int i = 0; i < codes.length; i++) {
      int group = groups.of(i);
      least[group] = Math.min(least[group], codes[i] & 0xFF);
      greatest[group] = Math.max(greatest[group], codes[i] & 0xFF);
    }
    double slack = ROUNDING;
    double divisor = 1;
    if (rowDivisors.isPresent()) {
      if (!rowDivisors.get().decided(rows.row())) {
        return;
      }
      divisor = rowDivisors.get().middle(rows.row());
      slack += rowDivisors.get().uncertainty(rows.row());
    }
    for (int i = 0; i < codes.length; i++) {
      int group = groups.of(i);
      double step = rows.scales()[group];
      double level = (codes[i] & 0xFF) - rows.zeros()[group];
      double weight = original[i] / divisor;
      int code = codes[i] & 0xFF;
      boolean beyond = weight > 0 ? code == greatest[group] : code == least[group];
      if (!narrow(i, weight, level, step, beyond, slack)) {
        contradict(rows, i, original[i], level * step);
      }
    }
  }

  /** Whether a weight agrees with those of its column so far. */
  private boolean narrow(
      int column, double weight, double level, double step, boolean beyond, double slack) {
    if (!(step > 0) || Double.isInfinite(step)) {
      return false;
    }
    double size = Math.abs(weight);
    double towards = weight < 0 ? -level : level;
    if (size == 0) {
      return level == 0;
    }
    double low = (towards - 0.5) * step / size;
    double high = (towards + 0.5) * step / size;
    return scales.narrow(
        column,
        Math.max(0, low * (1 - slack)),
        beyond ? Double.POSITIVE_INFINITY : high * (1 + slack));
  }

  private void contradict(CodeRows rows, int column, float original, double stored) {
    contradicted++;
    if (first.isEmpty()) {
      double expected = original * scales.middle(column);
      first = Optional.of(new Deviation(0, rows.row(), column, stored, expected, original));
    }
  }

  /** How many weights contradict those before them, and the first; empty if none does. */
  Optional<Deviation> deviation() {
    return first.map(
        at ->
            new Deviation(
                contradicted, at.row(), at.column(), at.stored(), at.expected(), at.source()));
  }
}
