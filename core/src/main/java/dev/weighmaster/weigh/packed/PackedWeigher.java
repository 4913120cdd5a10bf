package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.packing.PackedModel;
import dev.weighmaster.packing.UnpackableException;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.Finding;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.ModelWeigher;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.WeighingPart;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Weighs a model with packed matrices against a safetensors source. */
public final class PackedWeigher implements ModelWeigher {
  private static final String UNKNOWN_ALGORITHM =
      "its configuration does not say that GPTQ chose its codes, so no certificate was asked for";

  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";
  private static final String NOTHING_ADDED = "it is not in the source, and 0 all over";
  private static final String SMOOTHED =
      "its columns are scaled by what the norm before it is divided by, as SmoothQuant has it";

  /** See {@link WeighingPart#weights}: in the forms of both models and as a float. */
  private static final int BYTES_OF_A_WEIGHT = 40;

  private static final int MOST_OF_A_BIAS = 1 << 20;

  private final ModelTensors quantization;
  private final PackedModel packed;
  private final Map<String, PackedMatrix> matrices = new HashMap<>();
  private final ModelTensors source;
  private final AwqWeigher awq;
  private final Weigher plain;
  private final GptqCertificate certificate;
  private final Depth depth;

  /**
   * @param packed the matrices of the quantization
   * @param depth at {@link Depth#CODES}, no certificate of GPTQ is computed
   */
  public PackedWeigher(
      ModelTensors quantization, PackedModel packed, ModelTensors source, Depth depth) {
    this.quantization = quantization;
    this.packed = packed;
    packed.matrices().forEach(matrix -> matrices.put(matrix.name(), matrix));
    this.source = source;
    this.depth = depth;
    this.awq = new AwqWeigher(quantization, source, matrices);
    this.plain = new Weigher(quantization, source, List.of(), Depth.EXACT);
    this.certificate = new GptqCertificate(packed.config(), source);
  }

  @Override
  public List<WeighingPart> parts() {
    List<WeighingPart> parts = new ArrayList<>();
    for (List<PackedMatrix> together : certificate.stacks(packed.matrices())) {
      parts.add(new WeighingPart(bytes(together), weights(together), () -> weigh(together)));
    }
    packed
        .unpackable()
        .forEach(
            (name, why) -> parts.add(new WeighingPart(0, 1, () -> List.of(unpackable(name, why)))));
    for (Tensor tensor : packed.plain()) {
      WeighingPart part = plain.part(tensor);
      parts.add(new WeighingPart(part.bytes(), part.weights(), () -> List.of(weigh(tensor))));
    }
    return parts;
  }

  private long bytes(List<PackedMatrix> together) {
    long bytes = 0;
    for (PackedMatrix matrix : together) {
      bytes += matrix.tensors().stream().mapToLong(Tensor::bytes).sum();
      bytes += source.find(matrix.name()).map(Tensor::bytes).orElse(0L);
    }
    return bytes;
  }

  private long weights(List<PackedMatrix> together) {
    long most = 0;
    for (PackedMatrix matrix : together) {
      long ranges = GroupRanges.held(matrix);
      most = Math.max(most, matrix.bytesInMemory() / BYTES_OF_A_WEIGHT + ranges);
    }
    return depth == Depth.EXACT ? most + certificate.weights(together) : most;
  }

  /** Weighs matrices that read the same input, or a single one. */
  private List<TensorWeighing> weigh(List<PackedMatrix> together) throws UnreadableModelException {
    List<TensorWeighing> weighed = new ArrayList<>();
    for (PackedMatrix matrix : together) {
      weighed.add(weigh(matrix));
    }
    return depth == Depth.EXACT ? certificate.certify(together, weighed) : weighed;
  }

  private TensorWeighing unpackable(String name, String why) {
    Optional<Tensor> of = source.find(name);
    return Finding.of(Level.NOT_COMPARED, why)
        .of(
            name,
            "packed",
            of.map(tensor -> tensor.type().name()),
            of.map(Tensor::shape).orElse(List.of()));
  }

  @Override
  public List<TensorWeighing> missing() {
    Set<String> weighed = new HashSet<>(packed.unpackable().keySet());
    weighed.addAll(matrices.keySet());
    NavigableSet<String> names = new TreeSet<>();
    quantization.tensors().forEach(tensor -> names.add(tensor.name()));
    return plain.missing().stream()
        .filter(tensor -> !weighed.contains(tensor.name()))
        .map(tensor -> explained(tensor, names))
        .toList();
  }

  /** Where a tensor's place has others, it is stored in a form that is not known. */
  private TensorWeighing explained(TensorWeighing missing, NavigableSet<String> names) {
    String name = missing.name();
    String method = packed.config().method();
    if (method.isEmpty() || !name.endsWith(WEIGHT)) {
      return missing;
    }
    String place = name.substring(0, name.length() - WEIGHT.length() + 1);
    return Optional.ofNullable(names.ceiling(place)).filter(in -> in.startsWith(place)).isPresent()
        ? Finding.of(
                Level.NOT_COMPARED, "how %s stores it is not known".formatted(Quoted.line(method)))
            .of(name, "packed", missing.sourceType(), missing.shape())
        : missing;
  }

  @Override
  public List<ComparedValue> metadata() {
    return List.of();
  }

  /**
   * Weighs a tensor of the quantization that is stored as it is.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public TensorWeighing weigh(Tensor tensor) throws UnreadableModelException {
    TensorWeighing weighing = plain.weigh(tensor);
    Optional<Tensor> of = source.find(tensor.name());
    if (of.isEmpty() && isAddedTo(tensor) && isZero(tensor)) {
      return Finding.of(Level.EQUIVALENT, NOTHING_ADDED)
          .of(tensor.name(), tensor.type().name(), Optional.empty(), tensor.shape());
    }
    if (weighing.level() != Level.DEVIATES
        || of.isEmpty()
        || !of.get().shape().equals(tensor.shape())) {
      return weighing;
    }
    Optional<String> sourceType = of.map(each -> each.type().name());
    try {
      return awq.divided(tensor, of.get())
          .map(
              finding ->
                  finding.of(tensor.name(), tensor.type().name(), sourceType, tensor.shape()))
          .orElse(weighing);
    } catch (UnpackableException e) {
      return weighing;
    } catch (IOException e) {
      throw UnreadableModelException.of(tensor.name(), e);
    }
  }

  /** Whether a matrix adds it to its outputs: AutoGPTQ has stored one for each matrix. */
  private boolean isAddedTo(Tensor tensor) {
    String name = tensor.name();
    return name.endsWith(BIAS)
        && matrices.containsKey(name.substring(0, name.length() - BIAS.length()) + WEIGHT);
  }

  private boolean isZero(Tensor tensor) throws UnreadableModelException {
    if (SourceRows.precision(tensor).isEmpty() || tensor.elements() > MOST_OF_A_BIAS) {
      return false;
    }
    try (SourceRows row = SourceRows.open(quantization, tensor, (int) tensor.elements())) {
      float[] values = row.next();
      boolean zero = true;
      for (float value : values) {
        zero &= value == 0;
      }
      return zero;
    } catch (IOException e) {
      throw UnreadableModelException.of(tensor.name(), e);
    }
  }

  /**
   * Weighs a matrix of the quantization.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public TensorWeighing weigh(PackedMatrix matrix) throws UnreadableModelException {
    Optional<Tensor> of = source.find(matrix.name());
    Finding finding;
    try {
      finding =
          of.isPresent()
              ? compare(matrix, of.get())
              : Finding.of(Level.NOT_COMPARED, "it is not in the source");
    } catch (UnpackableException e) {
      finding = Finding.of(Level.NOT_COMPARED, e.getMessage());
    } catch (IOException e) {
      throw UnreadableModelException.of(matrix.name(), e);
    }
    return Places.inItsShape(finding, matrix)
        .of(matrix.name(), matrix.layout(), of.map(tensor -> tensor.type().name()), matrix.shape());
  }

  private Finding compare(PackedMatrix matrix, Tensor of) throws IOException {
    if (!matrix.shape().equals(of.shape())) {
      return Finding.of(
          Level.DEVIATES,
          "its shape is %s, that of the source's is %s".formatted(matrix.shape(), of.shape()));
    }
    Optional<Precision> precision = SourceRows.precision(of);
    if (precision.isEmpty()) {
      return Finding.of(
          Level.NOT_COMPARED,
          "how %s is made from %s is not known".formatted(matrix.layout(), of.type().name()));
    }
    if (!GroupRanges.canBeFound(matrix)) {
      return Finding.of(
          Level.NOT_COMPARED, "it has more than %d scales of blocks".formatted(GroupRanges.MOST));
    }
    return switch (matrix.method()) {
      case ROUNDING, ROUNDING_BY_GREATEST ->
          new RoundingPass(matrix, source, of, precision.get()).run();
      case ROUNDING_OR_GPTQ -> roundedOrMoved(matrix, of, precision.get());
      case GPTQ -> moved(matrix, of);
      case AWQ -> awq.weigh(matrix, of);
    };
  }

  private Finding moved(PackedMatrix matrix, Tensor of) throws IOException {
    Finding finding = new MovedCodes(matrix, source, of).run();
    return finding.level() == Level.WITHIN_BOUNDS && packed.config().gptq().isEmpty()
        ? finding.with(Optional.of(UNKNOWN_ALGORITHM))
        : finding;
  }

  /** As SmoothQuant and then GPTQ leave a matrix; empty if they can't have. */
  private Optional<Finding> smoothed(PackedMatrix matrix, Tensor of) throws IOException {
    if (!SmoothedColumns.mayBeOf(matrix)) {
      return Optional.empty();
    }
    SmoothedColumns columns = SmoothedColumns.of(matrix, source, of);
    for (DividedNorm norm : awq.divided(matrix)) {
      if (columns.areDivisors(norm)) {
        Optional<float[]> scales = Optional.of(norm.divisors());
        Finding moved = new MovedCodes(matrix, source, of, scales).run();
        if (moved.level() != Level.DEVIATES) {
          return Optional.of(moved.with(Optional.of(SMOOTHED)));
        }
      }
    }
    return Optional.empty();
  }

  private Finding roundedOrMoved(PackedMatrix matrix, Tensor of, Precision precision)
      throws IOException {
    if (awq.normDiffers(matrix)) {
      Finding scaled = awq.weigh(matrix, of);
      return scaled.level() == Level.DEVIATES ? smoothed(matrix, of).orElse(scaled) : scaled;
    }
    Finding rounded = new RoundingPass(matrix, source, of, precision).run();
    if (rounded.level() != Level.DEVIATES) {
      return rounded;
    }
    Finding moved = new MovedCodes(matrix, source, of).run();
    if (moved.level() != Level.DEVIATES) {
      return moved;
    }
    Finding scaled = awq.weigh(matrix, of);
    return scaled.level() == Level.DEVIATES ? moved : scaled;
  }
}
