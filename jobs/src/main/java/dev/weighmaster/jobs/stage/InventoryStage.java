package dev.weighmaster.jobs.stage;

import dev.weighmaster.hub.FlatInventory;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Inventory.Organisation;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.jobs.spark.HubStorage;
import dev.weighmaster.jobs.spark.MappedIterator;
import dev.weighmaster.jobs.spark.Spread;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Lists the hub: its organisations on the driver, what is below them on the executors. */
public final class InventoryStage {
  /** Ten pages of a store's listing: what is lost where there are more. */
  private static final int FILES_LISTED_TOGETHER = 10_000;

  private InventoryStage() {}

  /** What lies at the hub's root. */
  public record Root(List<String> organisations, List<HubFile> strays) {}

  /**
   * Lists the hub's root.
   *
   * @throws IOException if that can't be done, with a message for the person who named the hub
   */
  public static Root root(String hub) throws IOException {
    try (Storage storage = HubStorage.open(hub)) {
      return new Root(Inventory.organisations(storage), Inventory.strays(storage));
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
   * Lists every file below the hub's root, strays among them. A folder that can't be listed is
   * among them too, with its problem.
   *
   * <p>In an object store an organisation is one listing, as long as it is short; of a larger one,
   * and elsewhere, each repository is one.
   */
  public static JavaRDD<HubFile> list(JavaSparkContext spark, String hub, Root root) {
    List<String> organisations = root.organisations();
    int tasks = spark.defaultParallelism() * 4;
    JavaRDD<Found> found =
        spark
            .parallelize(organisations, Math.max(1, Math.min(organisations.size(), tasks)))
            .mapPartitions(
                names -> {
                  Storage storage = HubStorage.forTask(hub);
                  return new MappedIterator<>(names, name -> found(storage, name));
                })
            .flatMap(List::iterator)
            .union(spark.parallelize(root.strays().stream().map(Found::of).toList(), 1));
    return Spread.byName(found, tasks, Found::path)
        .mapPartitions(
            each -> {
              Storage storage = HubStorage.forTask(hub);
              return new MappedIterator<>(each, one -> files(storage, one));
            })
        .flatMap(List::iterator);
  }

  /** A file, or else a repository that is still to be listed. */
  record Found(Optional<HubFile> file, Optional<Repository> repository) {
    static Found of(HubFile file) {
      return new Found(Optional.of(file), Optional.empty());
    }

    String path() {
      return file.map(HubFile::path).orElseGet(() -> repository.orElseThrow().directory());
    }

    static Found of(Repository repository) {
      return new Found(Optional.empty(), Optional.of(repository));
    }
  }

  private static List<Found> found(Storage storage, String organisation) {
    try {
      Optional<List<HubFile>> files =
          storage.flat()
              ? FlatInventory.ofOrganisation(storage, organisation, FILES_LISTED_TOGETHER)
              : Optional.empty();
      if (files.isPresent()) {
        return files.get().stream().map(Found::of).toList();
      }
      Organisation found = Inventory.organisation(storage, organisation);
      return Stream.concat(
              found.strays().stream().map(Found::of), found.repositories().stream().map(Found::of))
          .toList();
    } catch (IOException | RuntimeException e) {
      // Listing it again as a repository gives the row that says what is wrong.
      return List.of(Found.of(new Repository(organisation, "", organisation)));
    }
  }

  private static List<HubFile> files(Storage storage, Found found) {
    if (found.file().isPresent()) {
      return List.of(found.file().get());
    }
    Repository repository = found.repository().orElseThrow();
    try {
      return Inventory.files(storage, repository);
    } catch (IOException | RuntimeException e) {
      return List.of(repository.unlisted(StorageFailure.reason(e)));
    }
  }
}
