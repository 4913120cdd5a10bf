package dev.weighmaster.jobs.weigh;

import dev.weighmaster.imatrix.Imatrix;
import dev.weighmaster.io.Storage;
import dev.weighmaster.weigh.NamedImatrix;
import java.util.Optional;

/**
 * An importance matrix that was given, or that lies beside a quantization.
 *
 * @param name last name of its file: hostile text
 * @param imatrix empty where it can't be used
 * @param file of one that can be used
 * @param problem why it can't be used
 */
public record FoundImatrix(
    String name, Optional<Imatrix> imatrix, Optional<WeighedFile> file, Optional<String> problem) {
  static FoundImatrix usable(Storage storage, Imatrix imatrix) {
    return new FoundImatrix(
        imatrix.file().name(),
        Optional.of(imatrix),
        Optional.of(new WeighedFile(storage, imatrix.file())),
        Optional.empty());
  }

  static FoundImatrix unusable(String name, String problem) {
    return new FoundImatrix(name, Optional.empty(), Optional.empty(), Optional.of(problem));
  }

  /** For the weigher to try; empty where it can't be used. */
  public Optional<NamedImatrix> named() {
    return imatrix.map(known -> new NamedImatrix(name, known));
  }
}
