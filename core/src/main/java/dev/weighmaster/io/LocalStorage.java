package dev.weighmaster.io;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
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
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * A hub in a local (POSIX) directory.
 *
 * <p>A symbolic link stands for its target where that lies inside the hub's real root; a link that
 * leads outside, nowhere or in a circle is {@link Storage.Type#UNREADABLE}. So is a name that is
 * not UTF-8, or has a U+FFFD of its own: it is listed with each byte that is not UTF-8, and the
 * three of each U+FFFD, in hexadecimal after a U+FFFD, so that no two names are spelled alike; no
 * such path can be opened. Size, time and etag are those of the target; the etag is the inode's
 * number and change time. A change within the same tick of the file system's clock (a few
 * milliseconds) as the one before has the same: what was changed just now is read once the tick is
 * over, so that no later write by {@code write(2)} goes unseen.
 *
 * <p>What a process writes through a mapping that it made before can go unseen: the kernel notes a
 * time when a page is first written to, and again only once it has been written back to the disk.
 * {@link Storage.Entry#changed} says until when that is to be reckoned with.
 */
public final class LocalStorage implements Storage {
  private static final String FILE_NAME_ENCODING =
      System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name());

  private final Path root;
  private final String name;
  private final long device;

  /**
   * @throws NoSuchFileException if there is no such directory
   * @throws NotDirectoryException if it is a file
   * @throws IOException also if this JVM can't name every file, since it was started with another
   *     encoding of file names than UTF-8
   */
  public LocalStorage(Path root) throws IOException {
    this(root, root.toString());
  }

  LocalStorage(Path root, String name) throws IOException {
    checkEncoding(FILE_NAME_ENCODING);
    this.root = root.toRealPath();
    this.name = name;
    FileState state = FileState.of(this.root);
    if (state.type() != Type.DIRECTORY) {
      throw new NotDirectoryException(name);
    }
    this.device = state.device();
  }

  /** In any other encoding a file whose name it does not have can be neither named nor opened. */
  static void checkEncoding(String encoding) throws IOException {
    if (!encoding.equalsIgnoreCase(UTF_8.name())) {
      throw new IOException(
          "files whose names are not ASCII can't be read: Java takes the names of files for "
              + encoding
              + " here; set LC_ALL=C.UTF-8 in the environment of this process, and of Spark's"
              + " executors (spark.executorEnv.LC_ALL)");
    }
  }

  @Override
  public String root() {
    return name;
  }

  @Override
  public List<Entry> list(String directory) throws IOException {
    Path real = contained(directory);
    // Opening a pipe waits for somebody who writes to it.
    if (FileState.of(real).type() != Type.DIRECTORY) {
      throw new NotDirectoryException(directory);
    }
    List<Entry> entries = new ArrayList<>();
    String parent = directory.isEmpty() ? "" : directory + "/";
    try (DirectoryStream<Path> children = Files.newDirectoryStream(real)) {
      for (Path child : children) {
        entries.add(
            isNamed(child)
                ? entry(parent + child.getFileName(), child)
                : unreadable(parent + spelledOut(child), NO_NAME));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    entries.sort(Comparator.comparing(Entry::path));
    return entries;
  }

  @Override
  public Entry stat(String path) throws IOException {
    if (isSpelledOut(path)) {
      throw new NoSuchFileException(path, null, NO_NAME);
    }
    Path file = resolve(path);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new NoSuchFileException(path);
    }
    return entry(path, file);
  }

  @Override
  public boolean isLink(String path) throws IOException {
    return !isSpelledOut(path) && Files.isSymbolicLink(resolve(path));
  }

  @Override
  public String real(String path) throws IOException {
    StringJoiner real = new StringJoiner("/");
    root.relativize(contained(path))
        .forEach(name -> real.add(isNamed(name) ? name.toString() : spelledOut(name)));
    return real.toString();
  }

  @Override
  public boolean etagsTellFiles() {
    return true;
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
      NoSuchFileException missing = new NoSuchFileException(path);
      missing.initCause(e);
      throw missing;
    }
  }

  private Path contained(String path) throws IOException {
    if (isSpelledOut(path)) {
      throw new FileSystemException(path, null, NO_NAME);
    }
    Path real = resolve(path).toRealPath();
    if (!real.startsWith(root)) {
      throw new FileSystemException(path, null, "is a link that leads outside the hub");
    }
    return real;
  }

  private Entry entry(String path, Path file) {
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

  private Entry entry(String path, FileState state) {
    return new Entry(
        path,
        state.type(),
        state.size(),
        state.modified(),
        Optional.of(state.etag(device)),
        state.type() == Type.UNREADABLE
            ? Optional.of("is neither a file nor a directory")
            : Optional.empty(),
        state.lastChange());
  }

  private static Entry unreadable(String path, String problem) {
    return new Entry(
        path, Type.UNREADABLE, 0, Instant.EPOCH, Optional.empty(), Optional.of(problem));
  }

  private static final String NOT_TEXT = "\uFFFD";

  /** The bytes of a U+FFFD that is in a name itself. */
  private static final String NOT_TEXT_SPELLED = "\uFFFDef\uFFFDbf\uFFFDbd";

  private static final String NO_NAME = "its name is not UTF-8, or has the character U+FFFD";

  /** Whether a path leads through a name that can't be opened: see {@link #spelledOut}. */
  private static boolean isSpelledOut(String path) {
    return path.contains(NOT_TEXT);
  }

  /** Whether the name, once it is a string, still leads to the same file, and to no other. */
  private static boolean isNamed(Path file) {
    String name = file.getFileName().toString();
    try {
      return !isSpelledOut(name) && file.resolveSibling(name).equals(file);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** A name that is not text or has a U+FFFD, so that no two are spelled alike. */
  private static String spelledOut(Path file) {
    // The only way to a name's bytes.
    String escaped = file.toUri().getRawPath();
    String last = escaped.replaceFirst("/$", "").replaceFirst(".*/", "");
    StringBuilder spelled = new StringBuilder();
    ByteBuffer bytes = bytes(last);
    CharsetDecoder decoder = UTF_8.newDecoder();
    CharBuffer text = CharBuffer.allocate(bytes.remaining());
    while (bytes.hasRemaining()) {
      CoderResult result = decoder.decode(bytes, text, true);
      spelled.append(text.flip().toString().replace(NOT_TEXT, NOT_TEXT_SPELLED));
      text.clear();
      if (result.isError()) {
        for (int i = 0; i < result.length(); i++) {
          spelled.append(NOT_TEXT).append(HexFormat.of().toHexDigits(bytes.get()));
        }
      }
      decoder.reset();
    }
    return spelled.toString();
  }

  private static ByteBuffer bytes(String escaped) {
    ByteBuffer bytes = ByteBuffer.allocate(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      if (escaped.charAt(i) == '%') {
        bytes.put((byte) HexFormat.fromHexDigits(escaped, i + 1, i + 3));
        i += 2;
      } else {
        bytes.put((byte) escaped.charAt(i));
      }
    }
    return bytes.flip();
  }
}
