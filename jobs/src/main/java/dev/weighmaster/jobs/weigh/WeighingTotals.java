package dev.weighmaster.jobs.weigh;

import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import java.util.List;

/**
 * How many tensors have each level.
 *
 * @param tensors of the quantization, and those that only the source has
 */
public record WeighingTotals(
    int tensors, int exact, int equivalent, int withinBounds, int notCompared, int deviates) {

  public static WeighingTotals of(List<TensorWeighing> tensors) {
    return new WeighingTotals(
        tensors.size(),
        count(tensors, Level.EXACT),
        count(tensors, Level.EQUIVALENT),
        count(tensors, Level.WITHIN_BOUNDS),
        count(tensors, Level.NOT_COMPARED),
        count(tensors, Level.DEVIATES));
  }

  private static int count(List<TensorWeighing> tensors, Level level) {
    return (int) tensors.stream().filter(tensor -> tensor.level() == level).count();
  }

  /** Tensors of a level. */
  public int of(Level level) {
    return switch (level) {
      case EXACT -> exact;
      case EQUIVALENT -> equivalent;
      case WITHIN_BOUNDS -> withinBounds;
      case NOT_COMPARED -> notCompared;
      case DEVIATES -> deviates;
    };
  }
}
