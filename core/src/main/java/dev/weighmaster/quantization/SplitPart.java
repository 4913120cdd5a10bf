package dev.weighmaster.quantization;

import dev.weighmaster.format.WeightsSummary.Split;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * One part of a split GGUF, as its header has it.
 *
 * @param declared its place in the set by its header
 * @param tensors in this part
 */
public record SplitPart(String name, Optional<Split> declared, long tensors) {

  /**
   * Why parts do not make one whole, as llama.cpp demands it; empty if they do.
   *
   * @param count of the parts, by their names
   * @param parts at least one, by its index by its name
   */
  public static Optional<Problem> incomplete(int count, SortedMap<Integer, SplitPart> parts) {
    for (Map.Entry<Integer, SplitPart> entry : parts.entrySet()) {
      int index = entry.getKey();
      SplitPart part = entry.getValue();
      if (index < 0 || index >= count) {
        return malformed(part.name + " is not part of a set of " + count);
      }
      Optional<Split> split = part.declared;
      if (split.isPresent()
          && (split.get().count() > 1 || count > 1)
          && (split.get().index() != index || split.get().count() != count)) {
        return malformed(
            "%s says in its header that it is part %d of %d, by its name it is part %d of %d"
                .formatted(
                    part.name, split.get().index() + 1L, split.get().count(), index + 1, count));
      }
    }
    String present = parts.get(parts.firstKey()).name;
    for (int index = 0; index < count; index++) {
      if (!parts.containsKey(index)) {
        return Optional.of(SplitName.absentPart(present, count, index + 1));
      }
    }
    long tensors = parts.values().stream().mapToLong(SplitPart::tensors).sum();
    return parts.values().stream()
        .flatMap(part -> part.declared.stream())
        .filter(split -> split.count() > 1)
        .flatMap(split -> split.tensors().stream())
        .filter(declared -> declared != tensors)
        .findFirst()
        .flatMap(
            declared ->
                malformed(
                    "%s belongs to a set of %d tensors, but the set holds %d"
                        .formatted(present, declared, tensors)));
  }

  private static Optional<Problem> malformed(String detail) {
    return Optional.of(new Problem(Reason.MALFORMED_WEIGHTS, detail));
  }
}
