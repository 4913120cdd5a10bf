package dev.weighmaster.weigh;

import java.util.List;
import java.util.Optional;

/**
 * One tensor, compared whole with its source.
 *
 * @param name hostile text
 * @param type in the quantization; empty for one that is in the source alone
 * @param sourceType in the source; empty for one that is in the quantization alone
 * @param shape the row's length first
 * @param recipe what gives the stored bytes; of an {@link Level#EXACT} tensor, and of one that is
 *     {@link Level#WITHIN_BOUNDS} because of its importance matrix
 * @param intermediate under which the codes fit best, of a tensor without a recipe
 * @param errors empty where nothing could be compared
 * @param toReference the error as a multiple of that which the type's own algorithm makes without
 *     an importance matrix; empty where it was not measured. At {@link Weigher.Depth#CODES}, that
 *     of 256 to 1,024 blocks that were drawn: the third digit is another one each time
 * @param deviation what makes it {@link Level#DEVIATES}
 * @param certificate of a matrix that GPTQ has made, where its algorithm was held against it
 * @param detail a sentence where the level needs one
 */
public record TensorWeighing(
    String name,
    Optional<String> type,
    Optional<String> sourceType,
    List<Long> shape,
    Level level,
    Optional<Recipe> recipe,
    Optional<Intermediate> intermediate,
    Optional<Errors> errors,
    Optional<Double> toReference,
    Optional<Deviation> deviation,
    Optional<DecidedColumns> certificate,
    Optional<String> detail) {
  public TensorWeighing {
    shape = List.copyOf(shape);
  }

  /** The same after the certificate of GPTQ has decided some columns. */
  public TensorWeighing certified(DecidedColumns decided) {
    return new TensorWeighing(
        name,
        type,
        sourceType,
        shape,
        decided.deviate().isEmpty() ? level : Level.DEVIATES,
        recipe,
        intermediate,
        errors,
        toReference,
        deviation,
        Optional.of(decided),
        detail);
  }
}
