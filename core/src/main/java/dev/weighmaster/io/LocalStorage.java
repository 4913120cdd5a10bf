package dev.weighmaster.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A hub in a local (POSIX) directory.
 *
 * <p>A symbolic link stands for its target where that lies inside the hub's real root; a link that
 * leads outside, nowhere or in a circle is {@link Storage.Type#UNREADABLE}, and so is a name that
 * the JVM's file name encoding can't represent. Size, time and etag are those of the target; the
 * etag is the inode's number and change time. A change within the same tick of the file system's
 * clock (a few milliseconds) as the one before has the same: what was changed just now is read once
 * the tick is over, so that no later write by {@code write(2)} goes unseen.
 *
 * <p>What a process writes through a mapping that it made before can go unseen: the kernel notes a
 * time when a page is first written to, and again only once it has been written back to the disk.
 * {@link Storage.Entry#changed} says until when that is to be reckoned with.
 */
public final class LocalStorage implements Storage {
  private final Path root;
  private final String name;

  /**
   * @throws NoSuchFileException if there is no such directory
   * @throws NotDirectoryException if it is a file
   */
  public LocalStorage(Path root) throws IOException {
    this(root, root.toString());
  }

  LocalStorage(Path root, String name) throws IOException {
    this.root = root.toRealPath();
    this.name = name;
    if (!Files.isDirectory(this.root)) {
      throw new NotDirectoryException(name);
    }
  }

  @Override
  public String root() {
    return name;
  }

  @Override
  public List<Entry> list(String directory) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(contained(directory))) {
      for (Path child : children) {
        String childName = child.getFileName().toString();
        entries.add(entry(directory.isEmpty() ? childName : directory + "/" + childName, child));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    entries.sort(Comparator.comparing(Entry::path));
    return entries;
  }

  @Override
  public Entry stat(String path) throws IOException {
    Path file = resolve(path);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new NoSuchFileException(path);
    }
    return entry(path, file);
  }

  @Override
  public boolean isLink(String path) throws IOException {
    return Files.isSymbolicLink(resolve(path));
  }

  @Override
  public ByteSource open(Entry file, long offset, long length) throws IOException {
    Objects.checkFromToIndex(offset, offset + length, file.size());
    Path real = contained(file.path());
    FileState state = FileState.settled(real);
    if (state.type() != Type.FILE) {
      throw new FileSystemException(file.path(), null, "is not a regular file");
    }
    if (!entry(file.path(), state).equals(file)) {
      throw new ChangedDuringReadException(file.path() + " has changed since it was listed");
    }
    FileChannel channel =
        FileChannel.open(real, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    return new LocalSource(file.path(), real, state, channel, offset, length);
  }

  /** Nothing is held open between calls. */
  @Override
  public void close() {}

  private Path resolve(String path) throws IOException {
    try {
      return root.resolve(StoragePaths.checked(path));
    } catch (InvalidPathException e) {
      throw new NoSuchFileException(path, null, e.getReason());
    }
  }

  private Path contained(String path) throws IOException {
    Path real = resolve(path).toRealPath();
    if (!real.startsWith(root)) {
      throw new FileSystemException(path, null, "is a link that leads outside the hub");
    }
    return real;
  }

  private Entry entry(String path, Path file) {
    if (!representable(file)) {
      return unreadable(
          path, "its name is not valid in the encoding of file names, " + FILE_NAME_ENCODING);
    }
    try {
      Path real = file.toRealPath();
      return real.startsWith(root)
          ? entry(path, FileState.of(real))
          : unreadable(path, "is a link that leads outside the hub");
    } catch (NoSuchFileException e) {
      return unreadable(
          path, Files.isSymbolicLink(file) ? "is a link that leads nowhere" : "is gone");
    } catch (FileSystemException e) {
      return unreadable(path, Optional.ofNullable(e.getReason()).orElse("can't be looked at"));
    } catch (IOException e) {
      return unreadable(path, "can't be looked at: " + e.getMessage());
    }
  }

  private static Entry entry(String path, FileState state) {
    return new Entry(
        path,
        state.type(),
        state.size(),
        state.modified(),
        Optional.of(state.etag()),
        state.type() == Type.UNREADABLE
            ? Optional.of("is neither a file nor a directory")
            : Optional.empty(),
        state.lastChange());
  }

  private static Entry unreadable(String path, String problem) {
    return new Entry(
        path, Type.UNREADABLE, 0, Instant.EPOCH, Optional.empty(), Optional.of(problem));
  }

  private static final String FILE_NAME_ENCODING =
      System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name());

  /** Whether the name, once it is a string, still leads to the same file. */
  private static boolean representable(Path file) {
    try {
      return file.resolveSibling(file.getFileName().toString()).equals(file);
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
