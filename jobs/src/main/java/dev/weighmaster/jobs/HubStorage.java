package dev.weighmaster.jobs;

import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.TaskContext;

/** The hub's storage as a task uses it. */
final class HubStorage {
  private HubStorage() {}

  /** Opens the storage until the task that this is called in ends, however it ends. */
  static Storage forTask(String hub) throws IOException {
    Storage storage = Storages.open(hub);
    TaskContext.get()
        .addTaskCompletionListener(
            context -> {
              try {
                storage.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    return storage;
  }
}
