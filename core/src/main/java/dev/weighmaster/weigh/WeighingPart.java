package dev.weighmaster.weigh;

import dev.weighmaster.tensor.UnreadableModelException;
import java.util.List;

/**
 * A part of a weighing that needs no other part: a tensor, or several that are held together.
 * Thread-safe.
 *
 * @param bytes of the quantization and of the source that are read for it, each counted once
 * @param weights about how many are in memory meanwhile
 * @param work weighs it
 */
public record WeighingPart(long bytes, long weights, Work work) {
  /** What weighs a part. */
  @FunctionalInterface
  public interface Work {
    /**
     * Weighs the part.
     *
     * @throws UnreadableModelException if a file can't be read or changes meanwhile
     */
    List<TensorWeighing> weigh() throws UnreadableModelException;
  }

  /**
   * Weighs the part.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public List<TensorWeighing> weigh() throws UnreadableModelException {
    return work.weigh();
  }
}
