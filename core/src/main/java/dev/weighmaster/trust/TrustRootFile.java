package dev.weighmaster.trust;

import java.time.Instant;
import java.util.Optional;

/**
 * The file of a trust root that is in force.
 *
 * @param name of the trust root in the policy
 * @param sha256 of the file, lower-case hexadecimal
 * @param writtenAt when it was last written; empty where it was not read from a file
 */
public record TrustRootFile(String name, String sha256, Optional<Instant> writtenAt) {}
