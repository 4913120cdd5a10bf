package dev.weighmaster.io;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** A hub on one of Hadoop's file systems: {@code hdfs:}, {@code s3a:}, … */
public final class HadoopStorage implements Storage {
  private final FileSystem fileSystem;
  private final Path root;
  private final String name;
  private final Optional<S3Objects> s3;
  private final Backoff backoff;

  /**
   * A hub under a directory of a file system, which stays the caller's to close.
   *
   * @throws NoSuchFileException if there is no such directory
   * @throws NotDirectoryException if it is a file
   */
  public HadoopStorage(FileSystem fileSystem, Path root) throws IOException {
    this(fileSystem, root, Backoff.DEFAULT);
  }

  HadoopStorage(FileSystem fileSystem, Path root, Backoff backoff) throws IOException {
    // Only S3A's users have its classes.
    this.s3 =
        fileSystem.getUri().getScheme().equals(S3Objects.SCHEME)
            ? S3Objects.of(fileSystem)
            : Optional.empty();
    this.backoff = backoff;
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
  public boolean flat() {
    return s3.isPresent();
  }

  @Override
  public void visitBelow(String directory, Visitor visitor) throws IOException {
    Path folder = resolve(directory);
    String below = folder.toUri().getPath();
    String prefix = below.endsWith("/") ? below : below + "/";
    String parent = directory.isEmpty() ? "" : directory + "/";
    try {
      RemoteIterator<LocatedFileStatus> files = fileSystem.listFiles(folder, true);
      boolean more = true;
      while (more && files.hasNext()) {
        LocatedFileStatus file = files.next();
        String path = file.getPath().toUri().getPath();
        if (path.equals(below)) {
          throw new NotDirectoryException(directory);
        }
        more =
            visitor.visit(
                path.startsWith(prefix)
                    ? entry(parent + path.substring(prefix.length()), file)
                    : astray(parent + file.getPath().getName()));
      }
    } catch (FileNotFoundException e) {
      throw missing(directory, e);
    }
  }

  /** Hadoop resolves such a key as if it were a path, and then leads to another object. */
  private static Entry astray(String path) {
    return new Entry(
        path,
        Type.UNREADABLE,
        0,
        Instant.EPOCH,
        Optional.empty(),
        Optional.of("its key has . or .. between slashes, which no path can have"));
  }

  @Override
  public Entry stat(String path) throws IOException {
    return entry(path, status(path));
  }

  @Override
  public ByteSource open(Entry file, long offset, long length) throws IOException {
    if (file.type() != Type.FILE) {
      throw new FileSystemException(file.path(), null, "is not a regular file");
    }
    Objects.checkFromToIndex(offset, offset + length, file.size());
    return new HadoopSource(listed(file), backoff, offset, length);
  }

  private ListedFile listed(Entry file) throws IOException {
    Path path = resolve(file.path());
    if (s3.isPresent() && s3.get().holdsVersions() && file.etag().isPresent()) {
      FileStatus told = s3.get().status(path, file, '"' + file.etag().get() + '"');
      return new ListedFile(this, fileSystem, path, file, told, true);
    }
    FileStatus status = checkUnchanged(file);
    return new ListedFile(this, fileSystem, path, file, status, false);
  }

  @Override
  public Optional<String> sha256(Entry file) throws IOException {
    return s3.isPresent() && file.etag().isPresent()
        ? s3.get().sha256(resolve(file.path()), '"' + file.etag().get() + '"')
        : Optional.empty();
  }

  /** The file system is shared, and stays open. */
  @Override
  public void close() {}

  Optional<S3Objects> s3() {
    return s3;
  }

  /** What S3A is to be told of a file whose etag the store writes as in a status of it. */
  FileStatus toldOf(Path path, FileStatus status, Entry file) {
    return s3.orElseThrow().status(path, file, ((EtagSource) status).getEtag());
  }

  /**
   * The file's status, which says the same as when it was listed.
   *
   * @throws NoSuchFileException if it is gone
   */
  FileStatus checkUnchanged(Entry file) throws IOException {
    FileStatus status = status(file.path());
    if (!status.isFile()) {
      throw new FileSystemException(file.path(), null, "is not a regular file");
    }
    Entry now = entry(file.path(), status);
    // The entry may come of a list that has no etags.
    boolean same = file.etag().isEmpty() || file.etag().equals(now.etag());
    // A store's listing and its answer for one object may round their times differently.
    if (!same
        || now.size() != file.size()
        || !truncated(now.modified()).equals(truncated(file.modified()))) {
      throw new ChangedDuringReadException(file.path() + " has changed since it was listed");
    }
    return status;
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

  private Entry entry(String path, FileStatus status) {
    Type type =
        status.isFile() ? Type.FILE : status.isDirectory() ? Type.DIRECTORY : Type.UNREADABLE;
    return new Entry(
        path,
        type,
        type == Type.FILE ? status.getLen() : 0,
        type == Type.DIRECTORY
            ? Instant.EPOCH
            : truncated(Instant.ofEpochMilli(status.getModificationTime())),
        type == Type.FILE ? etag(status) : Optional.empty(),
        type == Type.UNREADABLE
            ? Optional.of("is neither a file nor a directory")
            : Optional.empty());
  }

  /** To what a store's listing and its answer for one object agree on. */
  private Instant truncated(Instant time) {
    return s3.isPresent() ? time.truncatedTo(ChronoUnit.SECONDS) : time;
  }

  /** HDFS has none: its file ids outlive a rewrite, and a file's owner can set its time back. */
  private static Optional<String> etag(FileStatus status) {
    return status instanceof EtagSource tagged
        ? Optional.ofNullable(tagged.getEtag()).map(HadoopStorage::unquoted)
        : Optional.empty();
  }

  private static String unquoted(String etag) {
    return etag.length() > 1 && etag.startsWith("\"") && etag.endsWith("\"")
        ? etag.substring(1, etag.length() - 1)
        : etag;
  }
}
