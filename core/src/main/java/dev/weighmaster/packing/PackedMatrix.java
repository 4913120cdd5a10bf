package dev.weighmaster.packing;

import dev.weighmaster.tensor.Tensor;
import java.io.IOException;
import java.util.List;

/**
 * A weight matrix of which a model stores codes, scales and zero points. A weight is {@code (level
 * of its code - zero point) * scale}. Thread-safe.
 */
public abstract class PackedMatrix {
  static final int MAX_COLUMNS = 1 << 20;
  static final int MAX_ROWS = 1 << 24;

  /** How many times a tensor that is stored by columns may have to be read. */
  private static final int MAX_STRIPS = 64;

  /** Of a strip, in bytes. */
  private static final long STRIP = 16 << 20;

  /** Rows of which layouts store something together. */
  private static final int ROWS_TOGETHER = 32;

  private final String name;
  private final Shape shape;
  private final List<Tensor> tensors;

  /**
   * What a layout says of a matrix.
   *
   * @param layout as messages name it
   * @param codes what they stand for
   * @param scaleRows how many rows share their scales
   * @param groups of columns that share their scales
   */
  record Shape(
      String layout, CodeType codes, int rows, int columns, int scaleRows, Groups groups) {}

  /** Some rows as they are stored. */
  interface Strip {
    /**
     * Unpacks a row.
     *
     * @param row from 0, of the strip
     * @param codes receives a code for each column
     * @param scales receives a scale for each group
     * @param zeros receives a zero point for each group
     */
    void unpack(int row, byte[] codes, float[] scales, float[] zeros) throws UnpackableException;
  }

  /**
   * @param name of the weights in the source, such as {@code model.layers.0.mlp.up_proj.weight}
   */
  PackedMatrix(String name, Shape shape, List<Tensor> tensors) {
    this.name = name;
    this.shape = shape;
    this.tensors = tensors;
  }

  /** How its codes are chosen, as far as the layout says. */
  public abstract Method method();

  /** Reads some rows as they are stored. */
  abstract Strip strip(int firstRow, int rows) throws IOException;

  /** About how many bytes a strip has for each row. */
  abstract long stripRowBytes();

  /** Numbers of it that are in memory. */
  int held() {
    return shape.groups().held();
  }

  /** The name of the weights in the source: hostile text. */
  public String name() {
    return name;
  }

  /** As messages name it: {@code GPTQ INT4}. */
  public String layout() {
    return shape.layout();
  }

  public CodeType codes() {
    return shape.codes();
  }

  /** Outputs of the matrix. */
  public int rows() {
    return shape.rows();
  }

  /** Inputs of the matrix. */
  public int columns() {
    return shape.columns();
  }

  /** How many rows share their scales, from row 0 on; the last ones may be fewer. */
  public int rowsOfAScale() {
    return shape.scaleRows();
  }

  /** Which columns share a scale. */
  public Groups groups() {
    return shape.groups();
  }

  /**
   * The shape of the weights in the source, the row's length first. As many as {@link #rows} of
   * {@link #columns} and in the same order, but blocks that cross rows make other ones.
   */
  public List<Long> shape() {
    return List.of((long) shape.columns(), (long) shape.rows());
  }

  /** The tensors that it is stored in. */
  public List<Tensor> tensors() {
    return tensors;
  }

  /** What rows begin a strip, so that strips have about as many bytes as they may. */
  final int stripRows() {
    long fit = Math.max(1, STRIP / Math.max(1, stripRowBytes()) / ROWS_TOGETHER);
    return (int) Math.min(rows(), fit * ROWS_TOGETHER);
  }

  final void mustHaveFewStrips() throws UnpackableException {
    if (rows() / stripRows() > MAX_STRIPS) {
      throw new UnpackableException("it is larger than is read by columns");
    }
  }

  /** About how many bytes are in memory while its rows are read. */
  public long bytesInMemory() {
    return stripRows() * stripRowBytes() + (long) ROWS_TOGETHER * columns();
  }

  /** Reads the rows from the first on. */
  public CodeRows open() {
    return new CodeRows(this);
  }
}
