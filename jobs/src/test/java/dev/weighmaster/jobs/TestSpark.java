package dev.weighmaster.jobs;

import dev.weighmaster.jobs.spark.SparkSessions;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** The one Spark session of the tests; a test that changes it takes a {@code newSession()}. */
public final class TestSpark {
  private static final SparkSession SESSION =
      SparkSessions.open("weighmaster tests", Optional.of("local[2]"));

  private TestSpark() {}

  public static SparkSession session() {
    return SESSION;
  }
}
