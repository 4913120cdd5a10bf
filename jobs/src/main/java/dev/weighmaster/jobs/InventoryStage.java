package dev.weighmaster.jobs;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StorageFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Lists the hub: its organisations on the driver, what is below them on the executors. */
final class InventoryStage {
  private InventoryStage() {}

  /**
   * Lists the hub's root.
   *
   * @throws IOException if that can't be done, with a message for the person who named the hub
   */
  static List<String> organisations(String hub) throws IOException {
    try (Storage storage = HubStorage.open(hub)) {
      return Inventory.organisations(storage);
    } catch (IOException | RuntimeException e) {
      // Hadoop's own are unchecked where a file system's classes or settings are missing.
      throw new IOException(
          "the hub "
              + hub
              + " can't be listed: "
              + StorageFailure.reason(e)
              + "; --hub takes the folder that holds org/name folders",
          e);
    }
  }

  /**
   * Lists every file below the hub's root. A folder that can't be listed is among them, with its
   * problem.
   */
  static JavaRDD<HubFile> list(JavaSparkContext spark, String hub, List<String> organisations) {
    int tasks = spark.defaultParallelism() * 4;
    return spark
        .parallelize(organisations, Math.max(1, Math.min(organisations.size(), tasks)))
        .mapPartitions(names -> repositories(HubStorage.forTask(hub), names))
        .repartition(tasks)
        .mapPartitions(found -> files(HubStorage.forTask(hub), found));
  }

  private static Iterator<Repository> repositories(Storage storage, Iterator<String> names) {
    List<Repository> found = new ArrayList<>();
    while (names.hasNext()) {
      String name = names.next();
      try {
        found.addAll(Inventory.repositories(storage, name));
      } catch (IOException | RuntimeException e) {
        // Listing it again as a repository gives the row that says what is wrong.
        found.add(new Repository(name, "", name));
      }
    }
    return found.iterator();
  }

  private static Iterator<HubFile> files(Storage storage, Iterator<Repository> repositories) {
    List<HubFile> found = new ArrayList<>();
    while (repositories.hasNext()) {
      Repository repository = repositories.next();
      try {
        found.addAll(Inventory.files(storage, repository));
      } catch (IOException | RuntimeException e) {
        found.add(repository.unlisted(StorageFailure.reason(e)));
      }
    }
    return found.iterator();
  }
}
