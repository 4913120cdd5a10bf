package dev.weighmaster.notebook;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** What a query answered. A notebook shows it as a table. Immutable. */
public final class Rows {
  /** More would only slow the browser down. */
  private static final int SHOWN = 100;

  private final List<String> columns;
  private final List<List<Object>> values;

  /**
   * @param values of each row, in the columns' order; null is SQL's
   */
  Rows(List<String> columns, List<List<Object>> values) {
    this.columns = List.copyOf(columns);
    this.values = values.stream().map(Collections::unmodifiableList).toList();
  }

  public List<String> columns() {
    return columns;
  }

  public int size() {
    return values.size();
  }

  /** The column as it is in the table: for the next query, and not for showing. NULL is empty. */
  public List<String> strings(String column) {
    int index = index(column);
    return values.stream().map(row -> Objects.toString(row.get(index), "")).toList();
  }

  /** The column as text to show: see {@link Shown#text}. NULL is empty. */
  public List<String> labels(String column) {
    return strings(column).stream().map(Shown::label).toList();
  }

  /**
   * The column as numbers. NULL is 0.
   *
   * @throws IllegalArgumentException where something in the column is no number
   */
  public List<Double> numbers(String column) {
    int index = index(column);
    return values.stream().map(row -> number(column, row.get(index))).toList();
  }

  private static Double number(String column, Object value) {
    if (value == null) {
      return 0.0;
    }
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw new IllegalArgumentException(
        "column " + column + " is no number, but " + value.getClass().getSimpleName());
  }

  private int index(String column) {
    int index = columns.indexOf(column);
    if (index < 0) {
      throw new IllegalArgumentException("no column " + column + " among " + columns);
    }
    return index;
  }

  /** An HTML table of the first 100 rows; names from a hub are text in it, whatever they hold. */
  String html() {
    String head =
        columns.stream()
            .map(column -> "<th style=\"text-align: left\">" + Shown.html(column) + "</th>")
            .collect(Collectors.joining());
    String body =
        values.stream()
            .limit(SHOWN)
            .map(row -> row.stream().map(Rows::cell).collect(Collectors.joining()))
            .map(cells -> "<tr>" + cells + "</tr>\n")
            .collect(Collectors.joining());
    String rest = values.size() > SHOWN ? "<p>" + rest() + "</p>" : "";
    return "<table class=\"dataframe\">\n<thead><tr>"
        + head
        + "</tr></thead>\n<tbody>\n"
        + body
        + "</tbody>\n</table>"
        + rest;
  }

  private static String cell(Object value) {
    return value instanceof Number
        ? "<td style=\"text-align: right\">" + Shown.html(value.toString()) + "</td>"
        : "<td style=\"text-align: left\">" + Shown.html(Objects.toString(value, "")) + "</td>";
  }

  private String rest() {
    return "the first " + SHOWN + " of " + values.size() + " rows";
  }

  /** Tab-separated, for where no HTML can be shown. */
  @Override
  public String toString() {
    String head = columns.stream().map(Shown::text).collect(Collectors.joining("\t"));
    String body =
        values.stream()
            .limit(SHOWN)
            .map(
                row ->
                    row.stream()
                        .map(value -> Shown.text(Objects.toString(value, "")))
                        .collect(Collectors.joining("\t")))
            .collect(Collectors.joining("\n"));
    return head + "\n" + body + (values.size() > SHOWN ? "\n" + rest() : "");
  }
}
