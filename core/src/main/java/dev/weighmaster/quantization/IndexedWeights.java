package dev.weighmaster.quantization;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What the indexes of a folder say of weights that are here. Loaders take a single {@code
 * model.safetensors} before any index, and some never ask for one: an index that names nothing of
 * what is here is that of another build.
 *
 * @param present files that they name, by name
 * @param absent the first file that one of them names in vain
 * @param leftOut the first part of a numbered set that one of them leaves out, though it is here
 *     and the index names others of the set
 * @param complete whether all files of one of them are here
 */
record IndexedWeights(
    NavigableMap<String, ScannedFile> present,
    Optional<OfIndex> absent,
    Optional<OfIndex> leftOut,
    boolean complete) {
  static final IndexedWeights NOTHING =
      new IndexedWeights(new TreeMap<>(), Optional.empty(), Optional.empty(), false);

  Optional<Problem> problem() {
    return absent
        .map(file -> FoundFiles.notHere(file.says("%s, which %s names, is not here")))
        .or(
            () ->
                leftOut.map(
                    file ->
                        new Problem(
                            Reason.MALFORMED_WEIGHTS,
                            file.says("%s is here, but %s names only other parts of its set"))));
  }

  /** A file and the index that names it, or should. */
  record OfIndex(String name, ScannedFile index) {
    String says(String format) {
      return format.formatted(Quoted.line(name), Quoted.line(FoundFiles.name(index)));
    }
  }

  /**
   * What some indexes of a folder say.
   *
   * @param files of the repository, by name
   * @param beside weights that the indexes may leave out
   */
  static IndexedWeights of(
      Map<String, ScannedFile> files,
      ModelFolder folder,
      List<ScannedFile> indexes,
      Collection<ScannedFile> beside) {
    NavigableMap<String, ScannedFile> present = new TreeMap<>();
    Optional<OfIndex> absent = Optional.empty();
    Optional<OfIndex> leftOut = Optional.empty();
    boolean complete = false;
    boolean others = !(folder.safetensors().isEmpty() && folder.others().isEmpty());
    for (ScannedFile index : indexes) {
      WorkStopped.check();
      Set<String> named = new HashSet<>();
      Optional<OfIndex> missing = Optional.empty();
      for (String file : index.index().map(ShardIndex::files).orElse(List.of())) {
        String name = folder.name() + file;
        if (files.containsKey(name)) {
          present.put(name, files.get(name));
          named.add(name);
        } else if (missing.isEmpty()) {
          missing = Optional.of(new OfIndex(name, index));
        }
      }
      complete |= !named.isEmpty() && missing.isEmpty();
      if (absent.isEmpty() && !(named.isEmpty() && others)) {
        absent = missing;
      }
      leftOut = leftOut.or(() -> leftOut(beside, index, named));
    }
    return new IndexedWeights(present, absent, leftOut, complete);
  }

  /** A loader would follow the index, and leave out a part of the set that it names. */
  private static Optional<OfIndex> leftOut(
      Collection<ScannedFile> beside, ScannedFile index, Set<String> named) {
    Set<String> sets =
        named.stream()
            .map(SplitName::of)
            .filter(name -> name.count() > 1)
            .map(SplitName::set)
            .collect(Collectors.toSet());
    return beside.stream()
        .map(FoundFiles::name)
        .filter(name -> !named.contains(name) && sets.contains(SplitName.of(name).set()))
        .findFirst()
        .map(name -> new OfIndex(name, index));
  }

  /**
   * The first part that the names of a set's other parts say there must be. What an index that is
   * here as a whole leaves aside is left over from another build.
   */
  Optional<Problem> missingPart(List<ScannedFile> set) {
    Map<String, List<String>> parts = new TreeMap<>();
    for (ScannedFile file : set) {
      String name = FoundFiles.name(file);
      parts.computeIfAbsent(SplitName.of(name).set(), any -> new ArrayList<>()).add(name);
    }
    return parts.values().stream()
        .filter(names -> !complete || names.stream().anyMatch(present::containsKey))
        .flatMap(names -> SplitName.absentPart(names).stream())
        .findFirst();
  }
}
