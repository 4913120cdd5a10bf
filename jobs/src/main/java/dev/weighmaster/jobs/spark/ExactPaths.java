package dev.weighmaster.jobs.spark;

import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.DataSource;

/**
 * Reads files by their exact paths. Spark reads a path with {@code *}, {@code ?}, brackets or
 * braces as a pattern, and then reads all paths that match it.
 */
public final class ExactPaths {
  private ExactPaths() {}

  /** A reader that takes each path literally. */
  public static DataFrameReader read(SparkSession session) {
    return session.read().option(DataSource.GLOB_PATHS_KEY(), "false");
  }
}
