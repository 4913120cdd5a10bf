package dev.weighmaster.io;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.OpenFileOptions;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.functional.FutureIO;

/** A hub on one of Hadoop's file systems: {@code hdfs:}, {@code s3a:}, … */
public final class HadoopStorage implements Storage {
  private final FileSystem fileSystem;
  private final Path root;
  private final String name;

  /**
   * A hub under a directory of a file system, which stays the caller's to close.
   *
   * @throws NoSuchFileException if there is no such directory
   * @throws NotDirectoryException if it is a file
   */
  public HadoopStorage(FileSystem fileSystem, Path root) throws IOException {
    this.fileSystem = fileSystem;
    this.root = fileSystem.makeQualified(root);
    this.name = root.toString();
    if (!status("").isDirectory()) {
      throw new NotDirectoryException(name);
    }
  }

  /** Opens a hub on the file system that Hadoop's own cache shares within the process. */
  public static HadoopStorage open(String uri, HadoopSettings settings) throws IOException {
    try {
      Path root = new Path(uri);
      return new HadoopStorage(root.getFileSystem(settings.configuration()), root);
    } catch (IllegalArgumentException e) {
      throw new IOException("not the URI of a hub: " + uri, e);
    }
  }

  @Override
  public String root() {
    return name;
  }

  @Override
  public List<Entry> list(String directory) throws IOException {
    Path path = resolve(directory);
    FileStatus[] children;
    try {
      children = fileSystem.listStatus(path);
    } catch (FileNotFoundException e) {
      throw missing(directory, e);
    }
    List<Entry> entries = new ArrayList<>(children.length);
    for (FileStatus child : children) {
      if (child.getPath().equals(path)) {
        throw new NotDirectoryException(directory);
      }
      String childName = child.getPath().getName();
      entries.add(entry(directory.isEmpty() ? childName : directory + "/" + childName, child));
    }
    entries.sort(Comparator.comparing(Entry::path));
    return entries;
  }

  @Override
  public Entry stat(String path) throws IOException {
    return entry(path, status(path));
  }

  @Override
  public ByteSource open(Entry file) throws IOException {
    FileStatus status = status(file.path());
    if (!status.isFile()) {
      throw new FileSystemException(file.path(), null, "is not a regular file");
    }
    checkUnchanged(file, status);
    FSDataInputStream in =
        FutureIO.awaitFuture(
            fileSystem
                .openFile(resolve(file.path()))
                .withFileStatus(status)
                .opt(
                    OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY,
                    OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY_WHOLE_FILE
                        + ","
                        + OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY_SEQUENTIAL)
                .optLong(OpenFileOptions.FS_OPTION_OPENFILE_LENGTH, file.size())
                .build());
    return new HadoopSource(this, file, in);
  }

  /** The file system is shared, and stays open. */
  @Override
  public void close() {}

  void checkUnchanged(Entry file) throws IOException {
    try {
      checkUnchanged(file, status(file.path()));
    } catch (NoSuchFileException e) {
      throw new ChangedDuringReadException(file.path() + " was deleted while it was read");
    }
  }

  private static void checkUnchanged(Entry file, FileStatus status) throws IOException {
    if (!entry(file.path(), status).equals(file)) {
      throw new ChangedDuringReadException(file.path() + " has changed since it was listed");
    }
  }

  private FileStatus status(String path) throws IOException {
    try {
      return fileSystem.getFileStatus(resolve(path));
    } catch (FileNotFoundException e) {
      throw missing(path, e);
    }
  }

  /** Takes every name as it is: a path made from one string would read a colon as a scheme. */
  private Path resolve(String path) throws IOException {
    if (path.isEmpty()) {
      return root;
    }
    String parent = root.toUri().getPath();
    return new Path(
        root.toUri().getScheme(),
        root.toUri().getAuthority(),
        (parent.endsWith("/") ? parent : parent + "/") + StoragePaths.checked(path));
  }

  private static NoSuchFileException missing(String path, FileNotFoundException cause) {
    NoSuchFileException missing = new NoSuchFileException(path);
    missing.initCause(cause);
    return missing;
  }

  private static Entry entry(String path, FileStatus status) {
    Type type =
        status.isFile() ? Type.FILE : status.isDirectory() ? Type.DIRECTORY : Type.UNREADABLE;
    return new Entry(
        path,
        type,
        type == Type.FILE ? status.getLen() : 0,
        type == Type.DIRECTORY ? Instant.EPOCH : Instant.ofEpochMilli(status.getModificationTime()),
        status instanceof EtagSource tagged
            ? Optional.ofNullable(tagged.getEtag())
            : Optional.empty(),
        type == Type.UNREADABLE
            ? Optional.of("is neither a file nor a directory")
            : Optional.empty());
  }
}
