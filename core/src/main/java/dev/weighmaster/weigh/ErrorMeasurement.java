package dev.weighmaster.weigh;

import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.tensor.Counterpart;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.SameNames;
import dev.weighmaster.tensor.SourceModel;
import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.TensorType;
import dev.weighmaster.tensor.UnreadableModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
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
  private final SourceModel source;

  public ErrorMeasurement(ModelTensors quantization, SourceModel source) {
    this.quantization = quantization;
    this.source = source;
  }

  /** Measures against a source whose tensors have the quantization's names. */
  public ErrorMeasurement(ModelTensors quantization, ModelTensors source) {
    this(quantization, new SameNames(source));
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
   * Measures one tensor of the quantization; where honest converters differ, from the tensor that
   * it is the nearest to.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public MeasuredTensor measure(Tensor tensor) throws UnreadableModelException {
    Counterpart counterpart = source.counterpart(tensor);
    List<MeasuredTensor> all = new ArrayList<>();
    try {
      for (SourceTensor of : counterpart.tensors()) {
        all.add(measure(tensor, of));
      }
    } catch (IOException e) {
      throw UnreadableModelException.of(tensor.name(), e);
    }
    return all.stream()
        .min(Comparator.comparingDouble(ErrorMeasurement::size))
        .orElseGet(() -> unmeasured(tensor, counterpart.remark().orElseThrow()));
  }

  private static double size(MeasuredTensor measured) {
    return measured.errors().map(Errors::rms).orElse(Double.POSITIVE_INFINITY);
  }

  private static MeasuredTensor unmeasured(Tensor tensor, String why) {
    return MeasuredTensor.unmeasured(tensor.name(), tensor.type().name(), why);
  }

  private MeasuredTensor measure(Tensor tensor, SourceTensor of) throws IOException {
    Optional<String> immeasurable = immeasurable(tensor, of);
    if (immeasurable.isPresent()) {
      return unmeasured(tensor, immeasurable.get());
    }
    ErrorSums sums = sums(tensor, of);
    return sums.sourceIsNotFinite()
        ? unmeasured(tensor, "the source's weights are not all finite")
        : MeasuredTensor.of(
            tensor.name(), tensor.type().name(), sums.errors().orElse(Errors.UNBOUNDED));
  }

  private static Optional<String> immeasurable(Tensor tensor, SourceTensor of) {
    if (!tensor.plainShape().equals(of.plainShape())) {
      return Optional.of(
          "its shape is %s, that of the source's is %s".formatted(tensor.shape(), of.shape()));
    }
    if (codec(tensor.type()).isEmpty() || codec(of.type()).isEmpty()) {
      return Optional.of(
          "how far %s is from %s is not known".formatted(tensor.type().name(), of.storedType()));
    }
    if (tensor.rowElements() > PairedRows.MAX_ROW) {
      return Optional.of("its rows have more than %d weights".formatted(PairedRows.MAX_ROW));
    }
    return tensor.elements() == 0 ? Optional.of("it has no weights") : Optional.empty();
  }

  private static Optional<GgmlCodec> codec(TensorType type) {
    return type.ggml().flatMap(GgmlCodecs::of);
  }

  private ErrorSums sums(Tensor tensor, SourceTensor of) throws IOException {
    GgmlCodec codec = codec(tensor.type()).orElseThrow();
    GgmlCodec sourceCodec = codec(of.type()).orElseThrow();
    ErrorSums sums = new ErrorSums(codec.type().blockElements());
    try (PairedRows rows = PairedRows.open(tensor, quantization, of)) {
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
