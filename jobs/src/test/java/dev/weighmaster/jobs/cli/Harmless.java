package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** What a text must not have in it that goes to a terminal, a spreadsheet or a page. */
final class Harmless {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  /** What is taken for the beginning of a formula, in either width. */
  private static final String FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20";

  /**
   * Of GitHub Flavored Markdown: what would be a link, an image, code or HTML if it is not escaped.
   */
  private static final Pattern ACTIVE_MARKDOWN =
      Pattern.compile(
          "(?<!\\\\)(?:\\\\\\\\)*[\\[\\]`]|[<>]|(?<!\\\\)://|(?i)www\\.|&(?!amp;|lt;|gt;)");

  private static final Pattern MARKDOWN_COLUMN = Pattern.compile("(?<!\\\\)(?:\\\\\\\\)*\\|");

  private Harmless() {}

  /**
   * Asserts that a text only shows itself: nothing in it is a control but the ends of its lines.
   */
  static String terminal(String text) {
    assertThat(text.codePoints().filter(c -> c != '\n' && isUnseen(c)))
        .as("what a terminal must not get, in %s", text)
        .isEmpty();
    return text;
  }

  /** Controls, whatever sets the direction of writing, and what is not seen at all. */
  private static boolean isUnseen(int c) {
    return c < ' '
        || (c >= 0x7f && c <= 0x9f)
        || c == 0x61c
        || (c >= 0x200b && c <= 0x200f)
        || (c >= 0x2028 && c <= 0x202e)
        || (c >= 0x2060 && c <= 0x206f)
        || c == 0xfeff
        || (c >= 0xd800 && c <= 0xf8ff)
        || c == 0xfffe
        || c == 0xffff
        || c >= 0xe0000;
  }

  /** A JSON value that is harmless on a terminal too. */
  static JsonNode json(String text) throws IOException {
    return JSON.readTree(terminal(text));
  }

  /**
   * Rows of CSV, the header first, all as long as it; without a formula, also where lines are split
   * at semicolons, and harmless to see.
   */
  static List<CSVRecord> csv(String text) throws IOException {
    terminal(text.replace("\r\n", "\n"));
    try (CSVParser parser = CSVParser.parse(new StringReader(text), CSVFormat.RFC4180)) {
      List<CSVRecord> rows = parser.getRecords();
      assertThat(rows).allSatisfy(row -> assertThat(row.size()).isEqualTo(rows.get(0).size()));
      assertThat(rows)
          .allSatisfy(
              row ->
                  assertThat(row)
                      .allMatch(
                          cell ->
                              cell.matches("-?\\d+(\\.\\d+)?")
                                  || Stream.of(cell.split(";", -1))
                                      .noneMatch(Harmless::beginsAFormula)));
      return rows;
    }
  }

  /** A spreadsheet drops quotes around a cell, and some of them the spaces before it. */
  private static boolean beginsAFormula(String cell) {
    String content = cell.substring(beforeContent(cell));
    return !content.isEmpty() && FORMULA.indexOf(content.charAt(0)) >= 0;
  }

  private static int beforeContent(String cell) {
    int i = 0;
    while (i < cell.length() && (cell.charAt(i) == '"' || Character.isSpaceChar(cell.charAt(i)))) {
      i++;
    }
    return i;
  }

  /** How the documents say that a text stands in a cell of CSV. */
  static String cell(String text) {
    return Stream.of(shown(text).split(";", -1))
        .map(
            part ->
                beginsAFormula(part)
                    ? part.substring(0, beforeContent(part))
                        + "'"
                        + part.substring(beforeContent(part))
                    : part)
        .collect(Collectors.joining(";"));
  }

  /** How the documents say that a text is shown wherever people read it. */
  static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> shown.append("\\n");
        case '\r' -> shown.append("\\r");
        case '\t' -> shown.append("\\t");
        default -> shown.append(isShown(text, c) ? "" + c : "\\u%04x".formatted((int) c));
      }
    }
    return shown.toString();
  }

  private static boolean isShown(String text, char c) {
    // Of the surrogates only the emoji's show something.
    return Character.isSurrogate(c)
        ? text.contains("\ud83d\ude00")
        : !isUnseen(c) && Character.isDefined(c);
  }

  /** The cells of a Markdown table, header first, without the line below it. */
  static List<List<String>> markdown(String text) {
    terminal(text);
    List<List<String>> rows =
        text.lines()
            .map(line -> List.of(MARKDOWN_COLUMN.split(line, -1)))
            .filter(row -> !row.get(1).matches(" -+:? "))
            .toList();
    assertThat(rows)
        .allSatisfy(row -> assertThat(row).hasSameSizeAs(rows.get(0)))
        .allSatisfy(row -> assertThat(row).noneMatch(cell -> ACTIVE_MARKDOWN.matcher(cell).find()));
    return rows;
  }
}
