package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.text.SpreadsheetText;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * Comma-separated values with a header (RFC 4180); a null is an empty field without quotes. Numbers
 * are as they are, and texts as {@link SpreadsheetText} has them: JSON is for who needs every byte.
 */
final class CsvWriter implements ResultWriter {
  private final List<Column> columns;
  private final CSVPrinter printer;

  CsvWriter(List<Column> columns, PrintWriter out) throws IOException {
    this.columns = columns;
    printer = new CSVPrinter(out, CSVFormat.RFC4180);
    printer.printRecord(columns.stream().map(column -> SpreadsheetText.cell(column.name())));
  }

  @Override
  public void row(List<Optional<String>> cells) throws IOException {
    printer.printRecord(IntStream.range(0, cells.size()).mapToObj(i -> cell(i, cells.get(i))));
  }

  private String cell(int column, Optional<String> value) {
    return (columns.get(column).numeric() ? value : value.map(SpreadsheetText::cell)).orElse(null);
  }

  @Override
  public void end() {}
}
