package dev.weighmaster.jobs.table;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.io.StorageFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;

/**
 * The result of reading one Parquet file of a table.
 *
 * @param path relative to the table
 * @param bytes that were read of it
 * @param sha256 of all of them; empty where they could not be read
 * @param rows by its footer; empty where it has none that can be read
 * @param problem why something is empty
 */
record PartFile(
    String path,
    long bytes,
    Optional<String> sha256,
    Optional<Long> rows,
    Optional<String> problem) {
  private static final int BUFFER = 1 << 20;

  /**
   * Reads files in this process, as many at once as it has cores: each once, and its footer once
   * more.
   */
  static List<PartFile> inspect(AuditTable table, List<String> paths) throws IOException {
    ExecutorService readers =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<PartFile> parts = new ArrayList<>();
      for (Future<PartFile> part :
          readers.invokeAll(
              paths.stream()
                  .map(
                      path ->
                          (Callable<PartFile>)
                              () -> inspect(table.root(), path, table.configuration()))
                  .toList())) {
        parts.add(part.get());
      }
      return parts;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the audit table " + table + " was not read to its end");
    } catch (ExecutionException e) {
      throw new IllegalStateException("what can't be read is a part's problem", e);
    } finally {
      readers.shutdownNow();
    }
  }

  /** Reads one file once, and its footer once more. */
  static PartFile inspect(Path root, String path, Configuration configuration) {
    Path file = new Path(root, path);
    MessageDigest sha256 = Sha256Hex.newDigest();
    long bytes = 0;
    try (InputStream content = unchecked(file.getFileSystem(configuration)).open(file)) {
      byte[] buffer = new byte[BUFFER];
      for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
        sha256.update(buffer, 0, read);
        bytes += read;
      }
    } catch (IOException e) {
      return new PartFile(
          path, bytes, Optional.empty(), Optional.empty(), Optional.of(StorageFailure.reason(e)));
    }
    Optional<String> digest = Optional.of(HexFormat.of().formatHex(sha256.digest()));
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            HadoopInputFile.fromPath(file, configuration),
            HadoopReadOptions.builder(configuration).build())) {
      return new PartFile(
          path, bytes, digest, Optional.of(reader.getRecordCount()), Optional.empty());
    } catch (IOException | RuntimeException e) {
      // Parquet throws unchecked exceptions at what is no Parquet.
      return new PartFile(
          path, bytes, digest, Optional.empty(), Optional.of(StorageFailure.reason(e)));
    }
  }

  /** Hadoop's sums beside local files would refuse bytes whose digest is to be named. */
  private static FileSystem unchecked(FileSystem fileSystem) {
    return fileSystem instanceof ChecksumFileSystem checked
        ? checked.getRawFileSystem()
        : fileSystem;
  }
}
