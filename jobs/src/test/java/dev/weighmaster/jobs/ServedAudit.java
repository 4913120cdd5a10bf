package dev.weighmaster.jobs;

import dev.weighmaster.jobs.spark.SparkSessions;
import dev.weighmaster.trust.PolicyException;
import java.io.IOException;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** Audits a hub in a process of its own, and keeps its session open until the input ends. */
public final class ServedAudit {
  private ServedAudit() {}

  /** Takes the hub and the table; prints the address of Spark's pages after the audit. */
  public static void main(String[] arguments) throws IOException, PolicyException {
    try (SparkSession spark = SparkSessions.open("served audit", Optional.empty())) {
      new AuditJob(spark, arguments[0], arguments[1]).execute();
      System.out.println(spark.sparkContext().uiWebUrl().get());
      while (System.in.read() >= 0) {
        // Whoever started this is still asking.
      }
    }
  }
}
