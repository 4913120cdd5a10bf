package dev.weighmaster.weigh;

import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.RowReader;
import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Compares a tensor with one of the same type and shape, of which it must be a copy; or one without
 * weights with any other.
 */
final class CopyPass {
  private static final int STEP = 1 << 16;
  private static final String NO_COPY = "it is no copy of the source's tensor";

  private final ModelTensors quantization;

  CopyPass(ModelTensors quantization) {
    this.quantization = quantization;
  }

  Finding run(Tensor tensor, SourceTensor of) throws IOException {
    Optional<GgmlCodec> codec = tensor.type().ggml().flatMap(GgmlCodecs::of);
    return codec.isPresent() && tensor.rowElements() <= PairedRows.MAX_ROW
        ? weights(tensor, of, codec.get())
        : bytes(tensor, of);
  }

  private Finding weights(Tensor tensor, SourceTensor of, GgmlCodec codec) throws IOException {
    ErrorSums errors = new ErrorSums(codec.type().blockElements());
    DeviationCount deviations = new DeviationCount();
    boolean same = true;
    try (PairedRows rows = PairedRows.open(tensor, quantization, of)) {
      float[] stored = new float[rows.capacity()];
      float[] original = new float[rows.capacity()];
      int length = rows.length();
      while (rows.advance()) {
        int bytes = rows.rows() * rows.storedRow();
        same &= Arrays.equals(rows.stored(), 0, bytes, rows.original(), 0, bytes);
        codec.decode(rows.stored(), 0, stored, 0, rows.rows() * length);
        codec.decode(rows.original(), 0, original, 0, rows.rows() * length);
        for (int i = 0; i < rows.rows(); i++) {
          long row = rows.firstRow() + i;
          errors.add(original, stored, i * length, length, row);
          deviations.add(stored, original, original, i * length, length, row);
        }
      }
    }
    return same
        ? Finding.exact(recipe(tensor, of), errors.errors())
        : new Finding(
            Level.DEVIATES,
            Optional.empty(),
            Optional.empty(),
            errors.errors(),
            Optional.empty(),
            deviations.deviation(),
            Optional.of(NO_COPY));
  }

  /** Whatever the bytes mean. */
  private Finding bytes(Tensor tensor, SourceTensor of) throws IOException {
    byte[] stored = new byte[STEP];
    byte[] original = new byte[STEP];
    boolean same = true;
    try (RowReader left = quantization.read(tensor);
        RowReader right = of.rows().open()) {
      do {
        WorkStopped.check();
        int step = (int) Math.min(STEP, left.remaining());
        left.read(stored, 0, step);
        right.read(original, 0, step);
        same &= Arrays.equals(stored, 0, step, original, 0, step);
      } while (left.remaining() > 0);
    }
    return same
        ? Finding.exact(recipe(tensor, of), Optional.empty())
        : Finding.of(Level.DEVIATES, NO_COPY);
  }

  private static Recipe recipe(Tensor tensor, SourceTensor of) {
    return new Recipe(
        of.storedType(),
        Intermediate.NONE,
        tensor.type().name(),
        Optional.empty(),
        Optional.empty());
  }
}
