package dev.weighmaster.verdict;

/** Makes untrusted text fit for a one-line message. */
public final class Quoted {
  private static final int MAX_LENGTH = 200;

  private Quoted() {}

  /** The text in double quotes, shortened, with anything but printable characters replaced. */
  public static String of(String text) {
    return '"' + line(text) + '"';
  }

  /** The same without the quotes. */
  public static String line(String text) {
    var line = new StringBuilder();
    text.codePoints()
        .limit(MAX_LENGTH)
        .map(c -> isPrintable(c) ? c : Character.isWhitespace(c) ? ' ' : 0xFFFD)
        .forEach(line::appendCodePoint);
    if (text.codePoints().skip(MAX_LENGTH).findAny().isPresent()) {
      line.append('…');
    }
    return line.toString();
  }

  private static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
