package dev.weighmaster.io;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's local file system, with permissions that the JDK reads and sets. Where its native
 * library is missing, Hadoop starts {@code chmod} for each file and folder that it makes, and
 * {@code ls} for each whose permissions it asks for: hundreds of processes for an audit of ten
 * files.
 */
public final class PosixFileSystem extends LocalFileSystem {
  /** Hadoop makes it by its name, which is the setting {@code fs.file.impl}. */
  public PosixFileSystem() {
    super(new Raw());
  }

  /** Whether this machine's files have the permissions of POSIX. */
  public static boolean isSupported() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }

  private static final class Raw extends RawLocalFileSystem {
    @Override
    public void setPermission(Path path, FsPermission permission) throws IOException {
      if (permission.getStickyBit()) {
        // The JDK knows of no such bit.
        super.setPermission(path, permission);
      } else {
        Files.setPosixFilePermissions(
            pathToFile(path).toPath(), PosixFilePermissions.fromString(permission.toString()));
      }
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
      File file = pathToFile(path);
      PosixFileAttributes found;
      try {
        found = Files.readAttributes(file.toPath(), PosixFileAttributes.class);
      } catch (IOException | InvalidPathException e) {
        // What was not there then was not there, even if somebody has made it since.
        if (!(e instanceof NoSuchFileException) && file.exists()) {
          throw e;
        }
        // Also below a file, or behind a link in a circle, there is nothing.
        FileNotFoundException missing =
            new FileNotFoundException("File " + path + " does not exist");
        missing.initCause(e);
        throw missing;
      }
      return new FileStatus(
          found.size(),
          found.isDirectory(),
          1,
          getDefaultBlockSize(path),
          found.lastModifiedTime().toMillis(),
          found.lastAccessTime().toMillis(),
          FsPermission.valueOf("-" + PosixFilePermissions.toString(found.permissions())),
          found.owner().getName(),
          found.group().getName(),
          path.makeQualified(getUri(), getWorkingDirectory()));
    }
  }
}
