package dev.weighmaster.attest;

import java.util.Optional;

/**
 * A subject of an in-toto Statement v1.
 *
 * @param name as in the statement: hostile text
 * @param sha256 lower-case hexadecimal; empty if the statement has only other digests of it
 */
public record Subject(String name, Optional<String> sha256) {}
