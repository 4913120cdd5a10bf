package dev.weighmaster.jobs.badge;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder that badges are written to. A file appears whole, and one that others have put there
 * is neither replaced nor removed: what is ours stands in a list that is written before the files.
 * For one thread.
 */
final class BadgeFolder implements Closeable {
  /** What does not belong to one quantization; no organisation's folder begins with this. */
  static final String OWN = "_weighmaster";

  private static final String WRITTEN = OWN + "/written.txt";
  private static final String BEING_WRITTEN = OWN + "/being-written.txt";
  private static final String UNFINISHED = OWN + "/unfinished";
  private static final String LOCK = OWN + "/lock";

  private final Path root;

  /** Held until the end: of two at once, one could put the other's badge in its place. */
  private final FileChannel lock;

  /** Paths of an earlier run that this one has not written yet. */
  private final Set<String> earlier = new HashSet<>();

  private final Set<String> written = new HashSet<>();
  private final BufferedWriter list;

  private BadgeFolder(Path root) throws IOException {
    this.root = root;
    Files.createDirectories(root.resolve(OWN));
    lock =
        FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      mustBeAlone();
      list = readLists();
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private void mustBeAlone() throws IOException {
    FileLock held;
    try {
      held = lock.tryLock();
    } catch (OverlappingFileLockException e) {
      held = null;
    } catch (IOException e) {
      throw new IOException(
          "%s can't be locked (%s): name a folder on another file system"
              .formatted(root.resolve(LOCK), e.getMessage()),
          e);
    }
    if (held == null) {
      throw new IOException("another 'weighmaster badges' is writing to " + root);
    }
  }

  /** Takes over what earlier runs have listed, and gives the list that this one goes on with. */
  private BufferedWriter readLists() throws IOException {
    readList(WRITTEN);
    readList(BEING_WRITTEN);
    // A run that is broken off leaves both lists, and what either names is ours.
    Path unfinished = root.resolve(BEING_WRITTEN + ".new");
    Files.write(unfinished, earlier, UTF_8);
    replace(unfinished, root.resolve(BEING_WRITTEN));
    return Files.newBufferedWriter(root.resolve(BEING_WRITTEN), StandardOpenOption.APPEND);
  }

  /** Opens a folder, and makes it where it is missing. */
  static BadgeFolder open(Path root) throws IOException {
    return new BadgeFolder(root);
  }

  private void readList(String name) throws IOException {
    try (Stream<String> paths = Files.lines(root.resolve(name), UTF_8)) {
      paths.filter(BadgeFolder::isBelowRoot).forEach(earlier::add);
    } catch (NoSuchFileException e) {
      // The first run.
    }
  }

  /** A list that somebody has edited must not have us remove anything elsewhere. */
  private static boolean isBelowRoot(String path) {
    return !path.startsWith("/")
        && Stream.of(path.split("/", -1)).noneMatch(name -> Set.of("", ".", "..").contains(name));
  }

  /**
   * Writes a file, unless it is there with this content.
   *
   * @param path relative to the folder, of safe names
   * @throws IOException if it can't be written, or is a file that was not written from here
   */
  void write(String path, String content) throws IOException {
    if (!written.add(path)) {
      throw new IOException("two quantizations of the run are both at " + path);
    }
    Path file = root.resolve(path);
    boolean ours = earlier.remove(path);
    if (!ours && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(
          file + " was not written by 'weighmaster badges': move it away, or name another --out");
    }
    byte[] bytes = content.getBytes(UTF_8);
    if (ours && holds(file, bytes)) {
      return;
    }
    list.write(path);
    list.write('\n');
    list.flush();
    Files.createDirectories(file.getParent());
    Path unfinished = root.resolve(UNFINISHED);
    Files.write(unfinished, bytes);
    replace(unfinished, file);
  }

  private static boolean holds(Path file, byte[] bytes) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.size(file) == bytes.length
        && Arrays.equals(Files.readAllBytes(file), bytes);
  }

  private static void replace(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /**
   * Removes what earlier runs have written and this one has not, after everything is written.
   *
   * @return how many files
   */
  int finish() throws IOException {
    int removed = 0;
    for (String path : earlier) {
      removed += Files.deleteIfExists(root.resolve(path)) ? 1 : 0;
      removeEmpty(root.resolve(path).getParent());
    }
    list.close();
    Path unfinished = root.resolve(WRITTEN + ".new");
    Files.write(unfinished, written.stream().sorted().toList(), UTF_8);
    replace(unfinished, root.resolve(WRITTEN));
    Files.delete(root.resolve(BEING_WRITTEN));
    return removed;
  }

  private void removeEmpty(Path folder) throws IOException {
    for (Path each = folder; !each.equals(root); each = each.getParent()) {
      try {
        Files.deleteIfExists(each);
      } catch (DirectoryNotEmptyException e) {
        return;
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (lock) {
      list.close();
    }
  }
}
