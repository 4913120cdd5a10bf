package dev.weighmaster.sign;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sigstore.fulcio.client.CertificateRequest;
import dev.sigstore.fulcio.client.FulcioClientGrpc;
import dev.sigstore.fulcio.client.FulcioVerificationException;
import dev.sigstore.fulcio.client.FulcioVerifier;
import dev.sigstore.fulcio.client.UnsupportedAlgorithmException;
import dev.sigstore.http.HttpParams;
import dev.sigstore.trustroot.Service;
import dev.weighmaster.signature.PreAuthenticationEncoding;
import dev.weighmaster.trust.EcdsaAlgorithm;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertPath;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Optional;

/**
 * Makes bundles by an identity: the method sigstore of OMS 1.0, section 4.1. Each statement is
 * signed by a new key, which is thrown away, and which Fulcio certifies to be the identity's.
 * Immutable and thread-safe.
 *
 * <p>sigstore-java's {@code KeylessSigner} signs no statements with Rekor v1, and takes a payload's
 * length in UTF-16 characters where DSSE takes it in bytes; so its clients are put together here.
 */
public final class SigstoreSigner implements StatementSigner {
  private static final EcdsaAlgorithm ALGORITHM = EcdsaAlgorithm.P256;

  private final SigstoreInstance instance;
  private final IdentitySource identity;

  /**
   * A signer by an instance.
   *
   * @param identity asked once a statement, when it is to be signed
   */
  public SigstoreSigner(SigstoreInstance instance, IdentitySource identity) {
    this.instance = instance;
    this.identity = identity;
  }

  /**
   * {@inheritDoc}
   *
   * <p>In this order: a certificate from Fulcio, which must hold under the instance's trusted root
   * before anything is published; a timestamp, where the instance has an authority (always with
   * Rekor v2, whose entries bear no time); an entry in the transparency log, for good and for all
   * to see.
   */
  @Override
  public byte[] sign(byte[] statement) throws SigningException {
    Service log = instance.transparencyLog();
    Optional<Service> authority = instance.timestampAuthority();
    if (log.getApiVersion() > 1 && authority.isEmpty()) {
      throw new SigningException(
          "the signing configuration names no timestamp authority in use now, which Rekor v2 needs");
    }
    KeyPair key = newKey();
    X509Certificate leaf = certificate(key, identity.token());
    byte[] signature = ALGORITHM.sign(key.getPrivate(), PreAuthenticationEncoding.of(statement));
    ObjectNode material = BundleJson.object();
    material.set("certificate", BundleJson.certificate(leaf));
    if (authority.isPresent()) {
      byte[] timestamp = TimestampClient.stamp(authority.get(), signature);
      material
          .putObject("timestampVerificationData")
          .putArray("rfc3161Timestamps")
          .addObject()
          .put("signedTimestamp", BundleJson.base64(timestamp));
    }
    material
        .putArray("tlogEntries")
        .add(TransparencyLogClient.add(log, statement, signature, leaf));
    return BundleJson.bundle(material, BundleJson.envelope(statement, signature));
  }

  @Override
  public TrustPolicy policy() {
    return instance.policy();
  }

  private X509Certificate certificate(KeyPair key, IdentityToken token) throws SigningException {
    token.mustBeValid(Instant.now());
    Service fulcio = instance.certificateAuthority();
    CertPath path = request(fulcio, key, token);
    try {
      FulcioVerifier verifier = FulcioVerifier.newFulcioVerifier(instance.root().trustedRoot());
      verifier.verifySigningCertificate(verifier.trimTrustedParent(path));
    } catch (FulcioVerificationException
        | GeneralSecurityException
        | IOException
        | RuntimeException e) {
      throw new SigningException(
          at(fulcio)
              + " gave a certificate that does not hold under the trusted root: "
              + token.redact(String.valueOf(e.getMessage())));
    }
    var leaf = (X509Certificate) path.getCertificates().get(0);
    if (!leaf.getPublicKey().equals(key.getPublic())) {
      throw new SigningException(at(fulcio) + " gave a certificate of another key");
    }
    return leaf;
  }

  private static CertPath request(Service fulcio, KeyPair key, IdentityToken token)
      throws SigningException {
    boolean plain = "http".equals(fulcio.getUrl().getScheme());
    if (plain && !isLoopback(fulcio.getUrl())) {
      throw new SigningException(
          at(fulcio) + " would get the identity token unencrypted; it must be at https");
    }
    byte[] proof =
        ALGORITHM.sign(key.getPrivate(), token.subject().getBytes(StandardCharsets.UTF_8));
    try {
      return FulcioClientGrpc.builder()
          .setService(fulcio)
          .setHttpParams(HttpParams.builder().allowInsecureConnections(plain).build())
          .build()
          .signingCertificate(
              CertificateRequest.newCertificateRequest(key.getPublic(), token.text(), proof));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SigningException("interrupted while waiting for " + at(fulcio));
    } catch (UnsupportedAlgorithmException | CertificateException | RuntimeException e) {
      // gRPC goes on with the channel's state.
      String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new SigningException(
          said.startsWith("UNAVAILABLE")
              ? at(fulcio) + " can't be reached"
              : at(fulcio) + " gave no certificate: " + token.redact(said));
    }
  }

  private static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no curve P-256", e);
    }
  }

  private static boolean isLoopback(URI uri) {
    try {
      return uri.getHost() != null && InetAddress.getByName(uri.getHost()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static String at(Service fulcio) {
    return "Fulcio at " + Quoted.line(fulcio.getUrl().toString());
  }
}
