package dev.weighmaster.packing;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.TensorType;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The packed matrices of a model, and the tensors that it stores as they are. */
public final class PackedModel {
  private static final String WEIGHT = "weight";
  private static final String CODES = ".qweight";
  private static final String PACKED = ".weight_packed";

  /** What belongs to a matrix and needs no reading: scales of its inputs and outputs. */
  private static final List<String> OF_ACTIVATIONS =
      List.of("input_scale", "input_global_scale", "output_scale", "input_zero_point");

  /** What a matrix is stored in, if it is not known how. */
  private static final List<String> PARTS =
      List.of(
          "qweight",
          "qzeros",
          "scales",
          "g_idx",
          "weight_packed",
          "weight_scale",
          "weight_scale_inv",
          "weight_global_scale",
          "weight_zero_point",
          "weight_shape",
          "weight_g_idx",
          "SCB",
          "weight_format",
          "weight.absmax",
          "weight.quant_map",
          "weight.nested_absmax",
          "weight.nested_quant_map");

  /** Numbers of all matrices that are in memory, of groups that are listed and of nested scales. */
  private static final long MOST_HELD = 1 << 26;

  /** By which methods each form is stored; without a name, a form speaks for itself. */
  private static final Set<String> OF_COMPRESSED_TENSORS =
      Set.of("", "COMPRESSED-TENSORS", "SPARSEML");

  private static final Set<String> OF_BITSANDBYTES = Set.of("", "BITSANDBYTES");
  private static final Set<String> WITH_SCALES =
      Set.of("", "COMPRESSED-TENSORS", "SPARSEML", "FP8", "FBGEMM_FP8", "MODELOPT");

  private final ModelTensors model;
  private final PackingConfig config;
  private final List<PackedMatrix> matrices = new ArrayList<>();
  private final Map<String, String> unpackable = new LinkedHashMap<>();
  private final Set<String> taken = new HashSet<>();
  private long held;

  private PackedModel(ModelTensors model, PackingConfig config) {
    this.model = model;
    this.config = config;
  }

  /**
   * Finds the packed matrices of a safetensors model.
   *
   * @throws IOException if it can't be read
   */
  public static PackedModel of(ModelTensors model, PackingConfig config) throws IOException {
    PackedModel packed = new PackedModel(model, config);
    for (Tensor tensor : model.tensors()) {
      packed.look(tensor);
    }
    return packed;
  }

  /** In the order of their codes. */
  public List<PackedMatrix> matrices() {
    return Collections.unmodifiableList(matrices);
  }

  /** Why some matrices can't be unpacked, by the name of the weights; hostile text. */
  public Map<String, String> unpackable() {
    return Collections.unmodifiableMap(unpackable);
  }

  /** The tensors that belong to no packed matrix. */
  public List<Tensor> plain() {
    return model.tensors().stream().filter(tensor -> !taken.contains(tensor.name())).toList();
  }

  /** What its configuration says. */
  public PackingConfig config() {
    return config;
  }

  /** Finds a matrix by the tensor of its codes. */
  private interface Layout {
    PackedMatrix find(Companions companions) throws IOException;
  }

  private void look(Tensor tensor) throws IOException {
    String name = tensor.name();
    if (name.endsWith(CODES)) {
      String stem = name.substring(0, name.length() - CODES.length());
      add(tensor, stem + "." + WEIGHT, stem, Set.of(config.method()), each -> words(each, stem));
    } else if (name.endsWith(PACKED)) {
      String stem = name.substring(0, name.length() - PACKED.length() + 1);
      String weight = stem + WEIGHT;
      add(
          tensor,
          weight,
          stem,
          OF_COMPRESSED_TENSORS,
          is(tensor, SafetensorsType.U8)
              ? each -> ScaledMatrix.ofNibbles(each, weight)
              : each -> ScaledMatrix.ofWords(each, weight, config));
    } else if (name.endsWith("." + WEIGHT)) {
      lookForScales(tensor, name.substring(0, name.length() - WEIGHT.length()));
    }
  }

  private void lookForScales(Tensor tensor, String stem) throws IOException {
    String name = tensor.name();
    Companions companions = new Companions(model, stem);
    if (BlockwiseMatrix.isOne(new Companions(model, name))) {
      add(tensor, name, name, OF_BITSANDBYTES, each -> BlockwiseMatrix.find(each, name));
    } else if (StoredFloats.USUAL.stream().anyMatch(type -> is(tensor, type))) {
      // A weight as it is, whatever lies beside it.
      return;
    } else if (companions.has("SCB")) {
      add(tensor, name, stem, OF_BITSANDBYTES, each -> ScaledMatrix.ofBitsAndBytes(each, name));
    } else if (companions.has("weight_scale") || companions.has("weight_scale_inv")) {
      add(tensor, name, stem, WITH_SCALES, each -> ScaledMatrix.ofBytes(each, name, config));
    }
  }

  /** GPTQ's or AWQ's, which have the same names: without a method, only GPTQ lists groups. */
  private PackedMatrix words(Companions companions, String stem) throws IOException {
    return switch (config.method()) {
      case "GPTQ" -> GptqMatrix.find(companions, stem, config);
      case "AWQ" -> AwqMatrix.find(companions, stem, config);
      case "" ->
          companions.has(".g_idx")
              ? GptqMatrix.find(companions, stem, config)
              : AwqMatrix.find(companions, stem, config);
      default ->
          throw new UnpackableException(
              "how %s packs it is not known".formatted(Quoted.line(config.method())));
    };
  }

  private static boolean is(Tensor tensor, SafetensorsType type) {
    return tensor.type() instanceof TensorType.Safetensors stored && stored.type() == type;
  }

  private void add(Tensor codes, String name, String stem, Set<String> methods, Layout layout)
      throws IOException {
    Companions companions = new Companions(model, stem);
    String folder = name.substring(0, name.length() - WEIGHT.length());
    try {
      if (config.problem().isPresent()) {
        throw new UnpackableException(config.problem().get());
      }
      if (!methods.contains(config.method())) {
        throw new UnpackableException(
            "its configuration names %s, which does not store it so"
                .formatted(Quoted.line(config.method())));
      }
      matrices.add(counted(layout.find(companions)));
      OF_ACTIVATIONS.forEach(each -> taken.add(folder + each));
    } catch (UnpackableException e) {
      unpackable.put(name, e.getMessage());
      PARTS.forEach(each -> taken.add(folder + each));
      taken.add(codes.name());
    }
    companions.used().forEach(tensor -> taken.add(tensor.name()));
  }

  private PackedMatrix counted(PackedMatrix matrix) throws UnpackableException {
    held += matrix.held();
    if (held > MOST_HELD) {
      held -= matrix.held();
      throw new UnpackableException("the model lists more groups and scales than are read");
    }
    return matrix;
  }
}
