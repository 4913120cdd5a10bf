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
   * Whether all files below a directory are listed as cheaply as its children: so it is in object
   * stores, whose directories are only parts of names.
   */
  default boolean flat() {
    return false;
  }

  /**
   * Visits all files below a directory, in no order, page by page as the storage lists them; only
   * where it is {@link #flat}.
   *
   * @throws java.nio.file.NoSuchFileException if there is no such directory
   * @throws IOException if it can't be listed to the end, or the visitor throws it
   */
  default void visitBelow(String directory, Visitor visitor) throws IOException {
    throw new UnsupportedOperationException(root() + " has directories");
  }

  /** Takes entries one at a time. */
  @FunctionalInterface
  interface Visitor {
    /** Takes one entry; the listing ends with the first that returns false. */
    boolean visit(Entry entry) throws IOException;
  }

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

  /**
   * The path without the symbolic links on it, which lead to somewhere in the hub.
   *
   * @throws java.nio.file.NoSuchFileException if there is nothing
   * @throws IOException if it leads outside the hub
   */
  default String real(String path) throws IOException {
    return path;
  }

  /**
   * Whether two paths that have the same etag and size lead to one and the same file, as links do.
   * An object store's etag is of the content, and two contents of one etag can be made.
   */
  default boolean etagsTellFiles() {
    return false;
  }

  /** Opens a file; the entry says what it must still be, see {@link ByteSource#next()}. */
  default ByteSource open(Entry file) throws IOException {
    return open(file, 0, file.size());
  }

  /**
   * Opens a range of a file, which must lie in it. It is read as the whole would be: a change of
   * any byte of the file is noticed.
   *
   * @throws IndexOutOfBoundsException if the range is not within the entry's size
   */
  ByteSource open(Entry file, long offset, long length) throws IOException;

  /**
   * The SHA-256 of a file that the storage itself keeps, as 64 lower-case hexadecimal digits: to be
   * compared with the one of its bytes, and never trusted in its place.
   *
   * @throws ChangedDuringReadException if the file is no longer the one that was listed
   */
  default Optional<String> sha256(Entry file) throws IOException {
    return Optional.empty();
  }

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
   * @param etag what the storage itself knows the content by: the store's etag, without quotes, or
   *     the inode
   * @param problem why it can't be read, for {@link Type#UNREADABLE} alone
   * @param changed the latest time at which the storage itself has noted a change: of a local file
   *     the inode's own time, which a writer can't set back; elsewhere {@code modified}
   */
  record Entry(
      String path,
      Type type,
      long size,
      Instant modified,
      Optional<String> etag,
      Optional<String> problem,
      Instant changed) {

    /** An entry of a storage that keeps no other time than {@code modified}. */
    public Entry(
        String path,
        Type type,
        long size,
        Instant modified,
        Optional<String> etag,
        Optional<String> problem) {
      this(path, type, size, modified, etag, problem, modified);
    }

    /** What tells this version of the file from others. */
    public FileVersion version() {
      return new FileVersion(size, etag, modified);
    }

    /** The last name of the path. */
    public String name() {
      return StoragePaths.lastName(path);
    }
  }
}
