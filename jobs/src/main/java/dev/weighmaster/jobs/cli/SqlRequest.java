package dev.weighmaster.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/**
 * What is asked of the audit table: statements, or a named query with its arguments.
 *
 * @param statements empty where a query is named
 */
record SqlRequest(
    List<String> statements,
    Optional<NamedQuery> named,
    NamedQuery.Arguments arguments,
    ResultFormat format) {

  SqlRequest {
    statements = List.copyOf(statements);
  }

  /** Prints each result. */
  void answer(SqlEngine engine, PrintWriter out, Screen screen) throws IOException {
    if (named.isPresent()) {
      try (SqlRows rows = engine.run(named.get(), arguments, format)) {
        rows.print(format, out, screen);
      }
    }
    for (String statement : statements) {
      try (SqlRows rows = engine.run(statement, format)) {
        rows.print(format, out, screen);
      }
    }
  }
}
