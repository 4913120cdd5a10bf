package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.text.PlainText;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A table in GitHub Flavored Markdown (section 4.10). Cells cannot make links, images, HTML or
 * code; emphasis does no harm and is left alone.
 */
final class MarkdownWriter implements ResultWriter {
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
    return PlainText.line(text)
        .replaceAll("[\\\\`\\[\\]|]", "\\\\$0")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;");
  }
}
