package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.text.PlainText;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A table in GitHub Flavored Markdown (section 4.10). Cells cannot make links of the specification,
 * images, HTML or code; emphasis does no harm and is left alone, and so is an address of mail,
 * which leads to what it says.
 */
final class MarkdownWriter implements ResultWriter {
  /** What section 6.9 makes a link of without being asked to: the sign in it is escaped. */
  private static final Pattern AUTOLINK = Pattern.compile("(?i):(?=//)|(?<=www)\\.");

  private final PrintWriter out;

  MarkdownWriter(List<Column> columns, PrintWriter out) {
    this.out = out;
    line(columns.stream().map(column -> escaped(column.name())).toList());
    line(columns.stream().map(column -> column.numeric() ? "---:" : "---").toList());
  }

  @Override
  public void row(List<Optional<String>> cells) {
    line(cells.stream().map(cell -> escaped(cell.orElse(""))).toList());
  }

  @Override
  public void end() {}

  private void line(List<String> cells) {
    out.write(cells.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  private static String escaped(String text) {
    String plain = PlainText.line(text).replaceAll("[\\\\`\\[\\]|]", "\\\\$0");
    return AUTOLINK
        .matcher(plain)
        .replaceAll("\\\\$0")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;");
  }
}
