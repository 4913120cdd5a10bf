package dev.weighmaster.weigh;

import dev.weighmaster.tensor.UnreadableModelException;
import java.util.List;

/**
 * A part of a weighing that needs no other part: a tensor, or several that are held together.
 * Thread-safe.
 */
public interface WeighingPart {
  /** Bytes of the quantization and of the source that are read for it, each counted once. */
  long bytes();

  /** About how many weights are in memory meanwhile. */
  long weights();

  /**
   * Weighs the part.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  List<TensorWeighing> weigh() throws UnreadableModelException;
}
