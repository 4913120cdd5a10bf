package dev.weighmaster.digest;

/**
 * What a file hashes to by a series, in constant space whatever the number of its shards.
 *
 * @param digest of the whole file by the series' hash; for shards, the SHA-256 over their digests
 *     in the order of place, none for an empty file; lower-case hexadecimal
 */
public record SeriesDigest(DigestSeries series, String digest) {}
