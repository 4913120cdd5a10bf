package dev.weighmaster.jobs;

import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Lists the hub: its organisations on the driver, what is below them on the executors. */
final class InventoryStage {
  private InventoryStage() {}

  /**
   * Lists every file of the hub. A folder that can't be listed is among them, with its problem.
   *
   * @throws IOException if the hub itself can't be listed
   */
  static JavaRDD<HubFile> list(JavaSparkContext spark, String hub) throws IOException {
    List<String> organisations;
    try (Storage storage = Storages.open(hub)) {
      organisations = Inventory.organisations(storage);
    }
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
      } catch (IOException e) {
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
      } catch (IOException e) {
        found.add(unlisted(repository, e));
      }
    }
    return found.iterator();
  }

  private static HubFile unlisted(Repository repository, IOException cause) {
    return new HubFile(
        repository.name(),
        repository.revision(),
        repository.directory(),
        HubFile.REPOSITORY_FOLDER,
        0,
        FileKind.OTHER,
        Optional.empty(),
        Instant.EPOCH,
        Optional.of("the repository can't be listed: " + cause));
  }
}
