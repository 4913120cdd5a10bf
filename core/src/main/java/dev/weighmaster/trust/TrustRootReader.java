package dev.weighmaster.trust;

import dev.sigstore.fulcio.client.FulcioVerifier;
import dev.sigstore.timestamp.client.TimestampVerifier;
import dev.sigstore.trustroot.SigstoreConfigurationException;
import dev.sigstore.trustroot.SigstoreTrustedRoot;
import dev.sigstore.trustroot.TransparencyLog;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.trust.TrustRoot.CertificateRoot;
import dev.weighmaster.trust.TrustRoot.KeyRoot;
import dev.weighmaster.trust.TrustRoot.SigstoreRoot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.openssl.PEMParser;

/** Reads the files that hold trust roots. A message says what is wrong with the file's content. */
final class TrustRootReader {
  private TrustRootReader() {}

  static SigstoreRoot sigstore(String name, byte[] file) throws PolicyException {
    try {
      SigstoreTrustedRoot root = SigstoreTrustedRoot.from(new ByteArrayInputStream(file));
      if (root.getCAs().isEmpty() || root.getTLogs().isEmpty() || root.getCTLogs().isEmpty()) {
        throw new PolicyException(
            "lacks certificateAuthorities, tlogs or ctlogs, without which nothing verifies");
      }
      FulcioVerifier.newFulcioVerifier(root);
      TimestampVerifier.newTimestampVerifier(root);
      for (TransparencyLog log : root.getTLogs()) {
        log.getPublicKey().toJavaPublicKey();
      }
      return new SigstoreRoot(name, Sha256Hex.of(file), root);
    } catch (SigstoreConfigurationException | GeneralSecurityException | RuntimeException e) {
      throw new PolicyException("is no Sigstore trusted root: " + e.getMessage());
    }
  }

  static CertificateRoot certificates(String name, byte[] file, boolean nowCounts)
      throws PolicyException {
    List<X509Certificate> certificates = PemCertificates.read(file);
    for (X509Certificate certificate : certificates) {
      if (certificate.getBasicConstraints() < 0) {
        throw new PolicyException(
            "has a certificate that is no certificate authority: "
                + certificate.getSubjectX500Principal());
      }
    }
    return new CertificateRoot(name, Sha256Hex.of(file), certificates, nowCounts);
  }

  static KeyRoot publicKey(String name, byte[] file) throws PolicyException {
    PublicKey key;
    EcdsaAlgorithm algorithm;
    try (var pem = new PEMParser(new StringReader(new String(file, StandardCharsets.UTF_8)))) {
      if (!(pem.readObject() instanceof SubjectPublicKeyInfo info)) {
        throw new PolicyException("is no public key in PEM (BEGIN PUBLIC KEY)");
      }
      algorithm =
          EcdsaAlgorithm.of(info.getAlgorithm())
              .orElseThrow(
                  () -> new PolicyException("is no ECDSA key on the curve P-256, P-384 or P-521"));
      // The JDK takes points that are not on the curve.
      PublicKeyFactory.createKey(info);
      key = KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(info.getEncoded()));
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new PolicyException("has a broken public key: " + e.getMessage());
    }
    return new KeyRoot(
        name,
        Sha256Hex.of(file),
        key,
        algorithm,
        KeyFingerprint.of(key),
        KeyFingerprint.ofPem(key));
  }
}
