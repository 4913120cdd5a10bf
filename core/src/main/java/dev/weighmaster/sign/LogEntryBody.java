package dev.weighmaster.sign;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Whether a log entry speaks of an envelope: its digest, the one signature and the certificate, of
 * Rekor's types {@code dsse} 0.0.1 and 0.0.2, {@code hashedrekord} 0.0.1 and 0.0.2, which hash what
 * the signature is made over, and the older {@code intoto} 0.0.1 and 0.0.2.
 */
final class LogEntryBody {
  private LogEntryBody() {}

  static void check(JsonFields entry, SignedBundle bundle, X509Certificate leaf)
      throws FailedCheckException {
    try {
      JsonFields body = JsonFields.parse(entry.bytes("canonicalizedBody"));
      String type = body.string("kind") + " " + body.string("apiVersion");
      JsonFields kind = entry.object("kindVersion");
      if (!type.equals(kind.string("kind") + " " + kind.string("version"))) {
        throw mismatch("is of the type " + Quoted.of(type) + ", not of the one that it names");
      }
      JsonFields spec = body.object("spec");
      switch (type) {
        case "dsse 0.0.1" -> checkVersion1(spec, bundle, leaf);
        case "dsse 0.0.2" -> checkVersion2(spec.object("dsseV002"), bundle, leaf);
        case "hashedrekord 0.0.1" -> checkHashVersion1(spec, bundle, leaf);
        case "hashedrekord 0.0.2" ->
            checkHashVersion2(spec.object("hashedRekordV002"), bundle, leaf);
        case "intoto 0.0.1" -> checkIntotoVersion1(spec, bundle, leaf);
        case "intoto 0.0.2" -> checkIntotoVersion2(spec.object("content"), bundle, leaf);
        default ->
            throw mismatch(
                "is of the type " + Quoted.of(type) + ", expected dsse, hashedrekord or intoto");
      }
    } catch (MalformedJsonException e) {
      throw mismatch("is malformed: " + e.getMessage());
    }
  }

  private static void checkVersion1(JsonFields spec, SignedBundle bundle, X509Certificate leaf)
      throws FailedCheckException, MalformedJsonException {
    JsonFields signature = onlySignature(spec);
    check(
        isOf(spec.object("payloadHash"), bundle.statement()),
        Arrays.equals(signature.bytes("signature"), bundle.signature()),
        isCertificate(signature.bytes("verifier"), leaf));
  }

  private static void checkVersion2(JsonFields spec, SignedBundle bundle, X509Certificate leaf)
      throws FailedCheckException, MalformedJsonException {
    checkVersion2(
        isOfVersion2(spec.object("payloadHash"), bundle.statement()),
        onlySignature(spec),
        bundle,
        leaf);
  }

  private static void checkHashVersion1(JsonFields spec, SignedBundle bundle, X509Certificate leaf)
      throws FailedCheckException, MalformedJsonException {
    JsonFields signature = spec.object("signature");
    check(
        isOf(spec.object("data").object("hash"), PreAuthenticationEncoding.of(bundle.statement())),
        Arrays.equals(signature.bytes("content"), bundle.signature()),
        isCertificate(signature.object("publicKey").bytes("content"), leaf));
  }

  private static void checkHashVersion2(JsonFields spec, SignedBundle bundle, X509Certificate leaf)
      throws FailedCheckException, MalformedJsonException {
    checkVersion2(
        isOfVersion2(spec.object("data"), PreAuthenticationEncoding.of(bundle.statement())),
        spec.object("signature"),
        bundle,
        leaf);
  }

  private static void checkVersion2(
      boolean sameHash, JsonFields signature, SignedBundle bundle, X509Certificate leaf)
      throws FailedCheckException, MalformedJsonException {
    check(
        sameHash,
        Arrays.equals(signature.bytes("content"), bundle.signature()),
        isCertificate(
            signature.object("verifier").object("x509Certificate").bytes("rawBytes"), leaf));
  }

  /** The entry has the signature only within the hash of the envelope, as its client wrote it. */
  private static void checkIntotoVersion1(
      JsonFields spec, SignedBundle bundle, X509Certificate leaf)
      throws FailedCheckException, MalformedJsonException {
    JsonFields content = spec.object("content");
    check(
        isOf(content.object("payloadHash"), bundle.statement()),
        isOf(content.object("hash"), envelopeOfGo(bundle)),
        isCertificate(spec.bytes("publicKey"), leaf));
  }

  /** The envelope as the clients in Go write it, the ones that made entries of this version. */
  private static byte[] envelopeOfGo(SignedBundle bundle) {
    return """
        {"payloadType":"%s","payload":"%s","signatures":[{"keyid":"","sig":"%s"}]}"""
        .formatted(
            PreAuthenticationEncoding.PAYLOAD_TYPE,
            base64(bundle.statement()),
            base64(bundle.signature()))
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** The signature is in Base64 twice; the hash of the envelope is not one that Rekor checks. */
  private static void checkIntotoVersion2(
      JsonFields content, SignedBundle bundle, X509Certificate leaf)
      throws FailedCheckException, MalformedJsonException {
    JsonFields signature = onlySignature(content.object("envelope"));
    check(
        isOf(content.object("payloadHash"), bundle.statement()),
        Arrays.equals(
            signature.bytes("sig"), base64(bundle.signature()).getBytes(StandardCharsets.US_ASCII)),
        isCertificate(signature.bytes("publicKey"), leaf));
  }

  /** Whether a hash in Rekor v1's form is that of some bytes. */
  private static boolean isOf(JsonFields hash, byte[] bytes) throws MalformedJsonException {
    return isHash(hash.string("algorithm"), hash.string("value"), bytes);
  }

  /** Whether a hash in Rekor v2's form is that of some bytes. */
  private static boolean isOfVersion2(JsonFields hash, byte[] bytes) throws MalformedJsonException {
    return isHash(hash.string("algorithm"), HexFormat.of().formatHex(hash.bytes("digest")), bytes);
  }

  /** Rekor hashes a payload by SHA-256, and what is signed by the hash of the key's curve. */
  private static boolean isHash(String algorithm, String value, byte[] bytes) {
    return switch (algorithm) {
      case "sha256", "SHA2_256" -> value.equals(Sha256Hex.of(bytes));
      case "sha384", "SHA2_384" -> value.equals(hash("SHA-384", bytes));
      case "sha512", "SHA2_512" -> value.equals(hash("SHA-512", bytes));
      default -> false;
    };
  }

  private static String hash(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform lacks " + algorithm, e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static JsonFields onlySignature(JsonFields spec)
      throws FailedCheckException, MalformedJsonException {
    List<JsonFields> signatures = spec.objects("signatures");
    if (signatures.size() != 1) {
      throw mismatch("has " + signatures.size() + " signatures, expected one");
    }
    return signatures.get(0);
  }

  private static void check(boolean sameHash, boolean sameSignature, boolean sameCertificate)
      throws FailedCheckException {
    if (!sameHash) {
      throw mismatch("is of another statement");
    }
    if (!sameSignature) {
      throw mismatch("is of another signature");
    }
    if (!sameCertificate) {
      throw mismatch("is of another certificate");
    }
  }

  /** Whether bytes are a certificate, in DER or PEM. */
  private static boolean isCertificate(byte[] bytes, X509Certificate leaf) {
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(bytes))
          .equals(leaf);
    } catch (CertificateException | RuntimeException e) {
      return false;
    }
  }

  private static FailedCheckException mismatch(String what) {
    return new FailedCheckException(Reason.LOG_PROOF_INVALID, "the log entry " + what);
  }
}
