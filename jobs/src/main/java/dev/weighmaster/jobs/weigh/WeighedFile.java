package dev.weighmaster.jobs.weigh;

import dev.weighmaster.digest.OnePassHasher;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.UnreadableModelException;
import java.io.IOException;
import java.util.Optional;

/**
 * A file of a weighing, as the version that is weighed. Its digest is computed only where it is
 * asked for, and is always that version's. Thread-safe.
 */
public final class WeighedFile {
  private final Storage storage;
  private final Storage.Entry entry;
  private volatile Optional<String> sha256 = Optional.empty();

  WeighedFile(Storage storage, Storage.Entry entry) {
    this.storage = storage;
    this.entry = entry;
  }

  /** Last name of its path: hostile text. */
  public String name() {
    return entry.name();
  }

  /** In bytes. */
  public long size() {
    return entry.size();
  }

  /** The SHA-256, in lower-case hexadecimal; empty until it was computed. */
  public Optional<String> sha256() {
    return sha256;
  }

  /**
   * Computes the digest.
   *
   * @throws UnreadableModelException if the file can't be read or is another one by now
   */
  void digest(WeighProgress progress) throws UnreadableModelException {
    try {
      sha256 = Optional.of(OnePassHasher.sha256(storage, entry, progress::read));
    } catch (IOException e) {
      throw UnreadableModelException.of(entry.path(), e);
    }
  }
}
