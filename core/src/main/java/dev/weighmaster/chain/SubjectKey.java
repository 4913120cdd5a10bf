package dev.weighmaster.chain;

/** The key by which a statement that is stored elsewhere finds the repositories that it covers. */
public sealed interface SubjectKey {

  /** One weights file, whatever its name. */
  record OfFile(String sha256) implements SubjectKey {}

  /**
   * All files of a model with their names.
   *
   * @param snapshot {@link dev.weighmaster.attest.SnapshotDigest} of them
   */
  record OfModel(String snapshot) implements SubjectKey {}
}
