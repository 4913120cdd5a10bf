package dev.weighmaster.conversion;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/** A file beside weights that is read whole. */
final class SmallFile {
  private SmallFile() {}

  /**
   * Its bytes; empty if there is no such file, or it is too long.
   *
   * @throws IOException if it can't be read
   */
  static Optional<byte[]> read(Storage storage, String path, int most) throws IOException {
    Storage.Entry file;
    try {
      file = storage.stat(path);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (file.type() != Storage.Type.FILE || file.size() > most) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
    try (ByteSource source = storage.open(file)) {
      for (ByteBuffer next = source.next(); next.hasRemaining(); next = source.next()) {
        bytes.put(next);
      }
    }
    return Optional.of(bytes.array());
  }
}
