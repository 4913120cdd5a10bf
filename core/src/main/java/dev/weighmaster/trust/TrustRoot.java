package dev.weighmaster.trust;

import dev.sigstore.trustroot.SigstoreTrustedRoot;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** What signatures are checked under. Values are immutable and thread-safe. */
public sealed interface TrustRoot {

  /** The root's name in the policy. */
  String name();

  /** SHA-256 of the file that the policy names, lower-case hexadecimal. */
  String fileSha256();

  /** A Sigstore instance: its certificate authorities, logs and timestamp authorities. */
  record SigstoreRoot(String name, String fileSha256, SigstoreTrustedRoot trustedRoot)
      implements TrustRoot {}

  /**
   * Certificate authorities.
   *
   * @param certificates at least one
   * @param nowCounts whether a certificate may be valid now, if nothing proves the time at which it
   *     was used
   */
  record CertificateRoot(
      String name, String fileSha256, List<X509Certificate> certificates, boolean nowCounts)
      implements TrustRoot {
    public CertificateRoot {
      certificates = List.copyOf(certificates);
    }
  }

  /**
   * One public key.
   *
   * @param fingerprint SHA-256 of the DER SubjectPublicKeyInfo, lower-case hexadecimal
   * @param pemFingerprint SHA-256 of the same in PEM with lines of 64 columns that end in LF, which
   *     is the hint that OMS's reference implementation writes; lower-case hexadecimal
   */
  record KeyRoot(
      String name,
      String fileSha256,
      PublicKey key,
      EcdsaAlgorithm algorithm,
      String fingerprint,
      String pemFingerprint)
      implements TrustRoot {}
}
