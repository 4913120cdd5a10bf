package dev.weighmaster.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

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

  /** Prints each result, in the session that has the table's views. */
  void answer(SparkSession spark, PrintWriter out, Screen screen) throws IOException {
    if (named.isPresent()) {
      SqlQuery.of(spark, named.get(), arguments).print(format, out, screen);
    }
    for (String statement : statements) {
      new SqlQuery(spark, statement).print(format, out, screen);
    }
  }
}
