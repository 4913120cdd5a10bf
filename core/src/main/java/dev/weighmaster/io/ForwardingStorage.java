package dev.weighmaster.io;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A storage that answers as another one does; what is overridden is what differs. */
public abstract class ForwardingStorage implements Storage {
  private final Storage storage;

  protected ForwardingStorage(Storage storage) {
    this.storage = storage;
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
    return storage.open(file, offset, length);
  }

  @Override
  public Optional<String> sha256(Entry file) throws IOException {
    return storage.sha256(file);
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }
}
