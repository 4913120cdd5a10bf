package dev.weighmaster.chain;

import java.util.List;

/** Finds what an attestation names as its source. */
@FunctionalInterface
public interface SourceLookup {

  /**
   * Everything in the hub that has a key.
   *
   * @param key {@link Source#digestKey} or {@link Source#modelKey}
   * @param model the model id that the attestation gives, {@code org/name}, or an empty string:
   *     where many repositories hold the same bytes, the one of this name must be among the found
   * @return in any order; empty if nothing has that key
   */
  List<Source> find(String key, String model);
}
