package dev.weighmaster.jobs.page;

import dev.weighmaster.jobs.text.PlainText;

/**
 * Text from a hub as a page may show it. Escaping is the templates' business; this is for what
 * would still deceive a reader: characters that are not seen, and overrides of the direction of
 * writing.
 */
public final class VisibleText {
  /** In UTF-16 units: more than any path has. */
  private static final int MAX_LENGTH = 4096;

  private VisibleText() {}

  /** The text on one line, with everything that is not visible as a Java escape. */
  public static String of(String text) {
    if (text.length() <= MAX_LENGTH) {
      return PlainText.line(text);
    }
    boolean cutsACharacter = Character.isHighSurrogate(text.charAt(MAX_LENGTH - 1));
    return PlainText.line(text.substring(0, cutsACharacter ? MAX_LENGTH - 1 : MAX_LENGTH)) + "…";
  }
}
