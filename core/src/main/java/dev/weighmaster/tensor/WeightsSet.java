package dev.weighmaster.tensor;

import dev.weighmaster.io.Storage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which files make one model, among the weights of a folder. */
public final class WeightsSet {
  private WeightsSet() {}

  /**
   * The files of the set that a file is a part of, in its order; the file alone if it is part of
   * none.
   *
   * @param path of one of the weights
   */
  public static List<Storage.Entry> with(String path, Collection<Storage.Entry> weights) {
    return inOrder(weights.stream().filter(each -> set(each.path()).equals(set(path))).toList());
  }

  /**
   * The one model that the weights are: the only GGUF file or set, or without any the only one of
   * safetensors; empty if there are several or none.
   */
  public static Optional<List<Storage.Entry>> only(Collection<Storage.Entry> weights) {
    List<Storage.Entry> ggufs =
        weights.stream().filter(each -> ModelFiles.isGguf(each.path())).toList();
    List<Storage.Entry> others =
        weights.stream().filter(each -> ModelFiles.isSafetensors(each.path())).toList();
    Map<String, List<Storage.Entry>> sets = new HashMap<>();
    for (Storage.Entry file : ggufs.isEmpty() ? others : ggufs) {
      sets.computeIfAbsent(set(file.path()), any -> new ArrayList<>()).add(file);
    }
    return sets.size() == 1
        ? sets.values().stream().findFirst().map(WeightsSet::inOrder)
        : Optional.empty();
  }

  private static String set(String path) {
    return ModelFiles.splitName(path).set();
  }

  private static List<Storage.Entry> inOrder(List<Storage.Entry> parts) {
    return parts.stream()
        .sorted(Comparator.comparingInt(part -> ModelFiles.splitName(part.path()).index()))
        .toList();
  }
}
