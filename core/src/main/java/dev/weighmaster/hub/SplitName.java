package dev.weighmaster.hub;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a split set, by a file's name: {@code prefix-00001-of-00003.gguf}, or the same with
 * another extension, as sharded safetensors and PyTorch weights have it.
 *
 * @param set what the names of the set's files have in common; the name itself for a single file
 * @param index from 0; -1 for a file that is named as part 0
 */
public record SplitName(String set, int index, int count) {
  private static final Pattern NAME =
      Pattern.compile("(?s)(?<prefix>.*)-(?<number>\\d{5})-of-(?<count>\\d{5})\\.[A-Za-z0-9]+");

  /** The place that a name stands for; a name of another form is a set of one. */
  public static SplitName of(String name) {
    Matcher split = NAME.matcher(name);
    if (!split.matches()) {
      return new SplitName(name, 0, 1);
    }
    return new SplitName(
        // No file's name holds two slashes, so none is taken for a set.
        split.group("prefix") + "//" + name.substring(split.end("number")),
        Integer.parseInt(split.group("number")) - 1,
        Integer.parseInt(split.group("count")));
  }
}
