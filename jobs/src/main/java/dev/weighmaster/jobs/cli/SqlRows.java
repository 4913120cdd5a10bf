package dev.weighmaster.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/** The result of a statement, row by row: it may be larger than memory. */
interface SqlRows extends AutoCloseable {
  int ROWS_BETWEEN_CHECKS = 1000;

  /** Its columns; none where the statement has no result. */
  List<ResultWriter.Column> columns();

  /**
   * The next row as text: a cell a column, or in {@link ResultFormat#JSON} the whole row as one
   * object.
   *
   * @return empty at the end
   */
  Optional<List<Optional<String>>> next() throws IOException;

  @Override
  void close() throws IOException;

  /** Prints the rows, if there are columns; stops early where nobody reads them any more. */
  default void print(ResultFormat format, PrintWriter out, Screen screen) throws IOException {
    if (columns().isEmpty()) {
      return;
    }
    ResultWriter writer =
        switch (format) {
          case TABLE -> new TableWriter(columns(), out, screen);
          case CSV -> new CsvWriter(columns(), out);
          case JSON -> new JsonWriter(out);
          case MARKDOWN -> new MarkdownWriter(columns(), out);
        };
    long rows = 0;
    for (var row = next(); row.isPresent(); row = next()) {
      if (rows++ % ROWS_BETWEEN_CHECKS == 0 && out.checkError()) {
        return;
      }
      writer.row(row.get());
    }
    writer.end();
    out.flush();
  }
}
