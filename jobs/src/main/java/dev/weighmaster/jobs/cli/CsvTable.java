package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.QuoteMode;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/**
 * A CSV file (RFC 4180) that a named query asks for, as a table of DuckDB's. It is read here, since
 * a query reaches no file but those of the audit table.
 *
 * @param files one, or those of a folder
 */
record CsvTable(NamedQuery.Parameter parameter, String name, List<Path> files) {
  /** A field without quotes that is empty is null, one with quotes a text. */
  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180.builder().setNullString("").setQuoteMode(QuoteMode.ALL_NON_NULL).get();

  /**
   * The files of a parameter.
   *
   * @param file path of a file, or of a folder of such files
   * @throws CommandFailure if there is no such file
   */
  static CsvTable of(NamedQuery.Parameter parameter, String file) throws IOException {
    Path path = Path.of(file);
    if (!Files.exists(path)) {
      throw CommandFailure.usage(file + ": no such file");
    }
    if (!Files.isDirectory(path)) {
      return new CsvTable(parameter, file, List.of(path));
    }
    try (Stream<Path> files = Files.list(path)) {
      return new CsvTable(
          parameter,
          file,
          files.filter(each -> !each.getFileName().toString().matches("[_.].*")).sorted().toList());
    }
  }

  /** Makes the table, in the place of an earlier one. */
  void create(DuckDBConnection connection) throws IOException, SQLException {
    List<NamedQuery.Column> columns = parameter.declared();
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE OR REPLACE TABLE " + parameter.name() + "(" + parameter.columns() + ")");
    }
    try (DuckDBAppender rows = connection.createAppender(parameter.name())) {
      for (Path file : files) {
        append(file, columns, rows);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void append(Path file, List<NamedQuery.Column> columns, DuckDBAppender rows)
      throws IOException, SQLException {
    List<String> expected = columns.stream().map(NamedQuery.Column::name).toList();
    try (CSVParser parser = CSVParser.parse(file, UTF_8, FORMAT)) {
      boolean headed = false;
      for (CSVRecord record : parser) {
        if (!headed) {
          headed = true;
          if (!record.toList().equals(expected)) {
            throw NamedQuery.otherHeader(name, expected, record.toList());
          }
          continue;
        }
        if (record.size() != columns.size()) {
          throw wrong(
              file, parser, "has %d fields, not %d".formatted(record.size(), columns.size()));
        }
        rows.beginRow();
        for (int i = 0; i < columns.size(); i++) {
          append(record.get(i), columns.get(i), rows, file, parser);
        }
        rows.endRow();
      }
      if (!headed) {
        throw NamedQuery.otherHeader(name, expected, List.of());
      }
    }
  }

  private static void append(
      String value, NamedQuery.Column column, DuckDBAppender rows, Path file, CSVParser parser)
      throws SQLException {
    if (value == null) {
      rows.appendNull();
      return;
    }
    switch (column.type()) {
      case STRING -> rows.append(value);
      case BIGINT -> {
        try {
          rows.append(Long.parseLong(value.strip()));
        } catch (NumberFormatException e) {
          throw wrong(file, parser, "'%s' is not a whole number".formatted(value));
        }
      }
    }
  }

  private static CommandFailure wrong(Path file, CSVParser parser, String what) {
    return CommandFailure.error(
        "%s: line %d: %s".formatted(file, parser.getCurrentLineNumber(), what));
  }
}
