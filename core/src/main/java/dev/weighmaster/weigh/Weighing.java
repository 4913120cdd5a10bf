package dev.weighmaster.weigh;

import java.util.List;

/**
 * The comparison of one quantization with one source.
 *
 * @param level the worst of the tensors'
 * @param tensors those of the quantization in its order, and then those that only the source has
 * @param metadata what decides what the model does beside its weights, by key
 */
public record Weighing(Level level, List<TensorWeighing> tensors, List<ComparedValue> metadata) {
  public Weighing {
    tensors = List.copyOf(tensors);
    metadata = List.copyOf(metadata);
  }

  /** The weighing that these tensors make. */
  public static Weighing of(List<TensorWeighing> tensors, List<ComparedValue> metadata) {
    Level level = Level.ofAll(tensors.stream().map(TensorWeighing::level).toList());
    return new Weighing(level, tensors, metadata);
  }
}
