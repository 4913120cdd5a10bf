package dev.weighmaster.jobs.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table for people. Rows are held back {@link #BATCH} at a time to find how wide the columns are;
 * a column that a later batch widens stays so from there on.
 */
final class TableWriter implements ResultWriter {
  static final int WIDEST_CELL = 100;
  static final int BATCH = 1000;

  private final PrintWriter out;
  private final List<Column> columns;
  private final int[] widths;
  private final List<List<String>> held = new ArrayList<>();
  private boolean headed;

  TableWriter(List<Column> columns, PrintWriter out) {
    this.out = out;
    this.columns = columns;
    this.widths = new int[columns.size()];
  }

  @Override
  public void row(List<Optional<String>> cells) {
    held.add(cells.stream().map(cell -> fit(cell.orElse(""))).toList());
    if (held.size() == BATCH) {
      writeHeld();
    }
  }

  @Override
  public void end() {
    writeHeld();
    rule('└', '┴', '┘');
  }

  private void writeHeld() {
    List<String> header = columns.stream().map(column -> fit(column.name())).toList();
    held.forEach(this::widen);
    if (!headed) {
      widen(header);
      rule('┌', '┬', '┐');
      line(header);
      rule('├', '┼', '┤');
      headed = true;
    }
    held.forEach(this::line);
    held.clear();
  }

  private static String fit(String text) {
    String plain = PlainText.line(text);
    return width(plain) <= WIDEST_CELL
        ? plain
        : plain.substring(0, plain.offsetByCodePoints(0, WIDEST_CELL - 1)) + "…";
  }

  private void widen(List<String> cells) {
    Arrays.setAll(widths, i -> Math.max(widths[i], width(cells.get(i))));
  }

  private void line(List<String> cells) {
    write('│', '│', '│', i -> padded(cells.get(i), widths[i], columns.get(i).numeric()));
  }

  private void rule(char left, char between, char right) {
    write(left, between, right, i -> "─".repeat(widths[i] + 2));
  }

  private void write(char left, char between, char right, IntFunction<String> cell) {
    out.write(
        IntStream.range(0, widths.length)
            .mapToObj(cell)
            .collect(Collectors.joining("" + between, "" + left, right + "\n")));
  }

  private static String padded(String cell, int width, boolean toTheRight) {
    String padding = " ".repeat(width - width(cell));
    return toTheRight ? " " + padding + cell + " " : " " + cell + padding + " ";
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }
}
