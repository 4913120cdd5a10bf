package dev.weighmaster.jobs.table;

import dev.weighmaster.audit.Run;
import dev.weighmaster.audit.RunFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run on its way into the audit table: written beside it, read back, and moved into it with one
 * rename a data set, {@code runs} last: a run without its row there is not visible. An object store
 * renames by copying; what has arrived is compared with what was written before the row appears.
 * Only the holder of the table's lock uses it.
 */
public final class StagedRun {
  private static final Logger LOG = LoggerFactory.getLogger(StagedRun.class);

  private final FileSystem fileSystem;
  private final Path root;
  private final Path folder;
  private final Run run;

  StagedRun(FileSystem fileSystem, Path root, Path folder, Run run) {
    this.fileSystem = fileSystem;
    this.root = root;
    this.folder = folder;
    this.run = run;
  }

  /** Where the run may keep what it needs until it is over. */
  public String scratch() {
    return new Path(folder, "scratch").toString();
  }

  /** Where a data set of the run is written to, so that no reader sees it yet. */
  Path folder(String dataSet) {
    return new Path(folder, dataSet);
  }

  private Path target(String dataSet) {
    return AuditTable.run(root, dataSet, run.date(), run.id());
  }

  /** Reads Parquet files, whose paths are relative to the table. */
  @FunctionalInterface
  interface PartReader {
    List<PartFile> read(List<String> paths);
  }

  /**
   * Reads back what was staged.
   *
   * @param rows how many each data set must have
   * @return each Parquet file, as it will lie in the table, by its path
   * @throws IOException if one can't be read, or rows are missing or too many
   */
  List<RunFile> inspect(Map<String, Long> rows, PartReader reader) throws IOException {
    Map<String, String> dataSets = new HashMap<>();
    for (String name : rows.keySet()) {
      for (FileStatus status : fileSystem.listStatus(folder(name))) {
        if (!TableListing.isHidden(status.getPath().getName())) {
          dataSets.put(TableListing.relative(root, status.getPath()), name);
        }
      }
    }
    List<RunFile> files = new ArrayList<>();
    for (PartFile part : reader.read(List.copyOf(dataSets.keySet()))) {
      if (part.problem().isPresent()) {
        throw new IOException(
            part.path()
                + " of the audit table "
                + root
                + " can't be read back: "
                + part.problem().get()
                + "; nothing was published");
      }
      String name = dataSets.get(part.path());
      files.add(
          new RunFile(
              name,
              TableListing.relative(root, new Path(target(name), new Path(part.path()).getName())),
              part.rows().orElseThrow(),
              part.bytes(),
              part.sha256().orElseThrow()));
    }
    files.sort(Comparator.comparing(RunFile::path));
    mustHave(rows, files);
    return files;
  }

  private void mustHave(Map<String, Long> rows, List<RunFile> files) throws IOException {
    for (Map.Entry<String, Long> expected : rows.entrySet()) {
      long written =
          files.stream()
              .filter(file -> file.dataSet().equals(expected.getKey()))
              .mapToLong(RunFile::rows)
              .sum();
      if (written != expected.getValue()) {
        throw new IOException(
            "the run has "
                + expected.getValue()
                + " rows for "
                + expected.getKey()
                + ", and "
                + written
                + " arrived in the audit table "
                + root
                + "; nothing was published, run the audit again");
      }
    }
  }

  /**
   * Makes the run visible, once all of it is staged.
   *
   * @param contents what reading it back has found
   * @throws TableInUseException if the lock was lost
   * @throws IOException if the run can't be moved; then nothing of it is visible
   */
  public void publish(List<RunFile> contents, TableLock lock) throws IOException {
    try {
      for (String name : AuditTable.DATA_SETS) {
        if (name.equals(AuditTable.RUNS)) {
          lock.confirm();
        }
        move(name);
        if (!name.equals(AuditTable.RUNS)) {
          mustHaveArrived(name, contents);
        }
      }
    } catch (IOException | RuntimeException e) {
      withdraw(e);
      throw e;
    }
  }

  private void move(String name) throws IOException {
    Path target = target(name);
    fileSystem.mkdirs(target.getParent());
    if (!fileSystem.rename(folder(name), target)) {
      throw new IOException("can't move the run's " + name + " to " + target);
    }
  }

  private void mustHaveArrived(String name, List<RunFile> contents) throws IOException {
    Map<String, Long> arrived = new HashMap<>();
    for (FileStatus status : fileSystem.listStatus(target(name))) {
      arrived.put(TableListing.relative(root, status.getPath()), status.getLen());
    }
    for (RunFile file : contents) {
      if (file.dataSet().equals(name)
          && !Long.valueOf(file.bytes()).equals(arrived.get(file.path()))) {
        throw new IOException(
            file.path()
                + " has not arrived whole in the audit table "
                + root
                + "; nothing was published, run the audit again");
      }
    }
  }

  /** Takes back what was moved, the run's own row before what it stands for. */
  private void withdraw(Exception cause) {
    for (int i = AuditTable.DATA_SETS.size() - 1; i >= 0; i--) {
      try {
        fileSystem.delete(target(AuditTable.DATA_SETS.get(i)), true);
      } catch (IOException | RuntimeException e) {
        cause.addSuppressed(e);
        return;
      }
    }
  }

  /** Removes what the run has staged and not published; where that fails, the next run will. */
  public void discard() {
    try {
      fileSystem.delete(folder, true);
    } catch (IOException | RuntimeException e) {
      LOG.warn("what run {} has staged in the audit table {} is left there", run.id(), root, e);
    }
  }
}
