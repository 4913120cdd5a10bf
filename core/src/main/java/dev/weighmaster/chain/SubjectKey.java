package dev.weighmaster.chain;

/** By what a statement that is kept elsewhere finds the repositories that it speaks of. */
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
