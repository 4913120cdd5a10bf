package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.CodeRows;
import dev.weighmaster.packing.Method;
import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.weigh.DeviationCount;
import dev.weighmaster.weigh.ErrorSums;
import dev.weighmaster.weigh.Finding;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.Recipe;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares a matrix with what rounding each weight to the nearest level makes of its source. Not
 * thread-safe.
 */
final class RoundingPass {
  private final PackedMatrix matrix;
  private final ModelTensors source;
  private final Tensor tensor;
  private final Precision precision;
  private final List<Attempt> attempts = new ArrayList<>();

  /**
   * @param tensor of the source, with as many weights as the matrix
   * @param precision of that tensor
   */
  RoundingPass(PackedMatrix matrix, ModelTensors source, Tensor tensor, Precision precision) {
    this.matrix = matrix;
    this.source = source;
    this.tensor = tensor;
    this.precision = precision;
    for (Precision through : Precision.values()) {
      if (through != precision || through == Precision.F32) {
        attempts.add(new Attempt(matrix, precision, through));
      }
    }
  }

  Finding run() throws IOException {
    GroupRanges ranges = GroupRanges.of(matrix, source, tensor);
    int columns = matrix.columns();
    float[] decoded = new float[columns];
    ErrorSums errors = new ErrorSums(1);
    CodeRows rows = matrix.open();
    try (SourceRows originals = SourceRows.open(source, tensor, columns)) {
      while (rows.advance()) {
        float[] original = originals.next();
        rows.decode(decoded);
        errors.add(original, decoded, 0, columns, rows.row());
        ranges.find(rows.row(), original);
        for (Attempt attempt : attempts) {
          attempt.add(rows, decoded, original, ranges);
        }
      }
    }
    return finding(errors);
  }

  private Attempt best() {
    Attempt best = attempts.get(0);
    for (Attempt each : attempts) {
      long more = each.best().deviations().count() - best.best().deviations().count();
      boolean better =
          each.chosen().chosen() < best.chosen().chosen()
              || (each.chosen().chosen() == best.chosen().chosen()
                  && each.best().ties() < best.best().ties());
      if (more < 0 || (more == 0 && better)) {
        best = each;
      }
    }
    return best;
  }

  private Finding finding(ErrorSums errors) {
    if (errors.sourceIsNotFinite()) {
      return Finding.of(Level.NOT_COMPARED, "the source's weights are not all finite");
    }
    Attempt attempt = best();
    CodeTally tally = attempt.best();
    DeviationCount deviations = tally.deviations();
    boolean computed = attempt.scales().allComputed();
    if (deviations.count() > 0 || errors.errors().isEmpty()) {
      return new Finding(
          Level.DEVIATES,
          Optional.empty(),
          Optional.of(attempt.through().asIntermediate()),
          errors.errors(),
          Optional.empty(),
          deviations.deviation(),
          Optional.empty());
    }
    if (computed && tally.ties() == 0) {
      return new Finding(
          Level.EXACT,
          Optional.of(recipe(attempt, tally)),
          Optional.empty(),
          errors.errors(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
    return new Finding(
        level(attempt),
        Optional.empty(),
        Optional.of(attempt.through().asIntermediate()),
        errors.errors(),
        computed ? Optional.empty() : Optional.of(attempt.chosen().mean()),
        Optional.empty(),
        Optional.of(
            "%d codes are the other one of a tie; the source does not make the scales of %d groups"
                .formatted(tally.ties(), attempt.chosen().chosen())));
  }

  /** Of codes that fit under scales that the source does not make. */
  private Level level(Attempt attempt) {
    if (matrix.method() == Method.ROUNDING_BY_GREATEST) {
      return attempt.scales().allAlmostComputed() ? Level.EQUIVALENT : Level.DEVIATES;
    }
    return attempt.chosen().areGood() ? Level.EQUIVALENT : Level.WITHIN_BOUNDS;
  }

  private Recipe recipe(Attempt attempt, CodeTally tally) {
    return new Recipe(
        precision.name(),
        attempt.through().asIntermediate(),
        matrix.layout(),
        Optional.empty(),
        Optional.of(tally.rule().name()));
  }
}
