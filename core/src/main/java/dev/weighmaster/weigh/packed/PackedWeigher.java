package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.packing.PackedModel;
import dev.weighmaster.packing.UnpackableException;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
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
import java.util.Optional;
import java.util.Set;

/** Weighs a model with packed matrices against a safetensors source. */
public final class PackedWeigher implements ModelWeigher {
  private static final String UNKNOWN_ALGORITHM =
      "its configuration does not say that GPTQ chose its codes, so no certificate was asked for";

  /** See {@link WeighingPart#weights}: in the forms of both models and as a float. */
  private static final int BYTES_OF_A_WEIGHT = 40;

  private final PackedModel packed;
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
    this.packed = packed;
    this.source = source;
    this.depth = depth;
    Map<String, PackedMatrix> byName = new HashMap<>();
    packed.matrices().forEach(matrix -> byName.put(matrix.name(), matrix));
    this.awq = new AwqWeigher(quantization, source, byName);
    this.plain = new Weigher(quantization, source, List.of(), Depth.EXACT);
    this.certificate = new GptqCertificate(packed.config(), source);
  }

  @Override
  public List<WeighingPart> parts() {
    List<WeighingPart> parts = new ArrayList<>();
    for (List<PackedMatrix> together : certificate.stacks(packed.matrices())) {
      parts.add(new MatricesPart(together));
    }
    packed.unpackable().forEach((name, why) -> parts.add(new UnpackablePart(name, why)));
    for (Tensor tensor : packed.plain()) {
      parts.add(new PlainPart(tensor, plain.part(tensor)));
    }
    return parts;
  }

  /** Matrices that read the same input, or a single one. */
  private final class MatricesPart implements WeighingPart {
    private final List<PackedMatrix> matrices;

    MatricesPart(List<PackedMatrix> matrices) {
      this.matrices = matrices;
    }

    @Override
    public long bytes() {
      long bytes = 0;
      for (PackedMatrix matrix : matrices) {
        bytes += matrix.tensors().stream().mapToLong(Tensor::bytes).sum();
        bytes += source.find(matrix.name()).map(Tensor::bytes).orElse(0L);
      }
      return bytes;
    }

    @Override
    public long weights() {
      long most = 0;
      for (PackedMatrix matrix : matrices) {
        long ranges = GroupRanges.held(matrix);
        most = Math.max(most, matrix.bytesInMemory() / BYTES_OF_A_WEIGHT + ranges);
      }
      return depth == Depth.EXACT ? most + certificate.weights(matrices) : most;
    }

    @Override
    public List<TensorWeighing> weigh() throws UnreadableModelException {
      List<TensorWeighing> weighed = new ArrayList<>();
      for (PackedMatrix matrix : matrices) {
        weighed.add(PackedWeigher.this.weigh(matrix));
      }
      return depth == Depth.EXACT ? certificate.certify(matrices, weighed) : weighed;
    }
  }

  private final class UnpackablePart implements WeighingPart {
    private final String name;
    private final String why;

    UnpackablePart(String name, String why) {
      this.name = name;
      this.why = why;
    }

    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public long weights() {
      return 1;
    }

    @Override
    public List<TensorWeighing> weigh() {
      Optional<Tensor> of = source.find(name);
      return List.of(
          Finding.of(Level.NOT_COMPARED, why)
              .of(
                  name,
                  "packed",
                  of.map(tensor -> tensor.type().name()),
                  of.map(Tensor::shape).orElse(List.of())));
    }
  }

  private final class PlainPart implements WeighingPart {
    private final Tensor tensor;
    private final WeighingPart part;

    PlainPart(Tensor tensor, WeighingPart part) {
      this.tensor = tensor;
      this.part = part;
    }

    @Override
    public long bytes() {
      return part.bytes();
    }

    @Override
    public long weights() {
      return part.weights();
    }

    @Override
    public List<TensorWeighing> weigh() throws UnreadableModelException {
      return List.of(PackedWeigher.this.weigh(tensor));
    }
  }

  @Override
  public List<TensorWeighing> missing() {
    Set<String> weighed = new HashSet<>(packed.unpackable().keySet());
    packed.matrices().forEach(matrix -> weighed.add(matrix.name()));
    return plain.missing().stream().filter(tensor -> !weighed.contains(tensor.name())).toList();
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

  private Finding roundedOrMoved(PackedMatrix matrix, Tensor of, Precision precision)
      throws IOException {
    if (awq.normDiffers(matrix)) {
      return awq.weigh(matrix, of);
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
