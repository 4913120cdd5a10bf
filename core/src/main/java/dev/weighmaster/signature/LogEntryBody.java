package dev.weighmaster.signature;

import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/**
 * Whether a log entry belongs to an envelope: its digest, the one signature and the certificate or
 * public key, of Rekor's types {@code dsse} 0.0.1 and 0.0.2, {@code hashedrekord} 0.0.1 and 0.0.2,
 * which hash what the signature is made over, and the older {@code intoto} 0.0.1 and 0.0.2.
 */
final class LogEntryBody {
  private LogEntryBody() {}

  /**
   * Makes the check.
   *
   * @param verifier the signer's certificate, or public key as SubjectPublicKeyInfo, in DER
   */
  static void check(JsonFields entry, SignedBundle bundle, byte[] verifier)
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
        case "dsse 0.0.1" -> checkVersion1(spec, bundle, verifier);
        case "dsse 0.0.2" -> checkVersion2(spec.object("dsseV002"), bundle, verifier);
        case "hashedrekord 0.0.1" -> checkHashVersion1(spec, bundle, verifier);
        case "hashedrekord 0.0.2" ->
            checkHashVersion2(spec.object("hashedRekordV002"), bundle, verifier);
        case "intoto 0.0.1" -> checkIntotoVersion1(spec, bundle, verifier);
        case "intoto 0.0.2" -> checkIntotoVersion2(spec.object("content"), bundle, verifier);
        default ->
            throw mismatch(
                "is of the type " + Quoted.of(type) + ", expected dsse, hashedrekord or intoto");
      }
    } catch (MalformedJsonException e) {
      throw mismatch("is malformed: " + e.getMessage());
    }
  }

  private static void checkVersion1(JsonFields spec, SignedBundle bundle, byte[] verifier)
      throws FailedCheckException, MalformedJsonException {
    JsonFields signature = onlySignature(spec);
    check(
        isOf(spec.object("payloadHash"), bundle.statement()),
        Arrays.equals(signature.bytes("signature"), bundle.signature()),
        isSame(signature.bytes("verifier"), verifier));
  }

  private static void checkVersion2(JsonFields spec, SignedBundle bundle, byte[] verifier)
      throws FailedCheckException, MalformedJsonException {
    checkVersion2(
        isOfVersion2(spec.object("payloadHash"), bundle.statement()),
        onlySignature(spec),
        bundle,
        verifier);
  }

  private static void checkHashVersion1(JsonFields spec, SignedBundle bundle, byte[] verifier)
      throws FailedCheckException, MalformedJsonException {
    JsonFields signature = spec.object("signature");
    check(
        isOf(spec.object("data").object("hash"), PreAuthenticationEncoding.of(bundle.statement())),
        Arrays.equals(signature.bytes("content"), bundle.signature()),
        isSame(signature.object("publicKey").bytes("content"), verifier));
  }

  private static void checkHashVersion2(JsonFields spec, SignedBundle bundle, byte[] verifier)
      throws FailedCheckException, MalformedJsonException {
    checkVersion2(
        isOfVersion2(spec.object("data"), PreAuthenticationEncoding.of(bundle.statement())),
        spec.object("signature"),
        bundle,
        verifier);
  }

  private static void checkVersion2(
      boolean sameHash, JsonFields signature, SignedBundle bundle, byte[] verifier)
      throws FailedCheckException, MalformedJsonException {
    check(
        sameHash,
        Arrays.equals(signature.bytes("content"), bundle.signature()),
        Arrays.equals(
            signature.object("verifier").object(verifierField(bundle)).bytes("rawBytes"),
            verifier));
  }

  /** The entry has the signature only within the hash of the envelope, as its client wrote it. */
  private static void checkIntotoVersion1(JsonFields spec, SignedBundle bundle, byte[] verifier)
      throws FailedCheckException, MalformedJsonException {
    JsonFields content = spec.object("content");
    check(
        isOf(content.object("payloadHash"), bundle.statement()),
        isOf(content.object("hash"), envelopeOfGo(bundle)),
        isSame(spec.bytes("publicKey"), verifier));
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
  private static void checkIntotoVersion2(JsonFields content, SignedBundle bundle, byte[] verifier)
      throws FailedCheckException, MalformedJsonException {
    JsonFields signature = onlySignature(content.object("envelope"));
    check(
        isOf(content.object("payloadHash"), bundle.statement()),
        Arrays.equals(
            signature.bytes("sig"), base64(bundle.signature()).getBytes(StandardCharsets.US_ASCII)),
        isSame(signature.bytes("publicKey"), verifier));
  }

  /** Whether a hash in Rekor v1's form is that of some bytes. */
  private static boolean isOf(JsonFields hash, byte[] bytes)
      throws FailedCheckException, MalformedJsonException {
    byte[] digest =
        switch (hash.string("algorithm")) {
          case "sha256" -> digest("SHA-256", bytes);
          case "sha384" -> digest("SHA-384", bytes);
          case "sha512" -> digest("SHA-512", bytes);
          default -> throw mismatch("is by the hash " + Quoted.of(hash.string("algorithm")));
        };
    return hash.string("value").equals(HexFormat.of().formatHex(digest));
  }

  /** Whether a hash in Rekor v2's form is that of some bytes. */
  private static boolean isOfVersion2(JsonFields hash, byte[] bytes)
      throws FailedCheckException, MalformedJsonException {
    byte[] digest =
        switch (hash.string("algorithm")) {
          case "SHA2_256" -> digest("SHA-256", bytes);
          case "SHA2_384" -> digest("SHA-384", bytes);
          case "SHA2_512" -> digest("SHA-512", bytes);
          default -> throw mismatch("is by the hash " + Quoted.of(hash.string("algorithm")));
        };
    return Arrays.equals(hash.bytes("digest"), digest);
  }

  private static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
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

  private static String verifierField(SignedBundle bundle) {
    return switch (bundle.method()) {
      case KEY -> "publicKey";
      case CERTIFICATE, SIGSTORE -> "x509Certificate";
    };
  }

  private static void check(boolean sameHash, boolean sameSignature, boolean sameVerifier)
      throws FailedCheckException {
    if (!sameHash) {
      throw mismatch("is of another statement");
    }
    if (!sameSignature) {
      throw mismatch("is of another signature");
    }
    if (!sameVerifier) {
      throw mismatch("is of another certificate or key");
    }
  }

  /** Whether bytes, in PEM as Rekor v1 has them or in DER, are this certificate or key. */
  private static boolean isSame(byte[] bytes, byte[] verifier) {
    if (Arrays.equals(bytes, verifier)) {
      return true;
    }
    var text = new StringReader(new String(bytes, StandardCharsets.ISO_8859_1));
    try (var pem = new PemReader(text)) {
      PemObject block = pem.readPemObject();
      return block != null && Arrays.equals(block.getContent(), verifier);
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  private static FailedCheckException mismatch(String what) {
    return new FailedCheckException(Reason.LOG_PROOF_INVALID, "the log entry " + what);
  }
}
