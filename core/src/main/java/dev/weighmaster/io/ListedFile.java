package dev.weighmaster.io;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.OpenFileOptions;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;
import org.apache.hadoop.util.functional.FutureIO;

/**
 * A file as it was listed, to be read as that and as nothing else. Thread-safe.
 *
 * <p>A store that has etags is asked for the bytes of this etag with every request, and refuses any
 * other; nothing else has to be asked. Elsewhere the file's status is looked at before and after.
 */
final class ListedFile {
  private final HadoopStorage storage;
  private final FileSystem fileSystem;
  private final Path path;
  private final Storage.Entry entry;
  private final boolean held;
  private volatile FileStatus status;

  /**
   * @param status what the file system gets to know about the file, instead of asking the store
   * @param held whether the store is asked for this version with every request
   */
  ListedFile(
      HadoopStorage storage,
      FileSystem fileSystem,
      Path path,
      Storage.Entry entry,
      FileStatus status,
      boolean held) {
    this.storage = storage;
    this.fileSystem = fileSystem;
    this.path = path;
    this.entry = entry;
    this.status = status;
    this.held = held;
  }

  Storage.Entry entry() {
    return entry;
  }

  /**
   * Whether a read past the listed end is answered, so that no other request need tell whether the
   * file is longer than listed.
   */
  boolean tellsItsEnd() {
    return held;
  }

  /** Opens a stream that asks for what a call reads, and for nothing beyond. */
  FSDataInputStream open() throws IOException {
    return FutureIO.awaitFuture(
        fileSystem
            .openFile(path)
            .withFileStatus(status)
            .opt(
                OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY,
                OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY_RANDOM)
            .optLong(OpenFileOptions.FS_OPTION_OPENFILE_LENGTH, status.getLen())
            .build());
  }

  /** Throws what it means for the audit, if a failed read is not worth another try. */
  void throwIfFinal(IOException failure, boolean someRead) throws IOException {
    if (failure instanceof ChangedDuringReadException
        || failure instanceof AccessDeniedException
        || failure instanceof AccessControlException
        || (failure instanceof InterruptedIOException
            && !(failure instanceof SocketTimeoutException))) {
      throw failure;
    }
    if (failure instanceof FileNotFoundException || failure instanceof NoSuchFileException) {
      throw missing(failure, someRead);
    }
    if (storage.s3().map(s3 -> s3.isFinal(failure)).orElse(false)) {
      throw failure;
    }
    if (!held || storage.s3().map(s3 -> s3.saysChanged(failure)).orElse(false)) {
      FileStatus now = checkUnchanged(failure);
      if (held) {
        // The store writes the etag in two ways.
        status = storage.toldOf(path, now, entry);
      }
    }
  }

  private IOException missing(IOException failure, boolean someRead) {
    if (someRead) {
      return new ChangedDuringReadException(entry.path() + " was deleted while it was read");
    }
    NoSuchFileException missing = new NoSuchFileException(entry.path());
    missing.initCause(failure);
    return missing;
  }

  /** Looks at the file again; that this can't be done doesn't hide why it is done. */
  private FileStatus checkUnchanged(IOException reason) throws IOException {
    try {
      return storage.checkUnchanged(entry);
    } catch (ChangedDuringReadException e) {
      throw e;
    } catch (IOException e) {
      reason.addSuppressed(e);
      return status;
    }
  }

  /** Called when a stream has ended before the file's listed end. */
  void endedEarly() throws IOException {
    checkAfterwards();
  }

  /** Called when every byte has been read. */
  void ended() throws IOException {
    if (!held) {
      checkAfterwards();
    }
  }

  private void checkAfterwards() throws IOException {
    try {
      storage.checkUnchanged(entry);
    } catch (NoSuchFileException e) {
      throw new ChangedDuringReadException(entry.path() + " was deleted while it was read");
    }
  }
}
