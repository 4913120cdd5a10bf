package dev.weighmaster.sign;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.trust.EcdsaAlgorithm;
import dev.weighmaster.trust.KeyFingerprint;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/**
 * Makes bundles by a private key: the methods key and certificate of OMS 1.0, section 4.1.
 * Immutable and thread-safe.
 */
public final class KeySigner {
  private static final JsonMapper JSON = new JsonMapper();

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

  /**
   * A signer by a key in PEM, as PKCS#8 ({@code PRIVATE KEY}) or SEC 1 ({@code EC PRIVATE KEY}).
   *
   * @throws InvalidKeyException if there is none, if it is encrypted, or if it is no ECDSA key on
   *     P-256, P-384 or P-521
   */
  public static KeySigner of(byte[] pem) throws InvalidKeyException {
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
      if (block instanceof PKCS8EncryptedPrivateKeyInfo || block instanceof PEMEncryptedKeyPair) {
        throw new InvalidKeyException("the private key is encrypted, decrypt it first");
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

  /**
   * Signs a statement.
   *
   * @return a Sigstore bundle v0.3 as JSON in UTF-8, that keeps the OMS 1.0 bundle schema
   */
  public byte[] sign(byte[] statement) {
    byte[] signature = algorithm.sign(privateKey, PreAuthenticationEncoding.of(statement));
    ObjectNode bundle = JSON.createObjectNode();
    bundle.put("mediaType", SignedBundle.MEDIA_TYPE);
    ObjectNode material = bundle.putObject("verificationMaterial");
    if (certificates.isEmpty()) {
      material.putObject("publicKey").put("hint", KeyFingerprint.ofPem(publicKey));
    } else {
      ArrayNode chain = material.putObject("x509CertificateChain").putArray("certificates");
      for (X509Certificate certificate : certificates) {
        chain.addObject().put("rawBytes", base64(der(certificate)));
      }
    }
    material.putArray("tlogEntries");
    ObjectNode envelope = bundle.putObject("dsseEnvelope");
    envelope.put("payload", base64(statement));
    envelope.put("payloadType", PreAuthenticationEncoding.PAYLOAD_TYPE);
    envelope.putArray("signatures").addObject().put("sig", base64(signature)).put("keyid", "");
    try {
      return JSON.writeValueAsBytes(bundle);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings is always JSON", e);
    }
  }

  private static KeySigner of(PrivateKeyInfo info) throws InvalidKeyException, IOException {
    EcdsaAlgorithm algorithm =
        EcdsaAlgorithm.of(info.getPrivateKeyAlgorithm())
            .orElseThrow(
                () ->
                    new InvalidKeyException(
                        "the private key is no ECDSA key on the curve P-256, P-384 or P-521"));
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

  /** Without what a parser said of it, which may quote the key. */
  private static InvalidKeyException broken() {
    return new InvalidKeyException(
        "the private key is broken, or in another form than PKCS#8 or SEC 1 in PEM");
  }

  private static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a parsed certificate has its encoding", e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
