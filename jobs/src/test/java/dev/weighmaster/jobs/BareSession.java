package dev.weighmaster.jobs;

import dev.weighmaster.jobs.spark.SparkSessions;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/**
 * Opens a Spark session as the commands do, and asks it nothing: what {@code bin/bench start}
 * compares with.
 */
final class BareSession {
  private BareSession() {}

  public static void main(String[] args) throws Exception {
    try (SparkSession spark = SparkSessions.open("weighmaster benchmark", Optional.empty())) {
      spark.sql("SELECT 1").collectAsList();
    }
  }
}
