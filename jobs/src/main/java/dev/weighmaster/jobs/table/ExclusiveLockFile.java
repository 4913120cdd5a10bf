package dev.weighmaster.jobs.table;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A lock on a file system that makes a file for one writer alone, such as POSIX ({@code O_EXCL})
 * and HDFS. To take it over needs two steps, removing and making it: they are done behind a second
 * file that is made in the same way, so that of those who take it over at once one succeeds. A
 * holder who was stalled so long that his lock has run out, and who removes it between the two
 * steps of another, could let in a third; each asks once more before publishing, and only one finds
 * itself.
 *
 * <p>Where a file system promises less (an object store without conditions), making it is a look
 * and a write, and the question before publishing is what is left.
 */
final class ExclusiveLockFile extends LockFile {
  /** Taking over takes milliseconds: one that is older was killed in the middle. */
  private static final Duration TAKEOVER = Duration.ofMinutes(1);

  ExclusiveLockFile(FileSystem fileSystem, Path path) {
    super(fileSystem, path);
  }

  @Override
  boolean create(String content) throws IOException {
    if (path.toUri().getScheme().equals("file")) {
      return createLocal(content);
    }
    try (FSDataOutputStream out = fileSystem.create(path, false)) {
      out.write(content.getBytes(UTF_8));
    } catch (IOException e) {
      if (read().isEmpty()) {
        throw e;
      }
    }
    return says(content);
  }

  /** Hadoop's local file system looks first and makes the file then: two could make it. */
  private boolean createLocal(String content) throws IOException {
    java.nio.file.Path local = java.nio.file.Path.of(path.toUri().getPath());
    Files.createDirectories(local.getParent());
    try {
      Files.writeString(local, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  @Override
  boolean replace(Found found, String content) throws IOException {
    ExclusiveLockFile takeover =
        new ExclusiveLockFile(fileSystem, new Path(path.getParent(), path.getName() + "_takeover"));
    if (!takeover.create(content)) {
      takeover.removeForgotten();
      return false;
    }
    try {
      // The time must be the same too: it is read before the content, and may be an earlier
      // lock's.
      if (!read().equals(Optional.of(found))) {
        return false;
      }
      fileSystem.delete(path, false);
      return create(content);
    } finally {
      takeover.remove(content);
    }
  }

  private void removeForgotten() throws IOException {
    Optional<Found> found = read();
    if (found.isPresent() && found.get().modified().plus(TAKEOVER).isBefore(Instant.now())) {
      fileSystem.delete(path, false);
    }
  }

  @Override
  boolean renew(String content) throws IOException {
    Optional<Found> found = read();
    if (found.isEmpty() || !found.get().content().equals(content)) {
      return false;
    }
    fileSystem.setTimes(path, Instant.now().toEpochMilli(), -1);
    if (!isNewer(found.get().modified())) {
      // An object store that keeps no other time than that of the last write.
      try (FSDataOutputStream out = fileSystem.create(path, true)) {
        out.write(content.getBytes(UTF_8));
      }
    }
    return true;
  }

  private boolean isNewer(Instant before) throws IOException {
    return fileSystem.getFileStatus(path).getModificationTime() > before.toEpochMilli();
  }
}
