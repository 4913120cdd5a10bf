package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.packing.PackedModel;
import dev.weighmaster.packing.UnpackableException;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher;
import dev.weighmaster.weigh.Weighing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Weighs a model with packed matrices against a safetensors source. */
public final class PackedWeigher {
  private final PackedModel packed;
  private final ModelTensors source;
  private final AwqWeigher awq;
  private final Weigher plain;

  /**
   * @param packed the matrices of the quantization
   */
  public PackedWeigher(ModelTensors quantization, PackedModel packed, ModelTensors source) {
    this.packed = packed;
    this.source = source;
    Map<String, PackedMatrix> byName = new HashMap<>();
    packed.matrices().forEach(matrix -> byName.put(matrix.name(), matrix));
    this.awq = new AwqWeigher(quantization, source, byName);
    this.plain = new Weigher(quantization, source, List.of(), Weigher.Depth.EXACT);
  }

  /**
   * Weighs all matrices and tensors, one after the other.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public Weighing weigh() throws UnreadableModelException {
    List<TensorWeighing> tensors = new ArrayList<>();
    for (PackedMatrix matrix : packed.matrices()) {
      tensors.add(weigh(matrix));
    }
    for (Map.Entry<String, String> each : packed.unpackable().entrySet()) {
      tensors.add(notCompared(each.getKey(), each.getValue()));
    }
    for (Tensor tensor : packed.plain()) {
      tensors.add(weigh(tensor));
    }
    Set<String> weighed = new HashSet<>();
    tensors.forEach(tensor -> weighed.add(tensor.name()));
    plain.missing().stream()
        .filter(tensor -> !weighed.contains(tensor.name()))
        .forEach(tensors::add);
    return Weighing.of(tensors, List.of());
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
    try {
      return awq.divided(tensor, of.get()).map(finding -> finding.of(tensor, of)).orElse(weighing);
    } catch (UnpackableException e) {
      return weighing;
    } catch (IOException e) {
      throw UnreadableModelException.of(tensor.name(), e);
    }
  }

  private TensorWeighing notCompared(String name, String why) {
    return new TensorWeighing(
        name,
        Optional.of("packed"),
        source.find(name).map(tensor -> tensor.type().name()),
        source.find(name).map(Tensor::shape).orElse(List.of()),
        Level.NOT_COMPARED,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(why));
  }

  /**
   * Weighs a matrix of the quantization.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public TensorWeighing weigh(PackedMatrix matrix) throws UnreadableModelException {
    Optional<Tensor> of = source.find(matrix.name());
    try {
      PackedFinding finding =
          of.isPresent()
              ? compare(matrix, of.get())
              : PackedFinding.of(Level.NOT_COMPARED, "it is not in the source");
      return finding.of(matrix, of);
    } catch (UnpackableException e) {
      return PackedFinding.of(Level.NOT_COMPARED, e.getMessage()).of(matrix, of);
    } catch (IOException e) {
      throw UnreadableModelException.of(matrix.name(), e);
    }
  }

  private PackedFinding compare(PackedMatrix matrix, Tensor of) throws IOException {
    if (!matrix.shape().equals(of.shape())) {
      return PackedFinding.of(
          Level.DEVIATES,
          "its shape is %s, that of the source's is %s".formatted(matrix.shape(), of.shape()));
    }
    Optional<Precision> precision = SourceRows.precision(of);
    if (precision.isEmpty()) {
      return PackedFinding.of(
          Level.NOT_COMPARED,
          "how %s is made from %s is not known".formatted(matrix.layout(), of.type().name()));
    }
    if (!GroupRanges.canBeFound(matrix)) {
      return PackedFinding.of(
          Level.NOT_COMPARED, "it has more than %d scales of blocks".formatted(GroupRanges.MOST));
    }
    return switch (matrix.method()) {
      case ROUNDING, ROUNDING_BY_GREATEST ->
          new RoundingPass(matrix, source, of, precision.get()).run();
      case ROUNDING_OR_GPTQ -> roundedOrMoved(matrix, of, precision.get());
      case GPTQ -> new MovedCodes(matrix, source, of).run();
      case AWQ -> awq.weigh(matrix, of);
    };
  }

  private PackedFinding roundedOrMoved(PackedMatrix matrix, Tensor of, Precision precision)
      throws IOException {
    if (awq.normDiffers(matrix)) {
      return awq.weigh(matrix, of);
    }
    PackedFinding rounded = new RoundingPass(matrix, source, of, precision).run();
    if (rounded.level() != Level.DEVIATES) {
      return rounded;
    }
    PackedFinding moved = new MovedCodes(matrix, source, of).run();
    if (moved.level() != Level.DEVIATES) {
      return moved;
    }
    PackedFinding scaled = awq.weigh(matrix, of);
    return scaled.level() == Level.DEVIATES ? moved : scaled;
  }
}
