package dev.weighmaster.chain;

import dev.weighmaster.format.ModelReference;

/** By what a source is found in a hub. */
public sealed interface SourceKey {

  /** A file's SHA-256, or a model's OMS root digest. */
  record OfDigest(String sha256) implements SourceKey {}

  /**
   * A repository's name, {@code org/name}: its model, whatever its bytes. After the slash, the case
   * of letters does not count, as on the Hugging Face Hub: another spelling is no other model. Of
   * the organisation it does, since a folder that only looks like one is anybody's.
   */
  record OfModel(String model) implements SourceKey {
    public OfModel {
      int slash = model.indexOf('/');
      model =
          slash < 0
              ? model
              : model.substring(0, slash) + ModelReference.folded(model.substring(slash));
    }

    /** Whether a repository has this name. */
    boolean isOf(String repository) {
      return equals(new OfModel(repository));
    }
  }
}
