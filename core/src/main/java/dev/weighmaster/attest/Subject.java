package dev.weighmaster.attest;

import java.util.Optional;

/**
 * A subject of an in-toto Statement v1.
 *
 * @param name as the statement says it: hostile text
 * @param sha256 lower-case hexadecimal; empty where the statement knows it by other digests only
 */
public record Subject(String name, Optional<String> sha256) {}
