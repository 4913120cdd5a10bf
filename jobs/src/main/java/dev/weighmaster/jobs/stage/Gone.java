package dev.weighmaster.jobs.stage;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.jobs.table.EarlierRun;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/**
 * Repositories of an earlier run that this one lacks.
 *
 * @param repositories how many
 * @param names of the first of them, sorted
 */
public record Gone(long repositories, List<String> names) {
  private static final int NAMED = 100;

  public static final Gone NONE = new Gone(0, List.of());

  /** The repositories that the earlier run has, and this inventory has not. */
  public static Gone since(EarlierRun earlier, JavaRDD<HubFile> inventory) {
    JavaRDD<String> gone =
        earlier.repositories().subtract(inventory.map(HubFile::repository).distinct()).cache();
    try {
      return new Gone(gone.count(), gone.takeOrdered(NAMED));
    } finally {
      gone.unpersist(false);
    }
  }
}
