package dev.weighmaster.jobs.table;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.hadoop.fs.Options.CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE;
import static org.apache.hadoop.fs.Options.CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE_ETAG;

import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A lock in an object store that writes on a condition, such as S3 ({@code If-None-Match}, {@code
 * If-Match}): making, replacing and renewing it are each atomic. Removing it is not: between the
 * look and the deletion somebody could have taken it over, if it had run out just then.
 */
final class ConditionalLockFile extends LockFile {

  ConditionalLockFile(FileSystem fileSystem, Path path) {
    super(fileSystem, path);
  }

  @Override
  boolean create(String content) throws IOException {
    return write(FS_OPTION_CREATE_CONDITIONAL_OVERWRITE, "true", content);
  }

  @Override
  boolean replace(Found found, String content) throws IOException {
    return found.etag().isPresent()
        && write(FS_OPTION_CREATE_CONDITIONAL_OVERWRITE_ETAG, found.etag().get(), content);
  }

  @Override
  boolean renew(String content) throws IOException {
    Optional<Found> found = read();
    return found.isPresent()
        && found.get().content().equals(content)
        && replace(found.get(), content);
  }

  /** What was refused, or what was repeated after its answer got lost, the file itself can tell. */
  private boolean write(String condition, String value, String content) throws IOException {
    FSDataOutputStreamBuilder<?, ?> builder = fileSystem.createFile(path);
    builder.recursive().overwrite(true).must(condition, value);
    try (FSDataOutputStream out = builder.build()) {
      out.write(content.getBytes(UTF_8));
    } catch (IOException e) {
      if (read().isEmpty()) {
        throw e;
      }
    }
    return says(content);
  }
}
