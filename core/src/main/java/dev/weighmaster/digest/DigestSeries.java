package dev.weighmaster.digest;

import java.util.Optional;

/**
 * A way of hashing a file that is asked for beside its SHA-256.
 *
 * @param shardSize in bytes, at least 1, for a digest of every shard (OMS 1.0, section 6.3.2);
 *     empty for one digest of the whole file
 */
public record DigestSeries(HashType hashType, Optional<Long> shardSize) {
  public DigestSeries {
    if (shardSize.isPresent() && shardSize.get() <= 0) {
      throw new IllegalArgumentException("shard size " + shardSize.get());
    }
  }

  /**
   * Whether a file is hashed by it: not one that would be cut into more than {@link
   * OnePassHasher#MAX_SHARDS} shards.
   *
   * @param size of the file in bytes
   */
  public boolean isListable(long size) {
    return shardSize.map(shard -> (size - 1) / shard < OnePassHasher.MAX_SHARDS).orElse(true);
  }

  /**
   * Whether a file is hashed as a whole, be it that its first shard holds all of it.
   *
   * @param size of the file in bytes
   */
  public boolean isWhole(long size) {
    return shardSize.map(shard -> size <= shard).orElse(true);
  }

  /** As in "by blake3 in shards of 1000 bytes". */
  @Override
  public String toString() {
    return hashType.identifier()
        + shardSize.map(size -> " in shards of " + size + " bytes").orElse("");
  }
}
