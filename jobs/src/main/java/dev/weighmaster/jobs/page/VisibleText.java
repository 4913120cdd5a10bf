package dev.weighmaster.jobs.page;

/**
 * Text from a hub as a page may show it. Escaping is the templates' business; this is for what
 * would still deceive a reader: characters that are not seen, and overrides of the direction of
 * writing.
 */
public final class VisibleText {
  /** In characters: more than any path has. */
  private static final int MAX_LENGTH = 4096;

  private VisibleText() {}

  /** The text on one line, with everything that is not visible as a Java escape. */
  public static String of(String text) {
    StringBuilder visible = new StringBuilder(Math.min(text.length(), MAX_LENGTH) + 1);
    text.codePoints().limit(MAX_LENGTH).forEach(c -> append(visible, c));
    return text.length() > MAX_LENGTH ? visible.append('…').toString() : visible.toString();
  }

  private static void append(StringBuilder visible, int codePoint) {
    if (isVisible(codePoint)) {
      visible.appendCodePoint(codePoint);
      return;
    }
    for (char unit : Character.toChars(codePoint)) {
      visible.append(String.format("\\u%04x", (int) unit));
    }
  }

  private static boolean isVisible(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
