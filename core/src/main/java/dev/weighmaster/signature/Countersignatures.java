package dev.weighmaster.signature;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the logs and timestamp authorities of the policy's Sigstore instances add to a signature by
 * a key, or by a certificate of another authority. Thread-safe.
 */
final class Countersignatures {
  private final List<SigstoreCheck> instances;

  Countersignatures(List<SigstoreCheck> instances) {
    this.instances = List.copyOf(instances);
  }

  /**
   * What is proven.
   *
   * @param logIndex of the signature's entry in a log
   * @param signedAt when it was made, by a log or a timestamp authority
   */
  record Vouched(Optional<Long> logIndex, Optional<Instant> signedAt) {
    static final Vouched NOTHING = new Vouched(Optional.empty(), Optional.empty());
  }

  /**
   * Checks what a bundle carries besides its signature. Log entries and timestamps of parties that
   * no instance knows prove nothing; nor does an entry without any time.
   *
   * @param verifier the signer's certificate, or public key as SubjectPublicKeyInfo, in DER
   * @throws FailedCheckException if an instance has the log, and the entry does not hold
   */
  Vouched check(SignedBundle bundle, byte[] verifier) throws FailedCheckException {
    Vouched all = Vouched.NOTHING;
    for (SigstoreCheck instance : instances) {
      Vouched vouched = instance.countersigned(bundle, verifier);
      all = new Vouched(all.logIndex().or(vouched::logIndex), all.signedAt().or(vouched::signedAt));
    }
    return all;
  }
}
