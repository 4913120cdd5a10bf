package dev.weighmaster.tensor;

import java.util.List;
import java.util.Optional;

/**
 * What a source has for a tensor of a quantization.
 *
 * @param tensors of which an honest converter takes one, the usual first; more than one where
 *     converters differ
 * @param bytes of the source that are read for the first, once
 * @param remark a sentence on the choice; if there are no tensors, why there are none
 */
public record Counterpart(List<SourceTensor> tensors, long bytes, Optional<String> remark) {
  public Counterpart {
    tensors = List.copyOf(tensors);
  }

  /** One tensor as the model stores it. */
  public static Counterpart of(ModelTensors model, Tensor tensor, Optional<String> remark) {
    return new Counterpart(List.of(SourceTensor.of(model, tensor)), tensor.bytes(), remark);
  }

  /**
   * No tensor.
   *
   * @param why to follow the tensor's name
   */
  public static Counterpart none(String why) {
    return new Counterpart(List.of(), 0, Optional.of(why));
  }
}
