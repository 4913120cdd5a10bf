package dev.weighmaster.packing;

import dev.weighmaster.tensor.Tensor;

/**
 * How many rows and columns of a matrix share a scale.
 *
 * @param rows all where one scale is for the whole matrix
 * @param columns all where one scale is for a row
 */
record ScaleGrid(int rows, int columns) {

  /**
   * What the shape of a tensor of scales says.
   *
   * @throws UnpackableException if it is no such tensor of a matrix of these rows and columns
   */
  static ScaleGrid of(Tensor scales, int rows, int columns, PackingConfig config)
      throws UnpackableException {
    if (scales.elements() == 1) {
      return new ScaleGrid(rows, columns);
    }
    boolean oneColumn = scales.shape().size() == 1 || scales.rowElements() == 1;
    if (scales.elements() == rows && oneColumn) {
      return new ScaleGrid(1, columns);
    }
    if (scales.shape().size() == 2 && scales.elements() > 0) {
      long blockRows = config.blockRows();
      long blockColumns = config.blockColumns();
      if (scales.matrixRows() == blocks(rows, blockRows)
          && scales.rowElements() == blocks(columns, blockColumns)) {
        return new ScaleGrid(
            (int) Math.min(rows, blockRows), (int) Math.min(columns, blockColumns));
      }
      if (scales.matrixRows() == rows && scales.rowElements() <= columns) {
        return new ScaleGrid(1, config.groupSize(columns, (int) scales.rowElements()));
      }
    }
    throw new UnpackableException(
        "scales of shape %s are not for %d rows of %d".formatted(scales.shape(), rows, columns));
  }

  private static long blocks(long length, long size) {
    return (length - 1) / size + 1;
  }
}
