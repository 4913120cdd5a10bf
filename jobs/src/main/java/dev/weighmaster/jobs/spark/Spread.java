package dev.weighmaster.jobs.spark;

import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;

/**
 * Spreads items over tasks by their names.
 *
 * <p>{@link JavaRDD#repartition} deals them out in turn instead. Where an executor is lost and a
 * folder is listed again that has one item more by now, each one after it would go to another task,
 * and be lost to one that has read its share before, or be counted twice.
 */
public final class Spread {
  /** Files of a hub; a task with fewer takes longer to start than to run. */
  private static final int ITEMS_OF_A_TASK = 500;

  private Spread() {}

  /** Returns the items in so many tasks, one at the least, each where its name belongs. */
  public static <T> JavaRDD<T> byName(JavaRDD<T> items, int tasks, Function<T, String> name) {
    return items.keyBy(name).partitionBy(new HashPartitioner(Math.max(1, tasks))).values();
  }

  /**
   * Returns the same items in fewer tasks where they are few, but never in fewer than there are
   * cores. The items should be kept already: what makes them would run in as few tasks.
   *
   * @param count of the items
   */
  public static <T> JavaRDD<T> overFewer(JavaRDD<T> items, long count) {
    long tasks = Math.max(items.context().defaultParallelism(), count / ITEMS_OF_A_TASK);
    return tasks < items.getNumPartitions() ? items.coalesce((int) tasks) : items;
  }
}
