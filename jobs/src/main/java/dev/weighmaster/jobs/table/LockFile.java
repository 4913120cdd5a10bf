package dev.weighmaster.jobs.table;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.hadoop.fs.Options.CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE;
import static org.apache.hadoop.fs.Options.CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE_ETAG;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * One small file that names the writer. If several create it at once, one succeeds; its content
 * never changes while it is held, and its time of modification says when its holder was last alive.
 */
abstract sealed class LockFile permits ExclusiveLockFile, ConditionalLockFile {
  private static final int MAX_BYTES = 1 << 16;

  final FileSystem fileSystem;
  final Path path;

  LockFile(FileSystem fileSystem, Path path) {
    this.fileSystem = fileSystem;
    this.path = path;
  }

  /** The file at a path, by what its file system can promise. */
  static LockFile at(FileSystem fileSystem, Path path) throws IOException {
    return fileSystem.hasPathCapability(path, FS_OPTION_CREATE_CONDITIONAL_OVERWRITE)
            && fileSystem.hasPathCapability(path, FS_OPTION_CREATE_CONDITIONAL_OVERWRITE_ETAG)
        ? new ConditionalLockFile(fileSystem, path)
        : new ExclusiveLockFile(fileSystem, path);
  }

  /**
   * What the file says.
   *
   * @param content empty where its writer has got no further than making it
   * @param modified by the clock of its holder, or of the store
   * @param etag of the store, where it has one
   */
  record Found(String content, Instant modified, Optional<String> etag) {}

  /** The file as it is now. */
  final Optional<Found> read() throws IOException {
    try {
      FileStatus status = fileSystem.getFileStatus(path);
      try (FSDataInputStream in = fileSystem.open(path)) {
        return Optional.of(
            new Found(
                new String(in.readNBytes(MAX_BYTES), UTF_8),
                Instant.ofEpochMilli(status.getModificationTime()),
                status instanceof EtagSource store
                    ? Optional.ofNullable(store.getEtag())
                    : Optional.empty()));
      }
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  /** Whether the file has this content. */
  final boolean says(String content) throws IOException {
    return read().filter(found -> found.content().equals(content)).isPresent();
  }

  /** Makes the file, where there is none; says whether it has this content now. */
  abstract boolean create(String content) throws IOException;

  /** Puts another content in the place of what was found; says whether it has it now. */
  abstract boolean replace(Found found, String content) throws IOException;

  /** Renews the time of modification; says whether the file still has this content. */
  abstract boolean renew(String content) throws IOException;

  /** Removes the file, if it has this content. */
  final void remove(String content) throws IOException {
    if (says(content)) {
      fileSystem.delete(path, false);
    }
  }
}
