package dev.weighmaster.weigh;

import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.RowReader;
import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.Tensor;
import java.io.Closeable;
import java.io.IOException;

/**
 * The rows of a tensor and of its source, a tile of them at a time. The arrays are used again for
 * the next tile. Not thread-safe.
 */
final class PairedRows implements Closeable {
  /** What tensors have at most; a biased vocabulary has a quarter of it. */
  static final int MAX_ROW = 1 << 20;

  /** Weights in a tile, unless a row has more. */
  private static final int TILE = 1 << 13;

  private final RowReader stored;
  private final RowReader original;
  private final long allRows;
  private final long matrixRows;
  private final int length;
  private final int storedRow;
  private final int originalRow;
  private final byte[] storedTile;
  private final byte[] originalTile;
  private long firstRow;
  private int rows;

  private PairedRows(RowReader stored, RowReader original, Tensor tensor) {
    this.stored = stored;
    this.original = original;
    this.allRows = tensor.rows();
    this.matrixRows = tensor.matrixRows();
    this.length = (int) tensor.rowElements();
    int most = (int) Math.min(allRows, Math.max(1, TILE / Math.max(1, length)));
    this.storedRow = rowBytes(stored, allRows);
    this.originalRow = rowBytes(original, allRows);
    this.storedTile = new byte[most * storedRow];
    this.originalTile = new byte[most * originalRow];
  }

  /** Opens a pair of tensors of one shape, whose rows are not longer than {@link #MAX_ROW}. */
  static PairedRows open(Tensor tensor, ModelTensors quantization, SourceTensor of)
      throws IOException {
    RowReader stored = quantization.read(tensor, 0, tensor.rows());
    try {
      return new PairedRows(stored, of.rows().open(), tensor);
    } catch (IOException | RuntimeException e) {
      stored.close();
      throw e;
    }
  }

  private static int rowBytes(RowReader bytes, long rows) {
    return rows == 0 ? 0 : (int) (bytes.remaining() / rows);
  }

  /** Reads the next tile; whether there was one. */
  boolean advance() throws IOException {
    WorkStopped.check();
    firstRow += rows;
    int most = storedRow == 0 ? 0 : storedTile.length / storedRow;
    rows = (int) Math.min(most, allRows - firstRow);
    stored.read(storedTile, 0, rows * storedRow);
    original.read(originalTile, 0, rows * originalRow);
    return rows > 0;
  }

  /** The first row of the tile, counted over all matrices of the tensor. */
  long firstRow() {
    return firstRow;
  }

  /** Rows of the tensor, over all its matrices. */
  long allRows() {
    return allRows;
  }

  /** Rows in the tile. */
  int rows() {
    return rows;
  }

  /** Rows in each matrix of the tensor. */
  long matrixRows() {
    return matrixRows;
  }

  /** Weights in a row. */
  int length() {
    return length;
  }

  /** The most weights that a tile has. */
  int capacity() {
    return storedRow == 0 ? 0 : storedTile.length / storedRow * length;
  }

  /** The tensor's bytes: {@link #rows} of {@link #storedRow} bytes each. */
  byte[] stored() {
    return storedTile;
  }

  int storedRow() {
    return storedRow;
  }

  /** The source's bytes: {@link #rows} of {@link #originalRow} bytes each. */
  byte[] original() {
    return originalTile;
  }

  int originalRow() {
    return originalRow;
  }

  @Override
  public void close() throws IOException {
    try {
      stored.close();
    } finally {
      original.close();
    }
  }
}
