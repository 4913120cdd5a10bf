package dev.weighmaster.weigh;

import dev.weighmaster.imatrix.ColumnWeights;
import dev.weighmaster.imatrix.Imatrix;
import dev.weighmaster.tensor.Tensor;
import java.io.Closeable;
import java.io.IOException;

/**
 * The importance of a tensor's columns while its rows are passed in order: each matrix has its own.
 * Not thread-safe.
 */
final class Columns implements Closeable {
  private final long matrixRows;
  private final float[] importance;
  private final ColumnWeights weights;
  private long loaded = -1;

  Columns(Tensor tensor, Imatrix imatrix) throws IOException {
    this.matrixRows = tensor.matrixRows();
    this.importance = new float[(int) tensor.rowElements()];
    this.weights = imatrix.open(tensor, 0);
  }

  /** The importance of a row's columns; rows are asked for in order. */
  float[] of(long row) throws IOException {
    while (loaded < row / matrixRows) {
      weights.next(importance, importance.length);
      loaded++;
    }
    return importance;
  }

  @Override
  public void close() throws IOException {
    weights.close();
  }
}
