package dev.weighmaster.weigh;

import dev.weighmaster.ggml.ForcedCodec;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Weighs a quantization against its source. Tensors are independent of each other: any number of
 * threads may weigh some.
 */
public final class Weigher {
  private static final String OUTPUT = "output.weight";
  private static final String EMBEDDING = "token_embd.weight";
  private static final String TIED = "the source uses its token_embd.weight for it";

  private final ModelTensors quantization;
  private final ModelTensors source;
  private final List<NamedImatrix> imatrices;
  private final Depth depth;

  /** Draws blocks: who made the files can't know which. */
  private final SecureRandom random = new SecureRandom();

  /** How much is derived again. */
  public enum Depth {
    /**
     * The codes under the scales that are stored: a type that heeds importance is not found {@link
     * Level#EXACT}.
     */
    CODES,
    /** The whole quantization, and the codes where it gives other bytes. */
    EXACT
  }

  /**
   * @param imatrices to try, beside none
   */
  public Weigher(
      ModelTensors quantization, ModelTensors source, List<NamedImatrix> imatrices, Depth depth) {
    this.quantization = quantization;
    this.source = source;
    this.imatrices = List.copyOf(imatrices);
    this.depth = depth;
  }

  /**
   * Weighs all tensors, one after the other.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public Weighing weigh() throws UnreadableModelException {
    List<TensorWeighing> tensors = new ArrayList<>();
    for (Tensor tensor : quantization.tensors()) {
      tensors.add(weigh(tensor));
    }
    tensors.addAll(missing());
    return Weighing.of(tensors, metadata());
  }

  /**
   * Compares the metadata.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public List<ComparedValue> metadata() throws UnreadableModelException {
    return ComparedValue.all(quantization, source);
  }

  /** The tensors that only the source has. */
  public List<TensorWeighing> missing() {
    return source.tensors().stream()
        .filter(tensor -> quantization.find(tensor.name()).isEmpty())
        .map(Weigher::missing)
        .toList();
  }

  private static TensorWeighing missing(Tensor tensor) {
    return new TensorWeighing(
        tensor.name(),
        Optional.empty(),
        Optional.of(tensor.type().name()),
        tensor.shape(),
        Level.NOT_COMPARED,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of("it is in the source, and not in the quantization"));
  }

  /**
   * Weighs one tensor of the quantization.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public TensorWeighing weigh(Tensor tensor) throws UnreadableModelException {
    Optional<Tensor> of = counterpart(tensor);
    try {
      Finding finding =
          of.isPresent()
              ? compare(tensor, of.get())
              : Finding.of(Level.NOT_COMPARED, "it is not in the source");
      boolean tied = of.isPresent() && !of.get().name().equals(tensor.name());
      return (tied ? finding.because(TIED) : finding).of(tensor, of);
    } catch (IOException e) {
      throw UnreadableModelException.of(tensor.name(), e);
    }
  }

  /**
   * Where a model has no output matrix, llama.cpp takes its embedding for it; some converters have
   * written that copy out.
   */
  private Optional<Tensor> counterpart(Tensor tensor) {
    return source
        .find(tensor.name())
        .or(() -> tensor.name().equals(OUTPUT) ? source.find(EMBEDDING) : Optional.empty());
  }

  private Finding compare(Tensor tensor, Tensor of) throws IOException {
    if (!tensor.plainShape().equals(of.plainShape())) {
      return Finding.of(
          Level.DEVIATES,
          "its shape is %s, that of the source's is %s".formatted(tensor.shape(), of.shape()));
    }
    if (tensor.elements() == 0 || isSameType(tensor, of)) {
      return new CopyPass(quantization, source).run(tensor, of);
    }
    Optional<GgmlCodec> sourceCodec = of.type().ggml().flatMap(GgmlCodecs::of);
    List<GgmlCodec> versions = tensor.type().ggml().map(GgmlCodecs::versions).orElse(List.of());
    if (sourceCodec.isEmpty() || versions.isEmpty()) {
      return Finding.of(
          Level.NOT_COMPARED,
          "how %s is made from %s is not known".formatted(tensor.type().name(), of.type().name()));
    }
    if (tensor.rowElements() > PairedRows.MAX_ROW) {
      return Finding.of(
          Level.NOT_COMPARED, "its rows have more than %d weights".formatted(PairedRows.MAX_ROW));
    }
    GgmlCodec codec = versions.get(0);
    if (depth == Depth.EXACT || Freedom.of(codec) == Freedom.NONE) {
      try (ExactPass pass = new ExactPass(tensor, versions, sourceCodec.get(), imatrices);
          PairedRows rows = PairedRows.open(tensor, quantization, of, source)) {
        Optional<Finding> exact = pass.run(rows, of.type().name());
        if (exact.isPresent()) {
          return exact.get();
        }
      }
    }
    if (depth == Depth.CODES && codec instanceof ForcedCodec forced) {
      Optional<Finding> equivalent = equivalent(forced, sourceCodec.get(), tensor, of);
      if (equivalent.isPresent()) {
        return equivalent.get();
      }
    }
    try (PairedRows rows = PairedRows.open(tensor, quantization, of, source)) {
      return new CodesPass(codec, sourceCodec.get(), rows).run();
    }
  }

  private Optional<Finding> equivalent(
      ForcedCodec codec, GgmlCodec sourceCodec, Tensor tensor, Tensor of) throws IOException {
    for (Intermediate intermediate : SourceTile.intermediates(sourceCodec.type())) {
      try (PairedRows rows = PairedRows.open(tensor, quantization, of, source)) {
        Optional<Finding> finding =
            new ScalesPass(codec, sourceCodec, intermediate, rows, random).run();
        if (finding.isPresent()) {
          return finding;
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isSameType(Tensor tensor, Tensor of) {
    return tensor.type().equals(of.type())
        || (tensor.type().ggml().isPresent() && tensor.type().ggml().equals(of.type().ggml()));
  }
}
