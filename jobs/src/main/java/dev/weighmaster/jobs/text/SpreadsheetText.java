package dev.weighmaster.jobs.text;

/**
 * Text from a hub as a cell of a CSV file, which a spreadsheet may open: it computes what begins
 * like a formula, and a formula can ask the network.
 */
public final class SpreadsheetText {
  /** What a formula begins with, in either width. */
  private static final String FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20";

  private SpreadsheetText() {}

  /**
   * The text on one line, with everything that is not visible as a Java escape, and an apostrophe
   * before what would be a formula. Quoting for CSV is the writer's.
   */
  public static String cell(String text) {
    String plain = PlainText.line(text);
    return !plain.isEmpty() && FORMULA.indexOf(plain.charAt(0)) >= 0 ? "'" + plain : plain;
  }
}
