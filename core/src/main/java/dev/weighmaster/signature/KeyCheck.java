package dev.weighmaster.signature;

import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.signature.Countersignatures.Vouched;
import dev.weighmaster.trust.EcdsaAlgorithm;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TrustRoot.KeyRoot;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;

/**
 * The method key of OMS 1.0, section 4.1: the envelope's signature must hold by a public key that
 * the policy names. The bundle's hint only chooses among those keys. A log entry that is there must
 * hold, see {@link Countersignatures}: {@code LOG_PROOF_INVALID}. Immutable.
 */
final class KeyCheck {
  private final List<KeyRoot> roots;
  private final Countersignatures countersignatures;

  KeyCheck(List<KeyRoot> roots, Countersignatures countersignatures) {
    this.roots = List.copyOf(roots);
    this.countersignatures = countersignatures;
  }

  SignatureCheck check(SignedBundle bundle, String predicateType) throws FailedCheckException {
    Optional<KeyRoot> hinted =
        bundle
            .keyHint()
            .flatMap(
                hint ->
                    roots.stream()
                        .filter(
                            r -> hint.equals(r.pemFingerprint()) || hint.equals(r.fingerprint()))
                        .findFirst());
    for (KeyRoot root : hinted.map(List::of).orElse(roots)) {
      if (signatureHolds(root.key(), root.algorithm(), bundle, predicateType)) {
        var signer =
            new Signer(
                SigningMethod.KEY,
                root.name(),
                "sha256:" + root.fingerprint(),
                "",
                root.fingerprint());
        Vouched vouched = countersignatures.check(bundle, root.key().getEncoded());
        return new SignatureCheck(
            Optional.of(SigningMethod.KEY),
            Optional.of(signer),
            vouched.logIndex(),
            vouched.signedAt(),
            Optional.empty());
      }
    }
    if (hinted.isPresent()) {
      throw new FailedCheckException(
          Reason.SIGNATURE_INVALID,
          "the signature does not hold by the key \"" + hinted.get().name() + "\" that it names");
    }
    throw new FailedCheckException(
        Reason.SIGNER_NOT_TRUSTED,
        "no trust root of the policy has the key that it is signed with"
            + bundle.keyHint().map(hint -> ", which it calls " + Quoted.of(hint)).orElse(""));
  }

  /**
   * Whether the envelope's signature holds by a key. Statements of the reference implementation's
   * version 0.2.0, and only those, may be signed as it did: over its own encoding, and with SHA-256
   * on every curve.
   */
  static boolean signatureHolds(
      PublicKey key, EcdsaAlgorithm algorithm, SignedBundle bundle, String predicateType) {
    byte[] statement = bundle.statement();
    return algorithm.verify(key, PreAuthenticationEncoding.of(statement), bundle.signature())
        || (predicateType.equals(PredicateTypes.MODEL_DIGESTS)
            && EcdsaAlgorithm.verifySha256(
                key, PreAuthenticationEncoding.ofVersion020(statement), bundle.signature()));
  }
}
