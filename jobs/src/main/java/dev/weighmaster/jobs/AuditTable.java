package dev.weighmaster.jobs;

import dev.weighmaster.audit.Run;
import dev.weighmaster.io.StorageFailure;
import java.io.IOException;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The audit table in its folder: one Parquet data set a name, partitioned by {@code audit_date},
 * then {@code run_id}.
 *
 * <p>A run is written beside the table first, and then moved into it with one rename a data set,
 * {@code runs} last: a run whose row is not in {@code runs} is not there.
 */
public final class AuditTable {
  public static final String AUDIT = "audit";
  public static final String FILES = "files";
  public static final String ATTESTATIONS = "attestations";
  public static final String RUNS = "runs";

  /** In the order in which a run's data sets appear. */
  static final List<String> DATA_SETS = List.of(FILES, ATTESTATIONS, AUDIT, RUNS);

  /** Engines that read Parquet folders pass over what begins with an underscore. */
  private static final String STAGING = "_staging";

  private static final String UNFINISHED = "_unfinished";

  private final Path root;
  private final FileSystem fileSystem;

  private AuditTable(Path root, FileSystem fileSystem) {
    this.root = root;
    this.fileSystem = fileSystem;
  }

  /**
   * The table at a URI, or at a path of the local file system, made if it is missing, and proven to
   * be one that can be written.
   *
   * @throws IOException if it can't, with a message for the person who named the table
   */
  static AuditTable prepared(String uri, Configuration configuration) throws IOException {
    try {
      AuditTable table = at(uri, configuration);
      table.prepare();
      return table;
    } catch (IOException | RuntimeException e) {
      // Hadoop's own are unchecked where a file system's classes or settings are missing.
      throw new IOException(
          "the audit table "
              + uri
              + " can't be written: "
              + StorageFailure.reason(e)
              + "; --table takes a folder that is writable, or can be made",
          e);
    }
  }

  private static AuditTable at(String uri, Configuration configuration) throws IOException {
    Path path = new Path(uri);
    FileSystem fileSystem = path.getFileSystem(configuration);
    return new AuditTable(fileSystem.makeQualified(path), fileSystem);
  }

  private void prepare() throws IOException {
    Path probe = new Path(new Path(root, STAGING), "write-" + UUID.randomUUID());
    try (FSDataOutputStream out = fileSystem.create(probe, false)) {
      out.write(0);
    }
    fileSystem.delete(probe, false);
  }

  /** Whether there is a data set of this name: a table that has none yet has no runs. */
  boolean has(String name) throws IOException {
    return fileSystem.exists(new Path(root, name));
  }

  /** Where a data set of all runs is. */
  String folder(String name) {
    return new Path(root, name).toString();
  }

  /** Where a data set of one run is. */
  String folder(String name, LocalDate date, String runId) {
    return run(name, date, runId).toString();
  }

  private Path run(String name, LocalDate date, String runId) {
    return new Path(new Path(new Path(root, name), "audit_date=" + date), "run_id=" + runId);
  }

  /** Where runs write down what they have read until they are published. */
  String unfinished() {
    return new Path(root, UNFINISHED).toString();
  }

  /** Writes one data set of a run where no reader sees it yet. */
  void stage(Run run, String name, Dataset<Row> rows) {
    rows.write().parquet(staged(run, name).toString());
  }

  private Path staged(Run run, String name) {
    return new Path(new Path(new Path(root, STAGING), run.id()), name);
  }

  /** Makes a run visible, once all of it is staged. */
  void publish(Run run) throws IOException {
    for (String name : DATA_SETS) {
      Path target = run(name, run.date(), run.id());
      fileSystem.mkdirs(target.getParent());
      if (!fileSystem.rename(staged(run, name), target)) {
        throw new IOException("can't move the run's " + name + " to " + target);
      }
    }
    discard(run);
  }

  /** Removes what a run has staged and not published. */
  void discard(Run run) throws IOException {
    fileSystem.delete(new Path(new Path(root, STAGING), run.id()), true);
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
