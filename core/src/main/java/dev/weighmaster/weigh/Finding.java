package dev.weighmaster.weigh;

import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** What a {@link TensorWeighing} says beside which tensor it is of. */
public record Finding(
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
  public static Finding of(Level level, String detail) {
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
  public Finding with(Optional<String> sentence) {
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
    return of(
        tensor.name(), tensor.type().name(), source.map(SourceTensor::storedType), tensor.shape());
  }

  /** Of a tensor that is called so. */
  public TensorWeighing of(
      String name, String type, Optional<String> sourceType, List<Long> shape) {
    return new TensorWeighing(
        name,
        Optional.of(type),
        sourceType,
        shape,
        level,
        recipe,
        intermediate,
        errors,
        toReference,
        deviation,
        Optional.empty(),
        detail);
  }
}
