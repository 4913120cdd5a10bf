package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.Method;
import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.packing.UnpackableException;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.weigh.Deviation;
import dev.weighmaster.weigh.Finding;
import dev.weighmaster.weigh.Intermediate;
import dev.weighmaster.weigh.Level;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Weighs matrices of AWQ, which scales columns before it rounds, and divides what precedes them: a
 * norm, or the rows of another matrix. Thread-safe.
 */
final class AwqWeigher {
  /** To a norm before it is used: nothing, and 1 by Gemma. */
  private static final List<Float> ADDED = List.of(0f, 1f);

  private static final String UNKNOWN_READERS =
      "it is not the source's, but AWQ may have divided it: what reads it is not known";

  /** Up to the layer's number. */
  private static final Pattern LAYER = Pattern.compile("^.*?\\.\\d+\\.");

  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private final ModelTensors quantization;
  private final ModelTensors source;
  private final Map<String, PackedMatrix> matrices;

  /**
   * @param matrices of the quantization, by name
   */
  AwqWeigher(ModelTensors quantization, ModelTensors source, Map<String, PackedMatrix> matrices) {
    this.quantization = quantization;
    this.source = source;
    this.matrices = matrices;
  }

  Finding weigh(PackedMatrix matrix, Tensor of) throws IOException {
    Optional<AwqNeighbours> neighbours = AwqNeighbours.of(matrix.name());
    Finding finding = weigh(matrix, of, neighbours);
    return finding.level() == Level.DEVIATES
            && neighbours.isEmpty()
            && matrix.method() == Method.AWQ
        ? Finding.of(Level.NOT_COMPARED, UNKNOWN_READERS)
        : finding;
  }

  private Finding weigh(PackedMatrix matrix, Tensor of, Optional<AwqNeighbours> neighbours)
      throws IOException {
    Optional<ColumnScales> divisors =
        neighbours.isPresent() ? divisors(matrix, neighbours.get()) : Optional.empty();
    AwqColumnsPass columns = new AwqColumnsPass(matrix, divisors);
    ColumnScales scales = columns.run(source, of);
    if (columns.deviation().isPresent()) {
      return deviates(columns.deviation(), "no scale of its column gives a code");
    }
    if (neighbours.isPresent() && !neighbours.get().before().isEmpty()) {
      Optional<String> untied = tie(scales, neighbours.get(), matrix.columns());
      if (untied.isPresent()) {
        return deviates(Optional.empty(), untied.get());
      }
    }
    AwqGroupsPass groups = new AwqGroupsPass(matrix, scales, divisors);
    groups.run(source, of);
    if (groups.errors().sourceIsNotFinite()) {
      return Finding.of(Level.NOT_COMPARED, "the source's weights are not all finite");
    }
    if (groups.deviation().isPresent()) {
      return deviates(groups.deviation(), "no clipping of its group gives a code");
    }
    boolean decided = scales.allDecided() && divisors.map(ColumnScales::allDecided).orElse(true);
    boolean tied = decided && neighbours.isPresent() && isTied(matrix, neighbours.get(), scales);
    return new Finding(
        tied && groups.offLevel() == 0 ? Level.EQUIVALENT : Level.WITHIN_BOUNDS,
        Optional.empty(),
        Optional.of(Intermediate.NONE),
        groups.errors().errors(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(
            "each code follows from one scale for its column%s; %d scales of groups are not the"
                    .formatted(
                        tied ? ", by which what precedes it is divided" : "", groups.offLevel())
                + " usual ones"));
  }

  /**
   * What to say of a tensor that is not the source's, if AWQ divides it: a norm, to which the
   * matrices that read it are held when they are weighed; or what is added to rows.
   */
  Optional<Finding> divided(Tensor tensor, Tensor of) throws IOException {
    if (tensor.name().endsWith(BIAS)) {
      String weight = tensor.name().substring(0, tensor.name().length() - BIAS.length()) + WEIGHT;
      return dividedBias(weight, tensor, of);
    }
    List<String> readers = AwqNeighbours.readers(tensor.name());
    boolean allAreHeld =
        !readers.isEmpty() && readers.stream().allMatch(reader -> isHeldTo(reader, tensor.name()));
    if (allAreHeld) {
      return Optional.of(
          Finding.of(
              Level.EQUIVALENT, "it is divided by what the columns that read it are scaled by"));
    }
    return tensor.shape().size() == 1 && hasUnknownReaders(tensor.name())
        ? Optional.of(Finding.of(Level.NOT_COMPARED, UNKNOWN_READERS))
        : Optional.empty();
  }

  /** Whether the layer of a norm has matrices of AWQ whose place in it is not known. */
  private boolean hasUnknownReaders(String norm) {
    Matcher layer = LAYER.matcher(norm);
    return layer.find()
        && matrices.values().stream()
            .filter(matrix -> matrix.method() == Method.AWQ)
            .map(PackedMatrix::name)
            .anyMatch(name -> name.startsWith(layer.group()) && AwqNeighbours.of(name).isEmpty());
  }

  /** Whether a matrix deviates where it is not scaled by what a norm is divided by. */
  private boolean isHeldTo(String reader, String norm) {
    return Optional.ofNullable(matrices.get(reader))
        .filter(
            matrix -> matrix.method() == Method.AWQ || matrix.method() == Method.ROUNDING_OR_GPTQ)
        .flatMap(matrix -> AwqNeighbours.of(reader))
        .flatMap(this::norm)
        .filter(norm::equals)
        .isPresent();
  }

  /** Whether the norm before a matrix is not the source's. */
  boolean normDiffers(PackedMatrix matrix) throws IOException {
    Optional<String> norm = AwqNeighbours.of(matrix.name()).flatMap(this::norm);
    return norm.isPresent()
        && !Arrays.equals(
            values(quantization, norm.get(), matrix.columns()),
            values(source, norm.get(), matrix.columns()));
  }

  private Optional<Finding> dividedBias(String weight, Tensor bias, Tensor of) throws IOException {
    Optional<PackedMatrix> matrix =
        Optional.ofNullable(matrices.get(weight)).filter(each -> each.method() == Method.AWQ);
    Optional<AwqNeighbours> neighbours = matrix.flatMap(each -> AwqNeighbours.of(weight));
    if (neighbours.isEmpty()) {
      return Optional.empty();
    }
    Optional<ColumnScales> divisors = divisors(matrix.get(), neighbours.get());
    if (divisors.isEmpty()) {
      return Optional.empty();
    }
    float[] original = values(source, of.name(), matrix.get().rows());
    float[] divided = values(quantization, bias.name(), matrix.get().rows());
    return explains(divisors.get(), new DividedNorm(original, divided, 0))
        ? Optional.of(Finding.of(Level.EQUIVALENT, "it is divided as the rows that it is added to"))
        : Optional.empty();
  }

  /** The nearest norm before a matrix that both models have. */
  private Optional<String> norm(AwqNeighbours neighbours) {
    return neighbours.before().stream()
        .map(norm -> norm + ".weight")
        .filter(norm -> quantization.find(norm).isPresent() && source.find(norm).isPresent())
        .findFirst();
  }

  private static Finding deviates(Optional<Deviation> deviation, String detail) {
    return new Finding(
        Level.DEVIATES,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        deviation,
        Optional.of(detail));
  }

  /** What the rows of a matrix were divided by, for the columns of the one after it. */
  private Optional<ColumnScales> divisors(PackedMatrix matrix, AwqNeighbours neighbours)
      throws IOException {
    Optional<PackedMatrix> after = neighbours.after().map(matrices::get);
    Optional<Tensor> of = after.flatMap(each -> source.find(each.name()));
    if (after.isEmpty()
        || of.isEmpty()
        || after.get().columns() != matrix.rows()
        || !after.get().shape().equals(of.get().shape())
        || SourceRows.precision(of.get()).isEmpty()) {
      return Optional.empty();
    }
    ColumnScales scales = new AwqColumnsPass(after.get(), Optional.empty()).run(source, of.get());
    return scales.allowNone() ? Optional.empty() : Optional.of(scales);
  }

  /**
   * Whether what precedes a matrix is divided by what its columns are scaled by. Rows of a matrix
   * before it are held to that when that one is weighed, if AWQ alone can have made it.
   */
  private boolean isTied(PackedMatrix matrix, AwqNeighbours neighbours, ColumnScales scales) {
    return !neighbours.before().isEmpty()
        || scales.allowNone()
        || (matrix.method() == Method.AWQ
            && AwqNeighbours.dividedFor(matrix.name())
                .map(matrices::get)
                .filter(each -> each.method() == Method.AWQ && each.rows() == matrix.columns())
                .isPresent());
  }

  /** Holds scales of columns to the norm before them; what is wrong, if anything is. */
  private Optional<String> tie(ColumnScales scales, AwqNeighbours neighbours, int columns)
      throws IOException {
    Optional<String> norm = norm(neighbours);
    if (norm.isEmpty()) {
      return Optional.of("the norm before it is missing");
    }
    for (DividedNorm each : divided(norm.get(), columns)) {
      if (explains(scales, each)) {
        narrow(scales, each);
        return Optional.empty();
      }
    }
    return Optional.of(
        "its columns are not scaled by what %s is divided by".formatted(Quoted.line(norm.get())));
  }

  private List<DividedNorm> divided(String norm, int columns) throws IOException {
    float[] divided = values(quantization, norm, columns);
    float[] original = values(source, norm, columns);
    return ADDED.stream().map(added -> new DividedNorm(original, divided, added)).toList();
  }

  /** What the norm before a matrix may have been divided by; empty if it has none. */
  List<DividedNorm> divided(PackedMatrix matrix) throws IOException {
    Optional<String> norm = AwqNeighbours.of(matrix.name()).flatMap(this::norm);
    return norm.isPresent() ? divided(norm.get(), matrix.columns()) : List.of();
  }

  private static void narrow(ColumnScales scales, DividedNorm norm) {
    for (int i = 0; i < norm.original().length; i++) {
      if (!norm.isZero(i)) {
        scales.narrow(i, norm.least(i), norm.most(i));
      }
    }
  }

  private static boolean explains(ColumnScales scales, DividedNorm norm) {
    for (int i = 0; i < norm.original().length; i++) {
      boolean fits =
          norm.isZero(i)
              || (norm.canBe(i)
                  && norm.least(i) <= scales.high(i)
                  && norm.most(i) >= scales.low(i));
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  private static float[] values(ModelTensors model, String name, int count) throws IOException {
    Tensor tensor = model.find(name).orElseThrow();
    if (tensor.elements() != count || SourceRows.precision(tensor).isEmpty()) {
      throw new UnpackableException(
          "%s is not %d floats".formatted(Quoted.of(tensor.name()), count));
    }
    try (SourceRows row = SourceRows.open(model, tensor, count)) {
      return row.next();
    }
  }
}
