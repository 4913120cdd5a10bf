package dev.weighmaster.format.gguf;

import java.util.List;

/**
 * One entry of the tensor directory.
 *
 * @param shape ggml's order: the row's length first
 * @param offset in bytes from the start of the file
 * @param bytes without padding
 */
public record GgufTensor(
    String name, GgmlType type, List<Long> shape, long elements, long offset, long bytes) {
  public GgufTensor {
    shape = List.copyOf(shape);
  }

  /** Elements of a row: 1 for a scalar. */
  long rowElements() {
    return shape.isEmpty() ? 1 : shape.get(0);
  }
}
