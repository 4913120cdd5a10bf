package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;
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
 */
final class ExactPass implements Closeable {
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
      for (int row = 0; row < rows.rows(); row++) {
        errors.add(
            source.weights(Intermediate.NONE),
            decoded,
            row * length,
            length,
            rows.firstRow() + row);
      }
    }
    if (codec.type().quantized() && errors.sourceIsNotFinite()) {
      // ggml refuses such a source: bytes that a codec happens to give for it prove nothing.
      return Optional.empty();
    }
    return left.stream()
        .findFirst()
        .map(candidate -> Finding.exact(candidate.recipe(sourceType), errors.errors()));
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
