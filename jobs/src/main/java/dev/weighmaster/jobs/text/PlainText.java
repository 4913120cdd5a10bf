package dev.weighmaster.jobs.text;

/**
 * Makes text from a hub safe to print. Names and messages there are whatever an uploader wrote: an
 * escape sequence could repaint the terminal, a bidirectional override could show one model's name
 * as another's.
 */
public final class PlainText {
  private PlainText() {}

  /** The text on one line, with everything that is not visible as a Java escape. */
  public static String line(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> plain.append("\\n");
                case '\r' -> plain.append("\\r");
                case '\t' -> plain.append("\\t");
                default -> append(plain, c);
              }
            });
    return plain.toString();
  }

  /**
   * A JSON value with everything that is not visible as a JSON escape: it reads back as the same.
   * Only the ends of its lines stay.
   */
  public static String json(String json) {
    StringBuilder plain = new StringBuilder(json.length());
    json.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> plain.append('\n');
                // JSON has them between its tokens alone.
                case '\r', '\t' -> plain.append(' ');
                default -> append(plain, c);
              }
            });
    return plain.toString();
  }

  private static void append(StringBuilder plain, int codePoint) {
    if (isVisible(codePoint)) {
      plain.appendCodePoint(codePoint);
    } else {
      for (char unit : Character.toChars(codePoint)) {
        plain.append(String.format("\\u%04x", (int) unit));
      }
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
