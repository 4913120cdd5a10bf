package dev.weighmaster.sign;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.signature.OwnRoot;
import dev.weighmaster.signature.PreAuthenticationEncoding;
import dev.weighmaster.trust.EcdsaAlgorithm;
import dev.weighmaster.trust.KeyFingerprint;
import dev.weighmaster.trust.PemCertificates;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.TrustPolicy;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;

/**
 * Makes bundles by a private key: the methods key and certificate of OMS 1.0, section 4.1.
 * Immutable and thread-safe.
 */
public final class KeySigner implements StatementSigner {
  private final PrivateKey privateKey;
  private final PublicKey publicKey;
  private final EcdsaAlgorithm algorithm;
  private final List<X509Certificate> certificates;

  private KeySigner(
      PrivateKey privateKey,
      PublicKey publicKey,
      EcdsaAlgorithm algorithm,
      List<X509Certificate> certificates) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
    this.algorithm = algorithm;
    this.certificates = List.copyOf(certificates);
  }

  /** A signer by a key in PEM that is not encrypted, see {@link #of(byte[], Optional)}. */
  public static KeySigner of(byte[] pem) throws InvalidKeyException {
    return of(pem, Optional.empty());
  }

  /**
   * A signer by a key in PEM, as PKCS#8 ({@code PRIVATE KEY} or {@code ENCRYPTED PRIVATE KEY}) or
   * SEC 1 ({@code EC PRIVATE KEY}).
   *
   * @param password of an encrypted key
   * @throws InvalidKeyException if there is none, if it is encrypted and the password is missing or
   *     wrong, or if it is not an ECDSA key on P-256, P-384 or P-521; neither key nor password is
   *     in the message
   */
  public static KeySigner of(byte[] pem, Optional<String> password) throws InvalidKeyException {
    try (var parser = new PEMParser(new StringReader(new String(pem, StandardCharsets.UTF_8)))) {
      Object block = parser.readObject();
      // OpenSSL writes the curve before a SEC 1 key.
      if (block instanceof ASN1ObjectIdentifier || block instanceof X9ECParameters) {
        block = parser.readObject();
      }
      if (block instanceof PEMKeyPair pair) {
        return of(pair.getPrivateKeyInfo());
      }
      if (block instanceof PrivateKeyInfo info) {
        return of(info);
      }
      if (block instanceof PKCS8EncryptedPrivateKeyInfo encrypted) {
        return of(decrypted(encrypted, password));
      }
      if (block instanceof PEMEncryptedKeyPair) {
        throw new InvalidKeyException(
            "the private key is encrypted in OpenSSL's old form; convert it: openssl pkcs8 -topk8");
      }
      throw new InvalidKeyException("there is no private key in PEM (BEGIN PRIVATE KEY)");
    } catch (IOException | RuntimeException e) {
      throw broken();
    }
  }

  /**
   * The same signer, but for the method certificate.
   *
   * @param chain the leaf, for this key, then the authorities that lead to a root
   * @throws InvalidKeyException if the leaf is for another key
   */
  public KeySigner withCertificates(List<X509Certificate> chain) throws InvalidKeyException {
    if (chain.isEmpty() || !chain.get(0).getPublicKey().equals(publicKey)) {
      throw new InvalidKeyException("the first certificate is not for the private key");
    }
    return new KeySigner(privateKey, publicKey, algorithm, chain);
  }

  /** The public key of the pair. */
  public PublicKey publicKey() {
    return publicKey;
  }

  /** The certificates of the method certificate, the leaf first; empty for the method key. */
  public List<X509Certificate> certificates() {
    return certificates;
  }

  @Override
  public byte[] sign(byte[] statement) {
    byte[] signature = algorithm.sign(privateKey, PreAuthenticationEncoding.of(statement));
    ObjectNode material = BundleJson.object();
    if (certificates.isEmpty()) {
      material.putObject("publicKey").put("hint", KeyFingerprint.ofPem(publicKey));
    } else {
      ArrayNode chain = material.putObject("x509CertificateChain").putArray("certificates");
      certificates.forEach(certificate -> chain.add(BundleJson.certificate(certificate)));
    }
    material.putArray("tlogEntries");
    return BundleJson.bundle(material, BundleJson.envelope(statement, signature));
  }

  @Override
  public TrustPolicy policy() {
    try {
      if (certificates.isEmpty()) {
        return OwnRoot.policy("public_key", ascii(KeyFingerprint.pem(publicKey)));
      }
      X509Certificate last = certificates.get(certificates.size() - 1);
      return last.getBasicConstraints() < 0
          ? TrustPolicy.none()
          : OwnRoot.policy("certificates", ascii(PemCertificates.pem(last)));
    } catch (PolicyException e) {
      throw new IllegalStateException("a policy that names a signer's own key is sound", e);
    }
  }

  private static KeySigner of(PrivateKeyInfo info) throws InvalidKeyException, IOException {
    EcdsaAlgorithm algorithm =
        EcdsaAlgorithm.of(info.getPrivateKeyAlgorithm())
            .orElseThrow(
                () ->
                    new InvalidKeyException(
                        "the private key is not an ECDSA key on the curve P-256, P-384 or P-521"));
    var parameters = (ECPrivateKeyParameters) PrivateKeyFactory.createKey(info);
    var point =
        new FixedPointCombMultiplier()
            .multiply(parameters.getParameters().getG(), parameters.getD());
    byte[] publicInfo =
        SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(
                new ECPublicKeyParameters(point, parameters.getParameters()))
            .getEncoded();
    try {
      KeyFactory factory = KeyFactory.getInstance("EC");
      return new KeySigner(
          factory.generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded())),
          factory.generatePublic(new X509EncodedKeySpec(publicInfo)),
          algorithm,
          List.of());
    } catch (GeneralSecurityException e) {
      throw broken();
    }
  }

  private static PrivateKeyInfo decrypted(
      PKCS8EncryptedPrivateKeyInfo encrypted, Optional<String> password)
      throws InvalidKeyException {
    char[] secret =
        password
            .orElseThrow(
                () ->
                    new InvalidKeyException(
                        "the private key is encrypted, and no password is given"))
            .toCharArray();
    try {
      return encrypted.decryptPrivateKeyInfo(
          new JceOpenSSLPKCS8DecryptorProviderBuilder()
              .setProvider(new BouncyCastleProvider())
              .build(secret));
    } catch (OperatorCreationException | PKCSException | RuntimeException e) {
      throw new InvalidKeyException("the password of the private key is wrong");
    }
  }

  /** Without what a parser said of it, which may quote the key. */
  private static InvalidKeyException broken() {
    return new InvalidKeyException(
        "the private key is broken, or in another form than PKCS#8 or SEC 1 in PEM");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
