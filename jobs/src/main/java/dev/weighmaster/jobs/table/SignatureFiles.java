package dev.weighmaster.jobs.table;

import dev.weighmaster.json.JsonFields;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The files in which a table keeps the signatures of its runs, one for each run. */
public final class SignatureFiles {
  private static final String FOLDER = "_signatures";
  private static final String SUFFIX = ".sig";

  /** The longest bundle that is read; each of a run's files takes a few hundred bytes. */
  private static final int MAX_BYTES = JsonFields.MAX_BYTES;

  private final String table;
  private final FileSystem fileSystem;
  private final Path root;

  SignatureFiles(String table, FileSystem fileSystem, Path root) {
    this.table = table;
    this.fileSystem = fileSystem;
    this.root = root;
  }

  /** Where a run's signature lies, relative to the table. */
  public String name(String runId) {
    return FOLDER + "/" + runId + SUFFIX;
  }

  /**
   * The signature of a run: an OMS bundle over its Parquet files, whose paths are relative to the
   * table.
   *
   * @return empty where nobody has signed it
   * @throws IOException if it can't be read, or is larger than any
   */
  Optional<byte[]> read(String runId) throws IOException {
    Path file = new Path(root, name(runId));
    try (InputStream bundle = fileSystem.open(file)) {
      byte[] bytes = bundle.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException(file + " is larger than any signature");
      }
      return Optional.of(bytes);
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  /** Puts the signature of a run where {@link #read} finds it, in the place of an older one. */
  public void write(String runId, byte[] bundle) throws IOException {
    Path file = new Path(root, name(runId));
    Path unfinished = new Path(file.getParent(), "_" + UUID.randomUUID());
    try {
      try (OutputStream out = fileSystem.create(unfinished, false)) {
        out.write(bundle);
      }
      // Where a rename does not replace, a reader may find the run not signed for a moment.
      fileSystem.delete(file, false);
      if (!fileSystem.rename(unfinished, file)) {
        throw new IOException("can't move the signature to " + file);
      }
    } catch (IOException | RuntimeException e) {
      throw AuditTable.unusable(table, "written", e);
    } finally {
      fileSystem.delete(unfinished, false);
    }
  }

  /** The signatures that are there: how many bytes each has, by its run. */
  Map<String, Long> bytes() throws IOException {
    Map<String, Long> bytes = new HashMap<>();
    Path folder = new Path(root, FOLDER);
    if (fileSystem.exists(folder)) {
      for (FileStatus status : fileSystem.listStatus(folder)) {
        String file = status.getPath().getName();
        if (status.isFile() && !file.startsWith("_") && file.endsWith(SUFFIX)) {
          bytes.put(file.substring(0, file.length() - SUFFIX.length()), status.getLen());
        }
      }
    }
    return bytes;
  }

  /** Removes the signature of a run, if it has one. */
  void remove(String runId) throws IOException {
    fileSystem.delete(new Path(root, name(runId)), false);
  }
}
