package dev.weighmaster.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** Comma-separated values with a header (RFC 4180); a null is an empty field without quotes. */
final class CsvWriter implements ResultWriter {
  private final CSVPrinter printer;

  CsvWriter(List<Column> columns, PrintWriter out) throws IOException {
    printer = new CSVPrinter(out, CSVFormat.RFC4180);
    printer.printRecord(columns.stream().map(Column::name));
  }

  @Override
  public void row(List<Optional<String>> cells) throws IOException {
    printer.printRecord(cells.stream().map(cell -> cell.orElse(null)));
  }

  @Override
  public void end() {}
}
