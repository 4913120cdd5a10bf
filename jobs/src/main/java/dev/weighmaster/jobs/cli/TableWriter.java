package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.verdict.Verdict;
import dev.weighmaster.weigh.Level;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A table for people. Rows are held back {@link #BATCH} at a time to find how wide the columns are;
 * a column that a later batch widens stays so from there on. On a screen that is too narrow, the
 * widest columns give way; verdicts and levels have their colours there.
 */
final class TableWriter implements ResultWriter {
  static final int WIDEST_CELL = 100;
  static final int BATCH = 1000;

  /** Below this nothing could be told from its beginning. */
  private static final int NARROWEST_COLUMN = 6;

  /** Of a cell: a space on either side, and a line to the right. */
  private static final int AROUND_A_CELL = 3;

  private static final Map<String, Verdict> VERDICTS =
      Stream.of(Verdict.values()).collect(Collectors.toMap(Verdict::name, verdict -> verdict));

  private static final Map<String, Level> LEVELS =
      Stream.of(Level.values()).collect(Collectors.toMap(Level::name, level -> level));

  private final PrintWriter out;
  private final List<Column> columns;
  private final Screen screen;
  private final int[] widest;
  private int[] widths;
  private final List<List<String>> held = new ArrayList<>();
  private boolean headed;

  TableWriter(List<Column> columns, PrintWriter out, Screen screen) {
    this.out = out;
    this.columns = columns;
    this.screen = screen;
    this.widest = new int[columns.size()];
    this.widths = widest;
  }

  @Override
  public void row(List<Optional<String>> cells) {
    held.add(cells.stream().map(cell -> fit(cell.orElse(""), WIDEST_CELL)).toList());
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
    List<String> header = columns.stream().map(column -> fit(column.name(), WIDEST_CELL)).toList();
    held.forEach(this::widen);
    if (!headed) {
      widen(header);
    }
    widths = onScreen();
    if (!headed) {
      rule('┌', '┬', '┐');
      line(header);
      rule('├', '┼', '┤');
      headed = true;
    }
    held.forEach(this::line);
    held.clear();
  }

  private static String fit(String text, int columns) {
    String plain = PlainText.line(text);
    return width(plain) <= columns
        ? plain
        : plain.substring(0, plain.offsetByCodePoints(0, columns - 1)) + "…";
  }

  private void widen(List<String> cells) {
    Arrays.setAll(widest, i -> Math.max(widest[i], width(cells.get(i))));
  }

  /** The widths with which the table fits, if that leaves enough of every column. */
  private int[] onScreen() {
    int[] fitting = widest.clone();
    if (screen.columns().isPresent()) {
      int cells = screen.columns().getAsInt() - 1 - AROUND_A_CELL * fitting.length;
      while (IntStream.of(fitting).sum() > cells) {
        int column = 0;
        for (int i = 1; i < fitting.length; i++) {
          column = fitting[i] > fitting[column] ? i : column;
        }
        if (fitting[column] <= NARROWEST_COLUMN) {
          return fitting;
        }
        fitting[column]--;
      }
    }
    return fitting;
  }

  private void line(List<String> cells) {
    write('│', '│', '│', i -> padded(fit(cells.get(i), widths[i]), i));
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

  private String padded(String cell, int column) {
    String padding = " ".repeat(widths[column] - width(cell));
    String shown =
        Optional.ofNullable(VERDICTS.get(cell))
            .map(verdict -> screen.colored(verdict, cell))
            .or(
                () ->
                    Optional.ofNullable(LEVELS.get(cell)).map(level -> screen.colored(level, cell)))
            .orElse(cell);
    return columns.get(column).numeric()
        ? " " + padding + shown + " "
        : " " + shown + padding + " ";
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }
}
