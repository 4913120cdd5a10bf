package dev.weighmaster.sign;

import dev.weighmaster.digest.HashType;
import java.util.List;
import java.util.Optional;

/**
 * How a signer enumerates and hashes a model: OMS 1.0, section 5.2.2.
 *
 * @param shardSize in bytes, at least 1, for the method {@code shards}; empty for {@code files}
 * @param allowSymlinks whether symbolic links are followed
 * @param ignorePaths left out with what is below them; relative to the model's root
 */
public record Serialization(
    HashType hashType, Optional<Long> shardSize, boolean allowSymlinks, List<String> ignorePaths) {
  /** Whole files by SHA-256, without links. */
  public static final Serialization DEFAULT =
      new Serialization(HashType.SHA256, Optional.empty(), false, List.of());

  public Serialization {
    ignorePaths = List.copyOf(ignorePaths);
  }
}
