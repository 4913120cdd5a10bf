package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.CodeRows;
import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import java.io.IOException;

/**
 * By what the columns of a matrix were scaled before codes were moved, as SmoothQuant leaves them
 * to GPTQ: over all rows, the errors of a column are about evenly above and below, so the decoded
 * weights show its scale. Not thread-safe.
 */
final class SmoothedColumns {
  /** How many standard deviations a column's scale may be off. */
  private static final double DEVIATIONS = 6;

  private final double[] products;
  private final double[] squares;
  private final double[] decodedSquares;
  private final double slack;
  private long rows;

  private SmoothedColumns(PackedMatrix matrix) {
    this.products = new double[matrix.columns()];
    this.squares = new double[matrix.columns()];
    this.decodedSquares = new double[matrix.columns()];
    // The greatest weights of a group are clipped by up to half a step.
    this.slack = 1.0 / ((1 << matrix.codes().bits()) - 1);
  }

  /** Passes a matrix and its source's. */
  static SmoothedColumns of(PackedMatrix matrix, ModelTensors source, Tensor tensor)
      throws IOException {
    SmoothedColumns columns = new SmoothedColumns(matrix);
    float[] decoded = new float[matrix.columns()];
    CodeRows rows = matrix.open();
    try (SourceRows originals = SourceRows.open(source, tensor, matrix.columns())) {
      while (rows.advance()) {
        rows.decode(decoded);
        columns.add(originals.next(), decoded);
      }
    }
    return columns;
  }

  private void add(float[] original, float[] decoded) {
    rows++;
    for (int i = 0; i < original.length; i++) {
      products[i] += (double) decoded[i] * original[i];
      squares[i] += (double) original[i] * original[i];
      decodedSquares[i] += (double) decoded[i] * decoded[i];
    }
  }

  /** Whether every column can have been scaled by what its part of a norm was divided by. */
  boolean areDivisors(DividedNorm norm) {
    for (int i = 0; i < products.length; i++) {
      if (!norm.canBe(i)) {
        return false;
      }
      if (squares[i] == 0 || norm.isZero(i)) {
        continue;
      }
      double scale = products[i] / squares[i];
      double left = Math.max(0, decodedSquares[i] - scale * products[i]);
      double off = DEVIATIONS * Math.sqrt(left / squares[i] / rows) + slack * Math.abs(scale);
      if (!(norm.least(i) - off <= scale && scale <= norm.most(i) + off)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a matrix is one that SmoothQuant is for: of 8 bits, with scales of rows. */
  static boolean mayBeOf(PackedMatrix matrix) {
    return matrix.rowsOfAScale() == 1 && matrix.codes().bits() == Byte.SIZE;
  }
}
