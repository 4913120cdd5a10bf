package dev.weighmaster.weigh;

import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Measures how far the tensors of a quantization are from its source's, without asking how they
 * were made: both are decoded, in one pass. Tensors are independent of each other: any number of
 * threads may measure some.
 *
 * <p>The errors are those of a {@link Weigher}, to the last bit, and the same on every machine.
 */
public final class ErrorMeasurement {
  private final ModelTensors quantization;
  private final ModelTensors source;

  public ErrorMeasurement(ModelTensors quantization, ModelTensors source) {
    this.quantization = quantization;
    this.source = source;
  }

  /**
   * Measures tensors of the quantization, several at once.
   *
   * @return in the order of the tensors
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public List<MeasuredTensor> measure(Collection<Tensor> tensors) throws UnreadableModelException {
    try {
      return tensors.parallelStream().map(this::measured).toList();
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof UnreadableModelException unreadable) {
        throw unreadable;
      }
      throw e;
    }
  }

  private MeasuredTensor measured(Tensor tensor) {
    try {
      return measure(tensor);
    } catch (UnreadableModelException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Measures one tensor of the quantization.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public MeasuredTensor measure(Tensor tensor) throws UnreadableModelException {
    String name = tensor.name();
    String type = tensor.type().name();
    Optional<Tensor> of = source.find(name);
    Optional<String> immeasurable =
        of.map(counterpart -> immeasurable(tensor, counterpart))
            .orElseGet(() -> Optional.of("it is not in the source"));
    if (immeasurable.isPresent()) {
      return MeasuredTensor.unmeasured(name, type, immeasurable.get());
    }
    try {
      ErrorSums sums = sums(tensor, of.orElseThrow());
      return sums.sourceIsNotFinite()
          ? MeasuredTensor.unmeasured(name, type, "the source's weights are not all finite")
          : MeasuredTensor.of(name, type, sums.errors().orElse(Errors.UNBOUNDED));
    } catch (IOException e) {
      throw UnreadableModelException.of(name, e);
    }
  }

  private static Optional<String> immeasurable(Tensor tensor, Tensor of) {
    if (!tensor.plainShape().equals(of.plainShape())) {
      return Optional.of(
          "its shape is %s, that of the source's is %s".formatted(tensor.shape(), of.shape()));
    }
    if (codec(tensor).isEmpty() || codec(of).isEmpty()) {
      return Optional.of(
          "how far %s is from %s is not known".formatted(tensor.type().name(), of.type().name()));
    }
    if (tensor.rowElements() > PairedRows.MAX_ROW) {
      return Optional.of("its rows have more than %d weights".formatted(PairedRows.MAX_ROW));
    }
    return tensor.elements() == 0 ? Optional.of("it has no weights") : Optional.empty();
  }

  private static Optional<GgmlCodec> codec(Tensor tensor) {
    return tensor.type().ggml().flatMap(GgmlCodecs::of);
  }

  private ErrorSums sums(Tensor tensor, Tensor of) throws IOException {
    GgmlCodec codec = codec(tensor).orElseThrow();
    GgmlCodec sourceCodec = codec(of).orElseThrow();
    ErrorSums sums = new ErrorSums(codec.type().blockElements());
    try (PairedRows rows = PairedRows.open(tensor, quantization, SourceTensor.of(source, of))) {
      float[] decoded = new float[rows.capacity()];
      float[] original = new float[rows.capacity()];
      int length = rows.length();
      while (rows.advance()) {
        codec.decode(rows.stored(), 0, decoded, 0, rows.rows() * length);
        sourceCodec.decode(rows.original(), 0, original, 0, rows.rows() * length);
        for (int i = 0; i < rows.rows(); i++) {
          sums.add(original, decoded, i * length, length, rows.firstRow() + i);
        }
      }
    }
    return sums;
  }
}
