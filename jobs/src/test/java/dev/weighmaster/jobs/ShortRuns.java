package dev.weighmaster.jobs;

import java.util.List;
import java.util.stream.Stream;

/** Options of JVMs that tests start, and that end within seconds. */
public final class ShortRuns {
  /**
   * The second compiler would cost more than it saves, and so would a collector that works beside
   * the program.
   */
  public static final List<String> JVM = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  /** For one that starts Spark and audits a few files: more partitions would cost more, too. */
  public static final List<String> OPTIONS =
      Stream.concat(
              JVM.stream(),
              Stream.of("-Dspark.default.parallelism=1", "-Dspark.sql.shuffle.partitions=1"))
          .toList();

  private ShortRuns() {}
}
