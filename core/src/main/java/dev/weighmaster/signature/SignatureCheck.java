package dev.weighmaster.signature;

import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.verdict.Problem;
import java.time.Instant;
import java.util.Optional;

/**
 * What verifying one bundle's signature has shown. Whether the policy trusts the signer for a model
 * is not part of it.
 *
 * @param method empty where there is no signature, or none that could be read
 * @param signer present exactly where every check held
 * @param logIndex of the transparency log's entry
 * @param signedAt the log's or the timestamp's time
 * @param failure the first check that did not hold: {@code MALFORMED_BUNDLE}, {@code
 *     SIGNATURE_INVALID}, {@code CERTIFICATE_UNTRUSTED}, {@code LOG_PROOF_INVALID}, {@code
 *     TIMESTAMP_INVALID}, {@code SIGNER_NOT_TRUSTED} (no trust root could check the signature),
 *     {@code UNSIGNED_STATEMENT}, {@code UNSUPPORTED}, or the sidecar could not be read: {@code
 *     IO_ERROR} or {@code CHANGED_DURING_READ}; for an embedded model signature also {@code
 *     REVOKED}, where it lists a revoked file
 */
public record SignatureCheck(
    Optional<SigningMethod> method,
    Optional<Signer> signer,
    Optional<Long> logIndex,
    Optional<Instant> signedAt,
    Optional<Problem> failure) {

  /** Whether every check held. */
  public boolean holds() {
    return signer.isPresent();
  }
}
