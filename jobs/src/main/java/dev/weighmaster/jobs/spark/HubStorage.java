package dev.weighmaster.jobs.spark;

import dev.weighmaster.io.HadoopSettings;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.deploy.SparkHadoopUtil;

/**
 * The hub's storage as a job opens it, on the driver and in tasks: with Spark's settings of
 * Hadoop's file systems, {@code spark.hadoop.*}.
 */
public final class HubStorage {
  private HubStorage() {}

  /** Opens the storage, which the caller closes. */
  public static Storage open(String uri) throws IOException {
    return Storages.open(
        uri,
        () -> new HadoopSettings(SparkHadoopUtil.get().newConfiguration(SparkEnv.get().conf())));
  }

  /** Opens the storage until the task that this is called in ends, however it ends. */
  public static Storage forTask(String hub) throws IOException {
    Storage storage = open(hub);
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
