package dev.weighmaster.digest;

import java.time.Instant;

/**
 * Where a digest comes from.
 *
 * @param run the id of the run that computed it from the file's bytes
 * @param at when the reading that computed it began, to the microsecond
 */
public record DigestOrigin(String run, Instant at) {}
