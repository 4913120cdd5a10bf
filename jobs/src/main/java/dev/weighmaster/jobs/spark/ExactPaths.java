package dev.weighmaster.jobs.spark;

import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.DataSource;

/**
 * Reads files by their exact paths. Left to itself, Spark takes {@code *}, {@code ?}, brackets and
 * braces in a path for a pattern, and reads whatever else matches it.
 */
public final class ExactPaths {
  private ExactPaths() {}

  /** A reader that takes no path for a pattern. */
  public static DataFrameReader read(SparkSession session) {
    return session.read().option(DataSource.GLOB_PATHS_KEY(), "false");
  }
}
