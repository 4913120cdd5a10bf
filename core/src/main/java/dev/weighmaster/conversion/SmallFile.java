package dev.weighmaster.conversion;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.UnreadableModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/** A file beside weights that is read whole. */
final class SmallFile {
  private SmallFile() {}

  /**
   * The file; empty if there is nothing of its name.
   *
   * @throws UnreadableModelException if what is there can't be read, such as a link that leads
   *     nowhere
   */
  static Optional<Storage.Entry> find(Storage storage, String path) throws IOException {
    Storage.Entry file;
    try {
      file = storage.stat(path);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    return switch (file.type()) {
      case FILE -> Optional.of(file);
      case DIRECTORY -> throw UnreadableModelException.of(path, new IOException("it is a folder"));
      case UNREADABLE ->
          throw UnreadableModelException.of(
              path, new IOException("it " + file.problem().orElse("can't be read")));
    };
  }

  /**
   * Its bytes; empty if there is no such file, or it is too long.
   *
   * @throws IOException if it can't be read
   */
  static Optional<byte[]> read(Storage storage, String path, int most) throws IOException {
    Optional<Storage.Entry> file = find(storage, path).filter(found -> found.size() <= most);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) file.get().size());
    try (ByteSource source = storage.open(file.get())) {
      for (ByteBuffer next = source.next(); next.hasRemaining(); next = source.next()) {
        bytes.put(next);
      }
    }
    return Optional.of(bytes.array());
  }
}
