package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.RowReader;
import dev.weighmaster.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A tensor of a type that ggml has, too.
 *
 * @param type the same as the tensor's
 */
record StoredUnits(ModelTensors model, Tensor tensor, GgmlType type) implements Units {
  @Override
  public List<String> names() {
    return List.of(tensor.name());
  }

  @Override
  public String storedType() {
    return tensor.type().name();
  }

  @Override
  public List<Long> shape() {
    return rowMajor(tensor);
  }

  static List<Long> rowMajor(Tensor tensor) {
    List<Long> shape = new ArrayList<>(tensor.shape());
    Collections.reverse(shape);
    return shape;
  }

  @Override
  public RowReader open(long first, long count) throws IOException {
    return model.readBytes(tensor, first * type.blockBytes(), count * type.blockBytes());
  }

  @Override
  public long storedBytes() {
    return tensor.bytes();
  }
}
