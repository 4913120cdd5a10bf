package dev.weighmaster.jobs.cli;

import java.io.IOException;
import java.util.List;
import java.util.SortedMap;

/**
 * What answers queries over the audit table's views, which are made when it is opened. What it
 * throws for a query that does not parse, or names what is not there, is a {@link CommandFailure}.
 * Not thread-safe but for {@link #cancel}.
 */
interface SqlEngine extends AutoCloseable {
  /** The name of the SQL dialect, for people. */
  String dialect();

  /** The statements of a script, without the semicolons between them and without empty ones. */
  List<String> statements(String script);

  /** Runs a statement. Its rows are closed before the next one is run. */
  SqlRows run(String statement, ResultFormat format) throws IOException;

  /**
   * Runs a named query. Its rows are closed before the next one is run; a CSV file that is among
   * the arguments becomes a view.
   */
  SqlRows run(NamedQuery named, NamedQuery.Arguments arguments, ResultFormat format)
      throws IOException;

  /** The views, with the names of their columns. */
  SortedMap<String, List<String>> views();

  /** The words of its grammar. */
  List<String> keywords();

  /** Breaks off the statement that is running; called by any thread. */
  void cancel();

  @Override
  void close() throws IOException;
}
