package dev.weighmaster.jobs.text;

import java.util.regex.Pattern;

/**
 * Text from a hub as a cell of a CSV file, which a spreadsheet may open: it computes what begins
 * like a formula, and a formula can ask the network. Where a comma is the decimal sign, Excel
 * splits lines at semicolons instead, quoted or not: what comes after one can be a cell too.
 */
public final class SpreadsheetText {
  /**
   * Before what a formula begins with, in either width: the beginning of a cell, with the spaces
   * and quotes that are dropped from it. Past the quotes, so that JSON stays JSON: there a
   * semicolon is always in a string.
   */
  private static final Pattern BEFORE_FORMULA =
      Pattern.compile("(?:^|;)[\\p{Zs}\"]*+(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])");

  private SpreadsheetText() {}

  /**
   * The text on one line, with everything that is not visible as a Java escape, and an apostrophe
   * before what would be a formula. Quoting for CSV is the writer's.
   */
  public static String cell(String text) {
    return BEFORE_FORMULA.matcher(PlainText.line(text)).replaceAll("$0'");
  }
}
