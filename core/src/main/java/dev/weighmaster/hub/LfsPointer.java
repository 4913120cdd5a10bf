package dev.weighmaster.hub;

/**
 * What a Git LFS pointer file declares of the bytes that are not here.
 *
 * @param sha256 lower-case hexadecimal
 * @param size in bytes
 */
public record LfsPointer(String sha256, long size) {}
