package dev.weighmaster.digest;

/**
 * What a file hashed to before, when its storage knew it by the same etag as now.
 *
 * @param sha256 lower-case hexadecimal
 */
public record EarlierDigest(String sha256, DigestOrigin origin) {}
