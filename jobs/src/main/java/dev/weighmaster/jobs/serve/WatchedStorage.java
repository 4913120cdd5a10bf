package dev.weighmaster.jobs.serve;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.ForwardingSource;
import dev.weighmaster.io.ForwardingStorage;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * A hub as one verification sees it: within a budget, and remembering what was listed. Thread-safe.
 */
final class WatchedStorage extends ForwardingStorage {
  private final Storage hub;
  private final Budget budget;
  private final SeenListings seen = new SeenListings();

  WatchedStorage(Storage hub, Budget budget) {
    super(hub);
    this.hub = hub;
    this.budget = budget;
  }

  SeenListings seen() {
    return seen;
  }

  @Override
  public List<Entry> list(String directory) throws IOException {
    budget.check();
    return seen.list(hub, directory);
  }

  @Override
  public void visitBelow(String directory, Visitor visitor) throws IOException {
    budget.check();
    seen.visitBelow(
        hub,
        directory,
        entry -> {
          budget.check();
          return visitor.visit(entry);
        });
  }

  @Override
  public Entry stat(String path) throws IOException {
    budget.check();
    return seen.stat(hub, path);
  }

  @Override
  public boolean isLink(String path) throws IOException {
    budget.check();
    return seen.isLink(hub, path);
  }

  /** Where a link leads is not remembered: what it leads to is listed with another etag then. */
  @Override
  public String real(String path) throws IOException {
    budget.check();
    return super.real(path);
  }

  @Override
  public ByteSource open(Entry file, long offset, long length) throws IOException {
    budget.take(length);
    return new ForwardingSource(super.open(file, offset, length)) {
      @Override
      public ByteBuffer next() throws IOException {
        budget.check();
        return super.next();
      }
    };
  }

  @Override
  public Optional<String> sha256(Entry file) throws IOException {
    budget.check();
    return super.sha256(file);
  }

  /** The hub itself stays open. */
  @Override
  public void close() {}
}
