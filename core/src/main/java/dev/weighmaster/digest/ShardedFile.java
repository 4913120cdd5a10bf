package dev.weighmaster.digest;

import java.util.List;

/**
 * A scanned file with the digest of each of its shards.
 *
 * @param shards in the order of place, lower-case hexadecimal; none where the file is empty or
 *     could not be read; the whole file's digest alone for a series without shards
 */
public record ShardedFile(ScannedFile file, List<String> shards) {
  public ShardedFile {
    shards = List.copyOf(shards);
  }
}
