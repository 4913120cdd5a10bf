package dev.weighmaster.chain;

/**
 * A weights file and the digest just computed of it.
 *
 * @param name relative to the repository's root
 * @param sha256 lower-case hexadecimal
 */
public record FileDigest(String name, String sha256) {}
