package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.weigh.Deviation;
import dev.weighmaster.weigh.Errors;
import dev.weighmaster.weigh.Intermediate;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.Recipe;
import dev.weighmaster.weigh.TensorWeighing;
import java.util.Optional;

/** What a {@link TensorWeighing} says of a matrix beside which it is. */
record PackedFinding(
    Level level,
    Optional<Recipe> recipe,
    Optional<Intermediate> intermediate,
    Optional<Errors> errors,
    Optional<Double> toReference,
    Optional<Deviation> deviation,
    Optional<String> detail) {

  /** A level that needs no weights. */
  static PackedFinding of(Level level, String detail) {
    return new PackedFinding(
        level,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(detail));
  }

  TensorWeighing of(PackedMatrix matrix, Optional<Tensor> source) {
    return new TensorWeighing(
        matrix.name(),
        Optional.of(matrix.layout()),
        source.map(tensor -> tensor.type().name()),
        matrix.shape(),
        level,
        recipe,
        intermediate,
        errors.map(each -> located(each, matrix)),
        toReference,
        deviation.map(each -> located(each, matrix)),
        detail);
  }

  /** Of a tensor that is stored as it is. */
  TensorWeighing of(Tensor tensor, Optional<Tensor> source) {
    return new TensorWeighing(
        tensor.name(),
        Optional.of(tensor.type().name()),
        source.map(each -> each.type().name()),
        tensor.shape(),
        level,
        recipe,
        intermediate,
        errors,
        toReference,
        deviation,
        detail);
  }

  /** Where a matrix was read as one of blocks, names a place of its own shape. */
  private static Deviation located(Deviation at, PackedMatrix matrix) {
    long place = at.row() * matrix.columns() + at.column();
    long columns = matrix.shape().get(0);
    return new Deviation(
        at.weights(), place / columns, place % columns, at.stored(), at.expected(), at.source());
  }

  private static Errors located(Errors errors, PackedMatrix matrix) {
    Errors.WorstBlock worst = errors.worst();
    long place = worst.row() * matrix.columns() + worst.column();
    long columns = matrix.shape().get(0);
    return new Errors(
        errors.largest(),
        errors.rms(),
        errors.relative(),
        new Errors.WorstBlock(place / columns, place % columns, worst.weights(), worst.rms()));
  }
}
