package dev.weighmaster.weigh;

import dev.weighmaster.tensor.UnreadableModelException;
import java.util.ArrayList;
import java.util.List;

/** Weighs a quantization against its source, part by part. Thread-safe. */
public interface ModelWeigher {
  /** What the quantization has, in the order of the result. */
  List<WeighingPart> parts();

  /** The tensors that the quantization should have, by its source, and has not. */
  List<TensorWeighing> missing();

  /**
   * Compares the metadata.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  List<ComparedValue> metadata() throws UnreadableModelException;

  /**
   * Weighs all parts, one after the other.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  default Weighing weigh() throws UnreadableModelException {
    List<TensorWeighing> tensors = new ArrayList<>();
    for (WeighingPart part : parts()) {
      tensors.addAll(part.weigh());
    }
    tensors.addAll(missing());
    return Weighing.of(tensors, metadata());
  }
}
