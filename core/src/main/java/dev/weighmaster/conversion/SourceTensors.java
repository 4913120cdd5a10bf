package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The tensors of a repository by the names that tables have for them. Thread-safe. */
final class SourceTensors {
  /** What converters read weights of. */
  private static final Set<GgmlType> FLOATS = EnumSet.of(GgmlType.F32, GgmlType.F16, GgmlType.BF16);

  private static final String MX_CODES = "_blocks";
  private static final String MX_SCALES = "_scales";

  private final ModelTensors model;
  private final Map<String, Tensor> named = new HashMap<>();

  /** A tensor whose own name a table has goes before one that is renamed to it. */
  SourceTensors(ModelTensors model, Optional<MappingTable> table) {
    this.model = model;
    for (Tensor tensor : model.tensors()) {
      named.put(tensor.name(), tensor);
    }
    for (Tensor tensor : model.tensors()) {
      String name = table.map(each -> each.named(tensor.name())).orElse(tensor.name());
      named.putIfAbsent(name, tensor);
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
    if (name.endsWith(MX_CODES)) {
      Tensor scales = named.get(name.substring(0, name.length() - MX_CODES.length()) + MX_SCALES);
      if (scales != null) {
        return NibbleUnits.mx(model, tensor, scales);
      }
    }
    throw new UnmappedException(
        "how a converter reads %s of the source's is not known".formatted(tensor.type().name()));
  }
}
