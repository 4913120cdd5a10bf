package dev.weighmaster.jobs.weigh;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A tensor's name in its parts: {@code blk.7.attn_q.weight} is layer 7 of {@code blk}, and of the
 * kind {@code attn_q.weight}. Other numbers in a name, such as those of experts, are a {@code *} in
 * its kind.
 *
 * @param stack what comes before the layer; empty where there is no layer
 * @param layer the first part that is a number
 * @param kind the whole name where there is no layer
 */
record TensorName(String stack, Optional<Integer> layer, String kind) {
  private static final Pattern DOT = Pattern.compile("\\.");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,6}");

  static TensorName of(String name) {
    String[] parts = DOT.split(name, -1);
    int at = 0;
    while (at < parts.length && !NUMBER.matcher(parts[at]).matches()) {
      at++;
    }
    if (at == parts.length) {
      return new TensorName("", Optional.empty(), name);
    }
    StringBuilder stack = new StringBuilder();
    StringBuilder kind = new StringBuilder();
    for (int i = 0; i < parts.length; i++) {
      StringBuilder side = i < at ? stack : kind;
      if (i != at) {
        side.append(side.isEmpty() ? "" : ".")
            .append(i > at && NUMBER.matcher(parts[i]).matches() ? "*" : parts[i]);
      }
    }
    return new TensorName(
        stack.toString(), Optional.of(Integer.valueOf(parts[at])), kind.toString());
  }

  /** Its kind, and the stack that its layer is of. */
  String stackAndKind() {
    return stack + ".*." + kind;
  }
}
