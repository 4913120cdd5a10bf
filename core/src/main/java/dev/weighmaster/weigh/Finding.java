package dev.weighmaster.weigh;

import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.Tensor;
import java.util.Optional;

/** What a {@link TensorWeighing} says beside which tensor it is of. */
record Finding(
    Level level,
    Optional<Recipe> recipe,
    Optional<Intermediate> intermediate,
    Optional<Errors> errors,
    Optional<Double> toReference,
    Optional<Deviation> deviation,
    Optional<String> detail) {

  static Finding exact(Recipe recipe, Optional<Errors> errors) {
    return new Finding(
        Level.EXACT,
        Optional.of(recipe),
        Optional.empty(),
        errors,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** A level that needs no weights. */
  static Finding of(Level level, String detail) {
    return new Finding(
        level,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(detail));
  }

  /** With another sentence, after the one that it has. */
  Finding with(Optional<String> sentence) {
    return new Finding(
        level,
        recipe,
        intermediate,
        errors,
        toReference,
        deviation,
        detail.isPresent() && sentence.isPresent()
            ? Optional.of(detail.get() + "; " + sentence.get())
            : detail.or(() -> sentence));
  }

  TensorWeighing of(Tensor tensor, Optional<SourceTensor> source) {
    return new TensorWeighing(
        tensor.name(),
        Optional.of(tensor.type().name()),
        source.map(SourceTensor::storedType),
        tensor.shape(),
        level,
        recipe,
        intermediate,
        errors,
        toReference,
        deviation,
        detail);
  }
}
