package dev.weighmaster.format.safetensors;

import dev.weighmaster.format.WeightsHeader;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The valid header of a safetensors file.
 *
 * @param metadata what {@code __metadata__} holds, in the file's order
 * @param tensors in the order of their data
 * @param dataOffset where the tensor data starts, in bytes from the start of the file
 */
public record SafetensorsHeader(
    List<Entry> metadata, List<SafetensorsTensor> tensors, long dataOffset)
    implements WeightsHeader {
  public SafetensorsHeader {
    metadata = List.copyOf(metadata);
    tensors = List.copyOf(tensors);
  }

  /**
   * One metadata entry: hostile text.
   *
   * @param truncated whether the file has more of the value than is kept here
   */
  public record Entry(String key, String value, boolean truncated) {}

  /** The method is always empty: the repository's configuration decides it. */
  @Override
  public WeightsSummary summary() {
    return new WeightsSummary(
        SafetensorsFormat.SAFETENSORS.name(),
        role(),
        Optional.empty(),
        Optional.empty(),
        types(),
        Optional.empty(),
        List.of(),
        List.of(),
        0);
  }

  private Role role() {
    boolean adapter =
        !tensors.isEmpty() && tensors.stream().allMatch(tensor -> tensor.name().contains(".lora_"));
    return adapter ? Role.ADAPTER : Role.MODEL;
  }

  private List<TypeCount> types() {
    record Group(SafetensorsType type, boolean quantized) {}
    Map<Group, TypeCount> counts = new LinkedHashMap<>();
    for (SafetensorsTensor tensor : tensors) {
      var group = new Group(tensor.type(), tensor.quantized());
      counts.merge(
          group,
          new TypeCount(group.type.name(), group.quantized, 1, tensor.elements(), tensor.bytes()),
          TypeCount::plus);
    }
    return counts.values().stream()
        .sorted(Comparator.comparingLong(TypeCount::bytes).reversed())
        .toList();
  }
}
