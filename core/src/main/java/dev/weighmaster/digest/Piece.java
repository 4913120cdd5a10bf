package dev.weighmaster.digest;

/**
 * Some shards of a file, one after the other.
 *
 * @param series in shards
 * @param offset of the first, in bytes: a multiple of the shards' size
 * @param length of all of them; the last shard of the file may be shorter than the others
 */
public record Piece(DigestSeries series, long offset, long length) {}
