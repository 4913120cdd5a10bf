package dev.weighmaster.hub;

import java.util.Optional;

/**
 * What a pointer file declares about the absent content.
 *
 * @param sha256 lower-case hexadecimal; empty in a pointer of git-xet, which names the bytes by a
 *     hash of another kind
 * @param size in bytes
 */
public record LfsPointer(Optional<String> sha256, long size) {
  /** A pointer of Git LFS. */
  public LfsPointer(String sha256, long size) {
    this(Optional.of(sha256), size);
  }

  /** For a message: the digest of the bytes, or how many there are. */
  public String target() {
    return sha256.map(digest -> "sha256:" + digest).orElse(size + " bytes");
  }
}
