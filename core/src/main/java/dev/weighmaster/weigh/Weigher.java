package dev.weighmaster.weigh;

import dev.weighmaster.ggml.ForcedCodec;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.tensor.Counterpart;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.SameNames;
import dev.weighmaster.tensor.SourceModel;
import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Weighs a quantization against its source. Tensors are independent of each other: any number of
 * threads may weigh some.
 */
public final class Weigher implements ModelWeigher {
  /** A tile of rows, of any tensor. */
  private static final long LEAST_WEIGHTS = 1 << 16;

  private final ModelTensors quantization;
  private final SourceModel source;
  private final List<NamedImatrix> imatrices;
  private final Depth depth;

  /** Draws blocks: who made the files can't know which. */
  private final SecureRandom random = new SecureRandom();

  /** What many results have in common is held once: a model can have a quarter million tensors. */
  private final Map<String, Optional<String>> types = new ConcurrentHashMap<>();

  private final Map<Recipe, Optional<Recipe>> recipes = new ConcurrentHashMap<>();

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
      ModelTensors quantization, SourceModel source, List<NamedImatrix> imatrices, Depth depth) {
    this.quantization = quantization;
    this.source = source;
    this.imatrices = List.copyOf(imatrices);
    this.depth = depth;
  }

  /**
   * Weighs against a source whose tensors have the quantization's names.
   *
   * @param imatrices to try, beside none
   */
  public Weigher(
      ModelTensors quantization, ModelTensors source, List<NamedImatrix> imatrices, Depth depth) {
    this(quantization, new SameNames(source), imatrices, depth);
  }

  /** A part a tensor. */
  @Override
  public List<WeighingPart> parts() {
    return quantization.tensors().stream().map(this::part).toList();
  }

  /** The part that a tensor of the quantization is. */
  public WeighingPart part(Tensor tensor) {
    Counterpart counterpart = source.counterpart(tensor);
    long bytes = counterpart.tensors().isEmpty() ? 0 : tensor.bytes() + counterpart.bytes();
    long weights = Math.min(Math.max(tensor.rowElements(), LEAST_WEIGHTS), PairedRows.MAX_ROW);
    return new WeighingPart(bytes, weights, () -> List.of(weigh(tensor)));
  }

  @Override
  public List<ComparedValue> metadata() throws UnreadableModelException {
    return ComparedValue.all(quantization, source);
  }

  @Override
  public List<TensorWeighing> missing() {
    return source.missing(quantization).stream().map(Weigher::missing).map(this::shared).toList();
  }

  private static TensorWeighing missing(SourceModel.Missing tensor) {
    return new TensorWeighing(
        tensor.name(),
        Optional.empty(),
        Optional.of(tensor.type()),
        tensor.shape(),
        Level.NOT_COMPARED,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(tensor.why()));
  }

  /**
   * Weighs one tensor of the quantization.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public TensorWeighing weigh(Tensor tensor) throws UnreadableModelException {
    Counterpart counterpart = source.counterpart(tensor);
    try {
      return shared(weigh(tensor, counterpart));
    } catch (IOException e) {
      throw UnreadableModelException.of(tensor.name(), e);
    }
  }

  /** Where honest converters differ, the first tensor that explains the bytes counts. */
  private TensorWeighing weigh(Tensor tensor, Counterpart counterpart) throws IOException {
    if (counterpart.tensors().isEmpty()) {
      return Finding.of(Level.NOT_COMPARED, counterpart.remark().orElseThrow())
          .of(tensor, Optional.empty());
    }
    List<TensorWeighing> all = new ArrayList<>();
    for (SourceTensor of : counterpart.tensors()) {
      all.add(
          compare(tensor, of)
              .with(of.how())
              .with(counterpart.remark())
              .of(tensor, Optional.of(of)));
      if (all.get(all.size() - 1).level() == Level.EXACT) {
        break;
      }
    }
    return all.stream().min(Comparator.comparing(TensorWeighing::level)).orElseThrow();
  }

  private TensorWeighing shared(TensorWeighing weighing) {
    return new TensorWeighing(
        weighing.name(),
        shared(types, weighing.type()),
        shared(types, weighing.sourceType()),
        weighing.shape(),
        weighing.level(),
        shared(recipes, weighing.recipe()),
        weighing.intermediate(),
        weighing.errors(),
        weighing.toReference(),
        weighing.deviation(),
        weighing.certificate(),
        weighing.detail());
  }

  private static <T> Optional<T> shared(Map<T, Optional<T>> known, Optional<T> value) {
    return value.flatMap(each -> known.computeIfAbsent(each, Optional::of));
  }

  private Finding compare(Tensor tensor, SourceTensor of) throws IOException {
    if (!tensor.plainShape().equals(of.plainShape())) {
      return Finding.of(
          Level.DEVIATES,
          "its shape is %s, that of the source's is %s".formatted(tensor.shape(), of.shape()));
    }
    if (tensor.elements() == 0 || isSameType(tensor, of)) {
      return new CopyPass(quantization).run(tensor, of);
    }
    Optional<GgmlCodec> sourceCodec = of.type().ggml().flatMap(GgmlCodecs::of);
    List<GgmlCodec> versions = tensor.type().ggml().map(GgmlCodecs::versions).orElse(List.of());
    if (sourceCodec.isEmpty() || versions.isEmpty()) {
      return Finding.of(
          Level.NOT_COMPARED,
          "how %s is made from %s is not known".formatted(tensor.type().name(), of.storedType()));
    }
    if (tensor.rowElements() > PairedRows.MAX_ROW) {
      return Finding.of(
          Level.NOT_COMPARED, "its rows have more than %d weights".formatted(PairedRows.MAX_ROW));
    }
    GgmlCodec codec = versions.get(0);
    if (depth == Depth.EXACT || Freedom.of(codec) == Freedom.NONE) {
      try (ExactPass pass = new ExactPass(tensor, versions, sourceCodec.get(), imatrices);
          PairedRows rows = PairedRows.open(tensor, quantization, of)) {
        Optional<Finding> exact = pass.run(rows, of.storedType());
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
    try (PairedRows rows = PairedRows.open(tensor, quantization, of)) {
      return new CodesPass(codec, sourceCodec.get(), rows).run();
    }
  }

  private Optional<Finding> equivalent(
      ForcedCodec codec, GgmlCodec sourceCodec, Tensor tensor, SourceTensor of) throws IOException {
    for (Intermediate intermediate : SourceTile.intermediates(sourceCodec.type())) {
      try (PairedRows rows = PairedRows.open(tensor, quantization, of)) {
        Optional<Finding> finding =
            new ScalesPass(codec, sourceCodec, intermediate, rows, random).run();
        if (finding.isPresent()) {
          return finding;
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isSameType(Tensor tensor, SourceTensor of) {
    return tensor.type().equals(of.type())
        || (tensor.type().ggml().isPresent() && tensor.type().ggml().equals(of.type().ggml()));
  }
}
