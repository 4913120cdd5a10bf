package dev.weighmaster.jobs.weigh;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/** A storage that tells how many bytes each thread takes from it. Thread-safe. */
final class CountedReads implements Storage {
  private final Storage storage;
  private final ThreadLocal<LongConsumer> listener = ThreadLocal.withInitial(() -> bytes -> {});

  CountedReads(Storage storage) {
    this.storage = storage;
  }

  /** Has what this thread reads from now on counted by a listener. */
  void count(LongConsumer bytes) {
    listener.set(bytes);
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
  public boolean flat() {
    return storage.flat();
  }

  @Override
  public void visitBelow(String directory, Visitor visitor) throws IOException {
    storage.visitBelow(directory, visitor);
  }

  @Override
  public Entry stat(String path) throws IOException {
    return storage.stat(path);
  }

  @Override
  public boolean isLink(String path) throws IOException {
    return storage.isLink(path);
  }

  @Override
  public String real(String path) throws IOException {
    return storage.real(path);
  }

  @Override
  public boolean etagsTellFiles() {
    return storage.etagsTellFiles();
  }

  @Override
  public ByteSource open(Entry file, long offset, long length) throws IOException {
    return new Source(storage.open(file, offset, length));
  }

  @Override
  public Optional<String> sha256(Entry file) throws IOException {
    return storage.sha256(file);
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }

  private final class Source implements ByteSource {
    private final ByteSource bytes;

    Source(ByteSource bytes) {
      this.bytes = bytes;
    }

    @Override
    public long size() {
      return bytes.size();
    }

    @Override
    public ByteBuffer next() throws IOException {
      ByteBuffer next = bytes.next();
      listener.get().accept(next.remaining());
      return next;
    }

    @Override
    public long retries() {
      return bytes.retries();
    }

    @Override
    public boolean mapped() {
      return bytes.mapped();
    }

    @Override
    public void close() throws IOException {
      bytes.close();
    }
  }
}
