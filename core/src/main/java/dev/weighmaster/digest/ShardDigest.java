package dev.weighmaster.digest;

/**
 * The SHA-256 of one byte range of a file, see OMS 1.0, section 6.3.2.
 *
 * @param shardSize of the series that the range belongs to, in bytes
 * @param start inclusive
 * @param end exclusive
 * @param sha256 lower-case hexadecimal
 */
public record ShardDigest(long shardSize, long start, long end, String sha256) {}
