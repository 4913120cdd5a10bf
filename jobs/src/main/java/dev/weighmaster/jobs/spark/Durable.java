package dev.weighmaster.jobs.spark;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Listings that are the same for a whole run, whatever becomes of the executors that made them. */
public final class Durable {
  private Durable() {}

  /**
   * Says where a cluster's listings are kept until the run is over. In a process of its own they
   * are kept where they are: what is lost there is lost with the run.
   *
   * @param folder that the driver and the executors share
   */
  public static void keepIn(JavaSparkContext spark, String folder) {
    if (!spark.isLocal()) {
      spark.setCheckpointDir(folder);
    }
  }

  /** Keeps what is listed: listed again, a hub would hold something else by then. */
  public static <T> JavaRDD<T> listing(JavaRDD<T> listed, Kept run) {
    JavaRDD<T> kept = run.keep(listed);
    if (listed.context().getCheckpointDir().isDefined()) {
      kept.checkpoint();
      kept.count();
    }
    return kept;
  }
}
