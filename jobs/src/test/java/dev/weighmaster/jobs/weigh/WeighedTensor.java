package dev.weighmaster.jobs.weigh;

import dev.weighmaster.weigh.Deviation;
import dev.weighmaster.weigh.Errors;
import dev.weighmaster.weigh.Errors.WorstBlock;
import dev.weighmaster.weigh.Intermediate;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.Recipe;
import dev.weighmaster.weigh.TensorWeighing;
import java.util.List;
import java.util.Optional;

/** Tensors as a weighing finds them, in Q4_K of BF16. */
final class WeighedTensor {
  private WeighedTensor() {}

  /** One of a level, with what the weigher says of such a one. */
  static TensorWeighing of(String name, Level level, double error) {
    return switch (level) {
      case EXACT ->
          tensor(name, level, Optional.of(recipe()), Optional.of(error), Optional.empty());
      case EQUIVALENT, WITHIN_BOUNDS ->
          tensor(name, level, Optional.empty(), Optional.of(error), Optional.empty());
      case NOT_COMPARED ->
          tensor(
              name,
              level,
              Optional.empty(),
              Optional.empty(),
              Optional.of("it is not in the source"));
      case DEVIATES -> tensor(name, level, Optional.empty(), Optional.of(error), Optional.empty());
    };
  }

  private static Recipe recipe() {
    return new Recipe(
        "BF16", Intermediate.NONE, "Q4_K", Optional.empty(), Optional.of("llama.cpp v0.5.0"));
  }

  private static TensorWeighing tensor(
      String name,
      Level level,
      Optional<Recipe> recipe,
      Optional<Double> error,
      Optional<String> detail) {
    return new TensorWeighing(
        name,
        Optional.of("Q4_K"),
        Optional.of("BF16"),
        List.of(4096L, 1024L),
        level,
        recipe,
        Optional.empty(),
        error.map(
            relative ->
                new Errors(
                    relative / 2, relative / 10, relative, new WorstBlock(7, 256, 256, 0.5))),
        level == Level.EQUIVALENT ? Optional.of(1.0312) : Optional.empty(),
        level == Level.DEVIATES
            ? Optional.of(new Deviation(1234, 5, 6, 0.25, 0.5, 0.4375))
            : Optional.empty(),
        Optional.empty(),
        detail);
  }
}
