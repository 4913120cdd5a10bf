package dev.weighmaster.sign;

import dev.weighmaster.trust.TrustPolicy;

/** Something that signs statements, by one of the methods of OMS 1.0, section 4.1. */
public sealed interface StatementSigner permits KeySigner, SigstoreSigner {

  /**
   * Signs a statement.
   *
   * @return a Sigstore bundle v0.3 as JSON in UTF-8, that keeps the OMS 1.0 bundle schema; to be
   *     checked under {@link #policy} before anybody sees it
   * @throws SigningException if a service that has to take part does not
   */
  byte[] sign(byte[] statement) throws SigningException;

  /**
   * The trust roots by which the signer's own bundles hold; it grants nothing. It has none where a
   * certificate is signed by, and no authority above it is known.
   */
  TrustPolicy policy();
}
