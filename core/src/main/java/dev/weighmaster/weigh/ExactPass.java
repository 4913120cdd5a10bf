package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.BlockErrors;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.tensor.Tensor;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks for the recipe that gives every row of a tensor bit for bit. A recipe is given up at the
 * first row that it does not give, and the pass with the last recipe. Not thread-safe.
 *
 * <p>Whoever chooses an importance matrix can have ggml store next to nothing of the columns to
 * which it gives no importance. So a recipe with an importance matrix must also keep to the errors
 * that importance matrices make. It says the same of every row of a matrix, so that some of them
 * tell the mean; but where a row is large in just the columns that it starves, it spoils that one
 * alone. So every row whose error is unusual is compared, too.
 */
final class ExactPass implements Closeable {
  /** Rows of a matrix whose errors are measured, at least; of a greater one, one in so many. */
  private static final int MEASURED_ROWS = 32;

  private static final int MEASURED_OF = 16;

  private final List<Candidate> left = new ArrayList<>();
  private final GgmlCodec sourceCodec;
  private final GgmlCodec codec;

  /**
   * @param versions of the tensor's type, at least one
   */
  ExactPass(
      Tensor tensor, List<GgmlCodec> versions, GgmlCodec sourceCodec, List<NamedImatrix> imatrices)
      throws IOException {
    this.sourceCodec = sourceCodec;
    this.codec = versions.get(0);
    try {
      List<Intermediate> intermediates = SourceTile.intermediates(sourceCodec.type());
      int rowBytes = rowBytes(tensor, codec.type());
      for (GgmlCodec version : versions) {
        if (!version.needsImportance()) {
          left.add(Candidate.without(version, intermediates, rowBytes));
        }
        for (NamedImatrix imatrix : imatrices) {
          if (version.heedsImportance() && imatrix.imatrix().covers(tensor)) {
            left.add(Candidate.with(version, imatrix, tensor, intermediates, rowBytes));
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private static int rowBytes(Tensor tensor, GgmlType type) {
    return (int) (tensor.rowElements() / type.blockElements() * type.blockBytes());
  }

  /** Passes the rows; empty if no recipe gives them all. */
  Optional<Finding> run(PairedRows rows, String sourceType) throws IOException {
    SourceTile source = new SourceTile(sourceCodec, rows.capacity());
    float[] decoded = new float[rows.capacity()];
    ErrorSums errors = new ErrorSums(codec.type().blockElements());
    Optional<ReferenceErrors> measured =
        left.stream().anyMatch(Candidate::byImportance)
            ? Optional.of(new ReferenceErrors(codec, rows))
            : Optional.empty();
    double usual = ErrorLimits.usual(codec.type());
    int length = rows.length();
    while (rows.advance()) {
      int weights = rows.rows() * length;
      source.load(rows.original(), weights);
      for (int row = 0; row < rows.rows(); row++) {
        dropOthers(rows, source, row);
      }
      if (left.isEmpty()) {
        return Optional.empty();
      }
      codec.decode(rows.stored(), 0, decoded, 0, weights);
      float[] original = source.weights(Intermediate.NONE);
      for (int row = 0; row < rows.rows(); row++) {
        long number = rows.firstRow() + row;
        BlockErrors ofRow = errors.add(original, decoded, row * length, length, number);
        if (measured.isPresent()) {
          if (isMeasured(number, rows.matrixRows())) {
            measured.get().add(ofRow, original, row * length, number);
          } else if (usual > 0 && !ErrorLimits.isUsual(ofRow, usual)) {
            measured.get().addUnusual(ofRow, original, row * length, number);
          }
        }
      }
    }
    if (codec.type().quantized() && errors.sourceIsNotFinite()) {
      // ggml refuses such a source: bytes that a codec happens to give for it prove nothing.
      return Optional.empty();
    }
    return left.stream()
        .findFirst()
        .map(
            candidate ->
                finding(candidate, sourceType, errors.errors(), measured, rows.allRows() == 0));
  }

  private static boolean isMeasured(long row, long matrixRows) {
    long step = Math.max(1, Math.min(MEASURED_OF, matrixRows / MEASURED_ROWS));
    return row % matrixRows % step == 0;
  }

  private Finding finding(
      Candidate candidate,
      String sourceType,
      Optional<Errors> errors,
      Optional<ReferenceErrors> measured,
      boolean tensorIsEmpty) {
    Recipe recipe = candidate.recipe(sourceType);
    if (candidate.byImportance()
        && measured.isPresent()
        && !ErrorLimits.areOfImportance(Freedom.of(codec), measured.get())) {
      return new Finding(
          Level.WITHIN_BOUNDS,
          Optional.of(recipe),
          Optional.empty(),
          errors,
          Optional.of(measured.get().blocks().mean()),
          Optional.empty(),
          Optional.of(
              "its importance matrix gives these bytes, but spoils more than such a matrix does"));
    }
    return Finding.exact(recipe, errors)
        .with(
            errors.isPresent() || tensorIsEmpty
                ? Optional.empty()
                : Optional.of("some of its weights are stored as infinite or no numbers"));
  }

  private void dropOthers(PairedRows rows, SourceTile source, int row) throws IOException {
    for (Candidate candidate : List.copyOf(left)) {
      if (!candidate.stillGives(
          rows.stored(),
          row * rows.storedRow(),
          source,
          row * rows.length(),
          rows.length(),
          rows.firstRow() + row)) {
        left.remove(candidate);
        candidate.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (Candidate candidate : left) {
      candidate.close();
    }
  }
}
