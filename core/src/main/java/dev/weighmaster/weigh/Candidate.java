package dev.weighmaster.weigh;

import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.tensor.Tensor;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A type's algorithm with or without one importance matrix, and the intermediates under which it
 * has given every row so far. Not thread-safe.
 */
final class Candidate implements Closeable {
  private static final float[] NO_IMPORTANCE = {};

  private final GgmlCodec codec;
  private final Optional<NamedImatrix> imatrix;
  private final Optional<Columns> columns;
  private final List<Intermediate> left;
  private final byte[] encoded;

  private Candidate(
      GgmlCodec codec,
      Optional<NamedImatrix> imatrix,
      Optional<Columns> columns,
      List<Intermediate> intermediates,
      int rowBytes) {
    this.codec = codec;
    this.imatrix = imatrix;
    this.columns = columns;
    this.left = new ArrayList<>(intermediates);
    this.encoded = new byte[rowBytes];
  }

  /** What can be tried without an importance matrix. */
  static Candidate without(GgmlCodec codec, List<Intermediate> intermediates, int rowBytes) {
    return new Candidate(codec, Optional.empty(), Optional.empty(), intermediates, rowBytes);
  }

  /** What can be tried with an importance matrix that covers the tensor. */
  static Candidate with(
      GgmlCodec codec,
      NamedImatrix imatrix,
      Tensor tensor,
      List<Intermediate> intermediates,
      int rowBytes)
      throws IOException {
    return new Candidate(
        codec,
        Optional.of(imatrix),
        Optional.of(new Columns(tensor, imatrix.imatrix())),
        intermediates,
        rowBytes);
  }

  boolean byImportance() {
    return imatrix.isPresent();
  }

  /** Drops the intermediates under which a row is another one; whether any is left. */
  boolean stillGives(byte[] stored, int storedAt, SourceTile source, int from, int length, long row)
      throws IOException {
    float[] importance = columns.isPresent() ? columns.get().of(row) : NO_IMPORTANCE;
    Optional<Boolean> plain = Optional.empty();
    for (Intermediate intermediate : List.copyOf(left)) {
      boolean changed = source.changes(intermediate, from, length);
      boolean gives =
          (!changed && plain.isPresent())
              ? plain.get()
              : gives(stored, storedAt, source.weights(intermediate), from, length, importance);
      if (!changed) {
        plain = Optional.of(gives);
      }
      if (!gives) {
        left.remove(intermediate);
      }
    }
    return !left.isEmpty();
  }

  private boolean gives(
      byte[] stored, int storedAt, float[] weights, int from, int length, float[] importance) {
    codec.encode(weights, from, length, importance, encoded, 0);
    return Arrays.equals(encoded, 0, encoded.length, stored, storedAt, storedAt + encoded.length);
  }

  /** The recipe that is left: the one that changes the source's weights least. */
  Recipe recipe(String source) {
    return new Recipe(
        source,
        left.get(0),
        codec.type().name(),
        imatrix.map(NamedImatrix::name),
        Optional.of(codec.version().release()));
  }

  @Override
  public void close() throws IOException {
    if (columns.isPresent()) {
      columns.get().close();
    }
  }
}
