package dev.weighmaster.digest;

/**
 * A file's digest by a series, in constant space for any number of shards.
 *
 * @param digest of the whole file by the series' hash; for shards, the SHA-256 over their digests
 *     in the order of place, none for an empty file; lower-case hexadecimal
 */
public record SeriesDigest(DigestSeries series, String digest) {}
