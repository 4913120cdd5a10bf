package dev.weighmaster.tensor;

import dev.weighmaster.format.gguf.GgufTensor;
import dev.weighmaster.format.safetensors.SafetensorsTensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A tensor of a model, and where its bytes are.
 *
 * @param name hostile text
 * @param shape ggml's order, whatever the format: the row's length first
 * @param file index of its file among the model's
 * @param offset in bytes from the start of that file
 * @param bytes without padding
 */
public record Tensor(
    String name,
    TensorType type,
    List<Long> shape,
    long elements,
    int file,
    long offset,
    long bytes) {
  public Tensor {
    shape = List.copyOf(shape);
  }

  static Tensor of(GgufTensor tensor, int file) {
    return new Tensor(
        tensor.name(),
        new TensorType.Ggml(tensor.type()),
        tensor.shape(),
        tensor.elements(),
        file,
        tensor.offset(),
        tensor.bytes());
  }

  static Tensor of(SafetensorsTensor tensor, int file) {
    List<Long> rowFirst = new ArrayList<>(tensor.shape());
    Collections.reverse(rowFirst);
    return new Tensor(
        tensor.name(),
        new TensorType.Safetensors(tensor.type()),
        rowFirst,
        tensor.elements(),
        file,
        tensor.offset(),
        tensor.bytes());
  }

  /** The shape without the ones at its end, which quantizers drop: they change no element. */
  public List<Long> plainShape() {
    return plain(shape);
  }

  static List<Long> plain(List<Long> shape) {
    int dimensions = shape.size();
    while (dimensions > 0 && shape.get(dimensions - 1) == 1) {
      dimensions--;
    }
    return shape.subList(0, dimensions);
  }

  /** Elements of a row: 1 for a scalar. */
  public long rowElements() {
    return dimension(0);
  }

  /** Rows of a matrix: an expert's, where the experts are stacked. */
  public long matrixRows() {
    return dimension(1);
  }

  /** Matrices that the third dimension stacks; a fourth stacks as many again. */
  public long matrices() {
    return dimension(2);
  }

  /** All rows; 0 if there are no elements. */
  public long rows() {
    return elements == 0 ? 0 : elements / rowElements();
  }

  private long dimension(int index) {
    return index < shape.size() ? shape.get(index) : 1;
  }
}
