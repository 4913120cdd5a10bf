package dev.weighmaster.sign;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Whether a log entry speaks of an envelope: the payload's digest, the one signature and the
 * certificate, of Rekor's types {@code dsse} 0.0.1 and 0.0.2.
 */
final class LogEntryBody {
  private LogEntryBody() {}

  static void check(JsonFields entry, SignedBundle bundle, X509Certificate leaf)
      throws FailedCheckException {
    try {
      JsonFields body = JsonFields.parse(entry.bytes("canonicalizedBody"));
      String type = body.string("kind") + " " + body.string("apiVersion");
      JsonFields said = entry.object("kindVersion");
      if (!type.equals(said.string("kind") + " " + said.string("version"))) {
        throw mismatch("is of the type " + Quoted.of(type) + ", but says of itself another");
      }
      JsonFields spec = body.object("spec");
      switch (type) {
        case "dsse 0.0.1" -> checkVersion1(spec, bundle, leaf);
        case "dsse 0.0.2" -> checkVersion2(spec.object("dsseV002"), bundle, leaf);
        case "intoto 0.0.1", "intoto 0.0.2" ->
            throw new FailedCheckException(
                Reason.UNSUPPORTED, "the log entry is of the old type " + type);
        default -> throw mismatch("is of the type " + Quoted.of(type) + ", expected dsse");
      }
    } catch (MalformedJsonException e) {
      throw mismatch("is malformed: " + e.getMessage());
    }
  }

  private static void checkVersion1(JsonFields spec, SignedBundle bundle, X509Certificate leaf)
      throws FailedCheckException, MalformedJsonException {
    JsonFields hash = spec.object("payloadHash");
    boolean sameHash =
        hash.string("algorithm").equals("sha256")
            && hash.string("value").equals(Sha256Hex.of(bundle.statement()));
    JsonFields signature = onlySignature(spec);
    check(
        sameHash,
        Arrays.equals(signature.bytes("signature"), bundle.signature()),
        isCertificate(signature.bytes("verifier"), leaf));
  }

  private static void checkVersion2(JsonFields spec, SignedBundle bundle, X509Certificate leaf)
      throws FailedCheckException, MalformedJsonException {
    JsonFields hash = spec.object("payloadHash");
    boolean sameHash =
        hash.string("algorithm").equals("SHA2_256")
            && HexFormat.of()
                .formatHex(hash.bytes("digest"))
                .equals(Sha256Hex.of(bundle.statement()));
    JsonFields signature = onlySignature(spec);
    check(
        sameHash,
        Arrays.equals(signature.bytes("content"), bundle.signature()),
        isCertificate(
            signature.object("verifier").object("x509Certificate").bytes("rawBytes"), leaf));
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
