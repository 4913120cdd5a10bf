package dev.weighmaster.quantization;

import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A place in a split set, by a file's name: {@code prefix-00001-of-00003.gguf}, or the same with
 * another extension, as sharded safetensors and PyTorch weights have it.
 *
 * @param set what the names of the set's files have in common; the name itself for a single file
 * @param index from 0; -1 for a file that is named as part 0
 */
public record SplitName(String set, int index, int count) {
  private static final Pattern GGUF =
      Pattern.compile("(?s)(?<prefix>.*)-(?<number>\\d{5})-of-(?<count>\\d{5})(?i:\\.gguf)");

  /** Digits are as many as each tool likes, and a variant can follow them. */
  private static final Pattern ANY =
      Pattern.compile(
          "(?s)(?<prefix>.*)[-_](?<number>\\d{1,6})-of-(?<count>\\d{1,6})(?:\\.[^/.]+){1,4}");

  /** The place that a name stands for; a name of another form is a set of one. */
  public static SplitName of(String name) {
    return of(name, ANY);
  }

  /** The place that llama.cpp takes it for, whose rule is strict. */
  public static SplitName ofGguf(String name) {
    return of(name, GGUF);
  }

  private static SplitName of(String name, Pattern pattern) {
    Matcher split = pattern.matcher(name).region(name.lastIndexOf('/') + 1, name.length());
    if (!split.matches()) {
      return new SplitName(name, 0, 1);
    }
    int count = Integer.parseInt(split.group("count"));
    return new SplitName(
        // No file's name holds two slashes, so none is taken for a set.
        name.substring(0, split.end("prefix")) + "//" + count + name.substring(split.end("count")),
        Integer.parseInt(split.group("number")) - 1,
        count);
  }

  /**
   * Says of one set which part is the first that is not here. Most tools count from 1, a few from
   * 0.
   *
   * @param names of its parts that are here, at least one
   */
  public static Optional<Problem> absentPart(Collection<String> names) {
    String first = names.iterator().next();
    int count = of(first).count();
    Set<Integer> present = names.stream().map(name -> of(name).index()).collect(Collectors.toSet());
    int base = present.contains(-1) ? -1 : 0;
    // With one part more than there are, one is missing: names can count to a million.
    int last = base + Math.min(count, present.size() + 1);
    return IntStream.range(base, last)
        .filter(index -> !present.contains(index))
        .mapToObj(index -> absentPart(first, count, index + 1))
        .findFirst();
  }

  /** Says that a part, by its number in names, is not here with the others of its set. */
  static Problem absentPart(String other, int count, int number) {
    return FoundFiles.notHere(
        "%s is part of a set of %d, of which part %d is not here"
            .formatted(Quoted.line(other), count, number));
  }
}
