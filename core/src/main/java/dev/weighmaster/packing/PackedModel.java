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

  private final ModelTensors model;
  private final PackingConfig config;
  private final List<PackedMatrix> matrices = new ArrayList<>();
  private final Map<String, String> unpackable = new LinkedHashMap<>();
  private final Set<String> taken = new HashSet<>();

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

  /** Finds a matrix by the tensor of its codes. */
  private interface Layout {
    PackedMatrix find(Companions companions) throws IOException;
  }

  private void look(Tensor tensor) throws IOException {
    String name = tensor.name();
    if (name.endsWith(CODES)) {
      String stem = name.substring(0, name.length() - CODES.length());
      add(stem + "." + WEIGHT, stem, each -> words(each, stem));
    } else if (name.endsWith(PACKED)) {
      String stem = name.substring(0, name.length() - PACKED.length() + 1);
      String weight = stem + WEIGHT;
      add(
          weight,
          stem,
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
      add(name, name, each -> BlockwiseMatrix.find(each, name));
    } else if (companions.has("SCB")) {
      add(name, stem, each -> ScaledMatrix.ofBitsAndBytes(each, name));
    } else if (companions.has("weight_scale") || companions.has("weight_scale_inv")) {
      add(name, stem, each -> ScaledMatrix.ofBytes(each, name, config));
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

  private void add(String name, String stem, Layout layout) throws IOException {
    Companions companions = new Companions(model, stem);
    try {
      matrices.add(layout.find(companions));
      String folder = name.substring(0, name.length() - WEIGHT.length());
      OF_ACTIVATIONS.forEach(each -> taken.add(folder + each));
    } catch (UnpackableException e) {
      unpackable.put(name, e.getMessage());
    }
    companions.used().forEach(tensor -> taken.add(tensor.name()));
  }
}
