package dev.weighmaster.jobs.spark;

import java.io.IOException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.SparkHadoopUtil;

/** The table's storage as a task uses it. */
public final class TaskStorage {
  private TaskStorage() {}

  /** The file system of a path, by the application's settings; it stays open. */
  public static FileSystem of(Path path) throws IOException {
    return path.getFileSystem(SparkHadoopUtil.get().newConfiguration(SparkEnv.get().conf()));
  }
}
