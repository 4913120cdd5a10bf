package dev.weighmaster.chain;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.UnaryOperator;

/** A storage in which one file grows by a byte each time that some of it has been read. */
record GrowingFile(Storage storage, Path file) implements Storage {

  static UnaryOperator<Storage> of(Path file) {
    return storage -> new GrowingFile(storage, file);
  }

  @Override
  public String root() {
    return storage.root();
  }

  @Override
  public List<Entry> list(String directory) throws IOException {
    return storage.list(directory);
  }

  @Override
  public Entry stat(String path) throws IOException {
    return storage.stat(path);
  }

  @Override
  public ByteSource open(Entry entry) throws IOException {
    ByteSource source = storage.open(entry);
    return file.endsWith(entry.path()) ? new Growing(source) : source;
  }

  @Override
  public ByteSource open(Entry entry, long offset, long length) throws IOException {
    return storage.open(entry, offset, length);
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }

  private final class Growing implements ByteSource {
    private final ByteSource source;

    Growing(ByteSource source) {
      this.source = source;
    }

    @Override
    public long size() {
      return source.size();
    }

    @Override
    public ByteBuffer next() throws IOException {
      ByteBuffer bytes = source.next();
      Files.write(file, new byte[1], StandardOpenOption.APPEND);
      return bytes;
    }

    @Override
    public void close() throws IOException {
      source.close();
    }
  }
}
