package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.TensorType;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The tensors of a repository by the names that tables have for them. Thread-safe. */
final class SourceTensors {
  /** What converters read weights of. */
  private static final Set<GgmlType> FLOATS = EnumSet.of(GgmlType.F32, GgmlType.F16, GgmlType.BF16);

  private static final String MX_CODES = "_blocks";
  private static final String MX_SCALES = "_scales";
  private static final String SCALE = "_scale";
  private static final List<String> SCALES = List.of("_scale_inv", SCALE);

  /** What compressed-tensors calls a weight of 4 bits. */
  private static final String PACKED = "_packed";

  private final ModelTensors model;
  private final ModelConfig config;
  private final Map<String, Tensor> named = new HashMap<>();

  /** A tensor whose own name a table has goes before one that is renamed to it. */
  SourceTensors(ModelTensors model, ModelConfig config, Optional<MappingTable> table) {
    this.model = model;
    this.config = config;
    for (Tensor tensor : model.tensors()) {
      named.put(tensor.name(), tensor);
    }
    for (Tensor tensor : model.tensors()) {
      String name = table.map(each -> each.named(tensor.name())).orElse(tensor.name());
      named.putIfAbsent(name, tensor);
      if (name.endsWith(PACKED)) {
        named.putIfAbsent(name.substring(0, name.length() - PACKED.length()), tensor);
      }
    }
  }

  boolean has(String name) {
    return named.containsKey(name);
  }

  /** The name that the source itself has for a tensor that there is. */
  String stored(String name) {
    return named.get(name).name();
  }

  /**
   * The units of a tensor that there is.
   *
   * @throws UnmappedException if it is not known how its type is read
   */
  Units units(String name) throws UnmappedException {
    Tensor tensor = named.get(name);
    Optional<GgmlType> type = tensor.type().ggml().filter(FLOATS::contains);
    if (type.isPresent()) {
      return new StoredUnits(model, tensor, type.get());
    }
    Optional<Units> scaled = scaled(name, tensor);
    if (scaled.isPresent()) {
      return scaled.get();
    }
    throw new UnmappedException(
        "how a converter reads %s of the source's is not known".formatted(tensor.type().name()));
  }

  /** The units of a tensor whose scales are in another one. */
  private Optional<Units> scaled(String name, Tensor tensor) throws UnmappedException {
    if (!(tensor.type() instanceof TensorType.Safetensors stored)) {
      return Optional.empty();
    }
    if (ByteFloats.of(stored.type()).isPresent()) {
      for (String suffix : SCALES) {
        if (has(name + suffix)) {
          return Optional.of(
              ScaledUnits.of(model, tensor, named.get(name + suffix), stored.type(), config));
        }
      }
    }
    if (stored.type() == SafetensorsType.U8 && name.endsWith(MX_CODES)) {
      String scales = name.substring(0, name.length() - MX_CODES.length()) + MX_SCALES;
      return has(scales)
          ? Optional.of(NibbleUnits.mx(model, tensor, named.get(scales)))
          : Optional.empty();
    }
    return stored.type() == SafetensorsType.U8 && has(name + SCALE)
        ? Optional.of(NibbleUnits.nv(model, tensor, named.get(name + SCALE)))
        : Optional.empty();
  }
}
