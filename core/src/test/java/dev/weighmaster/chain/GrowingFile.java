package dev.weighmaster.chain;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.ForwardingSource;
import dev.weighmaster.io.ForwardingStorage;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.UnaryOperator;

/** A storage in which one file grows by a byte each time that some of it has been read. */
final class GrowingFile extends ForwardingStorage {
  private final Path file;

  private GrowingFile(Storage storage, Path file) {
    super(storage);
    this.file = file;
  }

  static UnaryOperator<Storage> of(Path file) {
    return storage -> new GrowingFile(storage, file);
  }

  @Override
  public ByteSource open(Entry entry) throws IOException {
    ByteSource source = super.open(entry);
    return file.endsWith(entry.path()) ? new Growing(source) : source;
  }

  private final class Growing extends ForwardingSource {
    Growing(ByteSource source) {
      super(source);
    }

    @Override
    public ByteBuffer next() throws IOException {
      ByteBuffer bytes = super.next();
      Files.write(file, new byte[1], StandardOpenOption.APPEND);
      return bytes;
    }
  }
}
