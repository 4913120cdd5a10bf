package dev.weighmaster.tensor;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What a tensor of a quantization is compared with: rows in the quantization's order, whatever
 * order, form and number of tensors the source keeps them in. Thread-safe.
 *
 * @param name of the source's tensor or tensors: hostile text
 * @param storedType as the source calls the type of its tensor
 * @param type of the rows as they are read, which holds every weight of the source without loss
 * @param shape ggml's order: the row's length first
 * @param how what is done to the source's weights, in words; empty if nothing is
 * @param rows opens the rows from the first on
 */
public record SourceTensor(
    String name,
    String storedType,
    TensorType type,
    List<Long> shape,
    Optional<String> how,
    Rows rows) {
  public SourceTensor {
    shape = List.copyOf(shape);
  }

  /** Opens rows. */
  @FunctionalInterface
  public interface Rows {
    RowReader open() throws IOException;
  }

  /** A tensor as the model stores it. */
  public static SourceTensor of(ModelTensors model, Tensor tensor) {
    return new SourceTensor(
        tensor.name(),
        tensor.type().name(),
        tensor.type(),
        tensor.shape(),
        Optional.empty(),
        () -> model.read(tensor));
  }

  /** The shape without the ones at its end. */
  public List<Long> plainShape() {
    return Tensor.plain(shape);
  }
}
