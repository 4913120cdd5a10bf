package dev.weighmaster.jobs;

import java.util.List;

/** Options of a JVM that starts Spark, audits a few files and ends. */
public final class ShortRuns {
  /**
   * Its second compiler would cost more than it saves, and so would more than one partition, and a
   * collector that works beside the program.
   */
  public static final List<String> OPTIONS =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseParallelGC",
          "-Dspark.default.parallelism=1",
          "-Dspark.sql.shuffle.partitions=1");

  private ShortRuns() {}
}
