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
                default -> {
                  if (isVisible(c)) {
                    plain.appendCodePoint(c);
                  } else {
                    for (char unit : Character.toChars(c)) {
                      plain.append(String.format("\\u%04x", (int) unit));
                    }
                  }
                }
              }
            });
    return plain.toString();
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
