package dev.weighmaster.jobs.weigh;

import dev.weighmaster.imatrix.Imatrix;
import dev.weighmaster.weigh.NamedImatrix;
import java.util.Optional;

/**
 * An importance matrix that was given, or that lies beside a quantization.
 *
 * @param name last name of its file: hostile text
 * @param imatrix empty where it can't be used
 * @param problem why not
 */
public record FoundImatrix(String name, Optional<Imatrix> imatrix, Optional<String> problem) {
  static FoundImatrix usable(String name, Imatrix imatrix) {
    return new FoundImatrix(name, Optional.of(imatrix), Optional.empty());
  }

  static FoundImatrix unusable(String name, String problem) {
    return new FoundImatrix(name, Optional.empty(), Optional.of(problem));
  }

  /** For the weigher to try; empty where it can't be used. */
  public Optional<NamedImatrix> named() {
    return imatrix.map(known -> new NamedImatrix(name, known));
  }
}
