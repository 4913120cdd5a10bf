package dev.weighmaster.notebook;

import java.util.Locale;
import java.util.stream.Collectors;

/** Text from a hub, as it is safe to show. */
final class Shown {
  private static final int LABEL = 40;

  private Shown() {}

  /** Control characters, right-to-left overrides and the like are written as escapes. */
  static String text(String text) {
    return text.codePoints().mapToObj(Shown::shown).collect(Collectors.joining());
  }

  /** For a plot: text of at most 40 characters. */
  static String label(String text) {
    String shown = text(text);
    int length = shown.codePointCount(0, shown.length());
    return length <= LABEL
        ? shown
        : shown.substring(0, shown.offsetByCodePoints(0, LABEL - 1)) + "…";
  }

  static String html(String text) {
    return text(text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;")
        // Jupyter would have MathJax typeset what stands between them.
        .replace("$", "&#36;<!-- -->")
        .replace("\\", "&#92;<!-- -->");
  }

  private static String shown(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          String.format(Locale.ROOT, "\\u{%X}", character);
      default -> Character.toString(character);
    };
  }
}
