package dev.weighmaster.io;

import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where the files of a hub are. Thread-safe.
 *
 * <p>A path is relative to the hub's root, with {@code /} between names, and without {@code .} or
 * {@code ..}; the root itself is the empty string.
 */
public interface Storage extends Closeable {

  /** The root as the user would write it, for messages and the audit table. */
  String root();

  /**
   * The children of a directory, sorted by name.
   *
   * @throws java.nio.file.NoSuchFileException if there is no such directory
   * @throws IOException if it can't be listed
   */
  List<Entry> list(String directory) throws IOException;

  /**
   * One file or directory.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  Entry stat(String path) throws IOException;

  /** Whether the last name of a path is a symbolic link; object stores have none. */
  default boolean isLink(String path) throws IOException {
    return false;
  }

  /** Opens a file; the entry says what it must still be, see {@link ByteSource#next()}. */
  ByteSource open(Entry file) throws IOException;

  /** What is found at a path. */
  enum Type {
    FILE,
    DIRECTORY,
    /** Listed, but not to be read: a link that leads nowhere or outside the hub, a device. */
    UNREADABLE
  }

  /**
   * One child of a directory.
   *
   * @param path relative to the hub's root
   * @param size in bytes, 0 for what is not a file
   * @param etag what the storage itself knows the content by: the store's etag, or the inode
   * @param problem why it can't be read, for {@link Type#UNREADABLE} alone
   */
  record Entry(
      String path,
      Type type,
      long size,
      Instant modified,
      Optional<String> etag,
      Optional<String> problem) {

    /** The last name of the path. */
    public String name() {
      return path.substring(path.lastIndexOf('/') + 1);
    }
  }
}
