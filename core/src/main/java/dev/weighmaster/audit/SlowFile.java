package dev.weighmaster.audit;

/**
 * One of the slowest files to read.
 *
 * @param path relative to the hub's root
 * @param bytes that were read of it
 * @param millis from its opening to its end, in milliseconds
 * @param retries requests that had to be repeated
 */
public record SlowFile(String path, long bytes, long millis, long retries) {}
