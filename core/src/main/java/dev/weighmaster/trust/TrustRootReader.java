package dev.weighmaster.trust;

import dev.sigstore.fulcio.client.FulcioVerifier;
import dev.sigstore.json.ProtoJson;
import dev.sigstore.proto.common.v1.TimeRange;
import dev.sigstore.proto.trustroot.v1.CertificateAuthority;
import dev.sigstore.proto.trustroot.v1.ClientTrustConfig;
import dev.sigstore.proto.trustroot.v1.TrustedRoot;
import dev.sigstore.timestamp.client.TimestampVerifier;
import dev.sigstore.trustroot.SigstoreConfigurationException;
import dev.sigstore.trustroot.SigstoreTrustedRoot;
import dev.sigstore.trustroot.TransparencyLog;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.trust.TrustRoot.CertificateRoot;
import dev.weighmaster.trust.TrustRoot.KeyRoot;
import dev.weighmaster.trust.TrustRoot.SigstoreRoot;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import java.util.function.Function;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.openssl.PEMParser;

/** Reads the files that hold trust roots. A message says what is wrong with the file's content. */
final class TrustRootReader {
  private TrustRootReader() {}

  static SigstoreRoot sigstore(String name, byte[] file) throws PolicyException {
    try {
      TrustedRoot read = trustedRoot(file);
      mustHaveStarts(read);
      SigstoreTrustedRoot root = SigstoreTrustedRoot.from(read);
      if (root.getCAs().isEmpty() || root.getTLogs().isEmpty() || root.getCTLogs().isEmpty()) {
        throw new PolicyException(
            "lacks certificateAuthorities, tlogs or ctlogs, without which nothing verifies");
      }
      FulcioVerifier.newFulcioVerifier(root);
      TimestampVerifier.newTimestampVerifier(root);
      for (TransparencyLog log : root.getTLogs()) {
        log.getPublicKey().toJavaPublicKey();
        // A checkpoint names its log by that.
        if (log.getBaseUrl().getHost() == null) {
          throw new PolicyException(
              "has a log whose baseUrl names no host: \"" + log.getBaseUrl() + "\"");
        }
      }
      return new SigstoreRoot(name, Sha256Hex.of(file), root);
    } catch (SigstoreConfigurationException
        | GeneralSecurityException
        | IOException
        | RuntimeException e) {
      throw new PolicyException("is not a Sigstore trusted root: " + e.getMessage());
    }
  }

  /** A trusted root, by itself or in a client's configuration (ClientTrustConfig). */
  private static TrustedRoot trustedRoot(byte[] file) throws IOException {
    String json = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(file)).toString();
    TrustedRoot.Builder root = TrustedRoot.newBuilder();
    ClientTrustConfig.Builder config = ClientTrustConfig.newBuilder();
    // Each passes over what the other one has; both have a media type.
    ProtoJson.parser().merge(json, config);
    if (config.hasTrustedRoot()) {
      return config.getTrustedRoot();
    }
    ProtoJson.parser().merge(json, root);
    return root.build();
  }

  /**
   * Every log's key and every authority says from when on it was in use (sigstore_trustroot.proto).
   * Left out, it would have been in use forever.
   */
  private static void mustHaveStarts(TrustedRoot root) throws PolicyException {
    mustHaveStarts("tlogs", root.getTlogsList(), log -> log.getPublicKey().getValidFor());
    mustHaveStarts("ctlogs", root.getCtlogsList(), log -> log.getPublicKey().getValidFor());
    mustHaveStarts(
        "certificateAuthorities",
        root.getCertificateAuthoritiesList(),
        CertificateAuthority::getValidFor);
    mustHaveStarts(
        "timestampAuthorities",
        root.getTimestampAuthoritiesList(),
        CertificateAuthority::getValidFor);
  }

  private static <T> void mustHaveStarts(
      String field, List<T> entries, Function<T, TimeRange> validFor) throws PolicyException {
    for (int i = 0; i < entries.size(); i++) {
      if (!validFor.apply(entries.get(i)).hasStart()) {
        throw new PolicyException(
            "does not say from when on %s[%d] was in use: its validFor.start is missing"
                .formatted(field, i));
      }
    }
  }

  static CertificateRoot certificates(String name, byte[] file, boolean nowCounts)
      throws PolicyException {
    List<X509Certificate> certificates = PemCertificates.read(file);
    for (X509Certificate certificate : certificates) {
      if (certificate.getBasicConstraints() < 0) {
        throw new PolicyException(
            "has a certificate that is not a certificate authority: "
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
        throw new PolicyException("is not a PEM public key (BEGIN PUBLIC KEY)");
      }
      algorithm =
          EcdsaAlgorithm.of(info.getAlgorithm())
              .orElseThrow(
                  () ->
                      new PolicyException(
                          "is not an ECDSA key on the curve P-256, P-384 or P-521"));
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
