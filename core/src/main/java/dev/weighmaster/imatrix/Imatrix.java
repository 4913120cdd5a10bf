package dev.weighmaster.imatrix;

import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * An importance matrix: for each tensor that it knows, how much each column matters, for each of
 * the matrices that the tensor stacks.
 *
 * <p>The weights are those that {@code llama-quantize} hands to ggml. They stay in the file, which
 * for a model of many experts has a gigabyte; only its directory is in memory. Thread-safe.
 */
public final class Imatrix {
  /** Models of today have about two thousand. */
  static final int MAX_ENTRIES = 65_536;

  /** Of all entries together: one for each expert of each tensor. */
  static final int MAX_COUNTS = 1 << 20;

  private static final int STEP = 1 << 14;

  private final Storage.Entry file;
  private final Map<String, ImatrixEntry> entries;

  Imatrix(Storage.Entry file, Map<String, ImatrixEntry> entries) {
    this.file = file;
    this.entries = Collections.unmodifiableMap(entries);
  }

  /**
   * Reads a file of either form, and checks all of its weights.
   *
   * @throws UnreadableModelException if {@code llama-quantize} could not have used it, or it can't
   *     be read, with the reason
   */
  public static Imatrix open(Storage storage, String path) throws UnreadableModelException {
    try {
      Storage.Entry file = storage.stat(path);
      Imatrix imatrix =
          new Imatrix(
              file,
              beginsAsGguf(storage, file)
                  ? GgufImatrix.entries(storage, file)
                  : LegacyImatrix.entries(storage, file));
      imatrix.mustBeSums();
      return imatrix;
    } catch (IOException e) {
      throw UnreadableModelException.of(path, e);
    }
  }

  private static boolean beginsAsGguf(Storage storage, Storage.Entry file) throws IOException {
    byte[] head = new byte[(int) Math.min(file.size(), Integer.BYTES)];
    try (ByteSource source = storage.open(file, 0, head.length)) {
      ByteBuffer bytes = source.next();
      bytes.get(head, 0, Math.min(head.length, bytes.remaining()));
    }
    return GgufFormat.GGUF.begins(head);
  }

  /**
   * One weight that is no number has the quantizer refuse them all. It would take one below 0,
   * which no sum of squares is, and look for the greatest error.
   */
  private void mustBeSums() throws IOException {
    float[] weights = new float[STEP];
    for (Map.Entry<String, ImatrixEntry> each : entries.entrySet()) {
      ImatrixEntry entry = each.getValue();
      try (ColumnWeights all = entry.open(0)) {
        for (long left = entry.values(); left > 0; ) {
          int length = (int) Math.min(left, weights.length);
          all.next(weights, length);
          left -= length;
          for (int i = 0; i < length; i++) {
            if (!Float.isFinite(weights[i]) || weights[i] < 0) {
              throw new MalformedWeightsException(
                  entry.offset(),
                  "the weights of %s are not all finite and at least 0"
                      .formatted(Quoted.of(each.getKey())));
            }
          }
        }
      }
    }
  }

  /** Its file as it was listed when its directory was read. */
  public Storage.Entry file() {
    return file;
  }

  /** Names of the tensors that it knows. */
  public Set<String> names() {
    return entries.keySet();
  }

  /**
   * Whether it has a weight for each column of each matrix of a tensor. The quantizer goes on
   * without the others, or not at all.
   */
  public boolean covers(Tensor tensor) {
    ImatrixEntry entry = entries.get(tensor.name());
    return entry != null
        && tensor.plainShape().size() <= 3
        && tensor.elements() > 0
        && entry.values() % tensor.rowElements() == 0
        && entry.values() / tensor.rowElements() == tensor.matrices();
  }

  /**
   * Opens the weights of a tensor that is {@linkplain #covers covered}, from one of its matrices
   * on.
   */
  public ColumnWeights open(Tensor tensor, long firstMatrix) throws IOException {
    return entries.get(tensor.name()).open(firstMatrix * tensor.rowElements());
  }
}
