package dev.weighmaster.chain;

/** By what a source is found in a hub. */
public sealed interface SourceKey {

  /** A file's SHA-256, or a model's OMS root digest. */
  record OfDigest(String sha256) implements SourceKey {}

  /** A repository's name, {@code org/name}: its model, whatever its bytes. */
  record OfModel(String model) implements SourceKey {}
}
