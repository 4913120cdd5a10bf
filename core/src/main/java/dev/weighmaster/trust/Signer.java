package dev.weighmaster.trust;

import java.util.Optional;

/**
 * Who made a valid signature, under which trust root.
 *
 * @param root name of the trust root in the policy
 * @param identity the certificate's subject alternative name (sigstore), the certificate's subject
 *     in RFC 2253 form (certificate), or {@code sha256:} and the digest of the public key's DER
 *     SubjectPublicKeyInfo in lower-case hexadecimal (key)
 * @param issuer the OIDC issuer (sigstore), the certificate's issuer (certificate), or empty (key)
 * @param keySha256 of the signing key's DER SubjectPublicKeyInfo, lower-case hexadecimal
 */
public record Signer(
    SigningMethod method, String root, String identity, String issuer, String keySha256) {

  /** The issuer; empty for a key, which has none. */
  public Optional<String> statedIssuer() {
    return Optional.of(issuer).filter(stated -> !stated.isEmpty());
  }
}
