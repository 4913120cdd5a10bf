package dev.weighmaster.signature;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.verdict.Quoted;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A Sigstore bundle around a DSSE envelope: read, with nothing in it believed yet. Fields that
 * sigstore_bundle.proto does not have are passed over.
 */
public final class SignedBundle {
  /** Of bundles of the version that is written today. */
  public static final String MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

  /** Before version 0.3 a keyless bundle carried a chain, as the method certificate does. */
  private static final Set<String> OLDER_MEDIA_TYPES =
      Set.of(
          "application/vnd.dev.sigstore.bundle+json;version=0.1",
          "application/vnd.dev.sigstore.bundle+json;version=0.2");

  private static final Set<String> MEDIA_TYPES =
      Set.of(MEDIA_TYPE, "application/vnd.dev.sigstore.bundle+json;version=0.3");

  private static final int MAX_CERTIFICATES = 10;
  private static final int MAX_TIMESTAMPS = 10;
  private static final int MAX_LOG_ENTRIES = 10;

  /** Of a certificate, signature or timestamp; real ones have a few KiB. */
  private static final int MAX_DER_BYTES = 64 << 10;

  private final SigningMethod method;
  private final boolean olderChain;
  private final List<X509Certificate> certificates;
  private final Optional<String> keyHint;
  private final List<JsonFields> logEntries;
  private final List<byte[]> timestamps;
  private final byte[] statement;
  private final byte[] signature;

  private SignedBundle(
      SigningMethod method,
      boolean olderChain,
      JsonFields material,
      List<X509Certificate> certificates,
      byte[] statement,
      byte[] signature)
      throws MalformedJsonException {
    this.method = method;
    this.olderChain = olderChain;
    this.certificates = certificates;
    this.keyHint = keyHint(material);
    this.logEntries = material.objects("tlogEntries");
    this.timestamps = timestamps(material);
    this.statement = statement;
    this.signature = signature;
    if (logEntries.size() > MAX_LOG_ENTRIES) {
      throw material.malformed("tlogEntries", "has more than " + MAX_LOG_ENTRIES + " entries");
    }
    if (method == SigningMethod.SIGSTORE && logEntries.isEmpty()) {
      throw material.malformed("tlogEntries", "has no entry, expected one at least");
    }
  }

  static SignedBundle read(JsonFields bundle) throws MalformedJsonException {
    String mediaType = bundle.string("mediaType");
    boolean older = OLDER_MEDIA_TYPES.contains(mediaType);
    if (!older && !MEDIA_TYPES.contains(mediaType)) {
      throw bundle.malformed(
          "mediaType", "is " + Quoted.of(mediaType) + ", expected a Sigstore bundle's");
    }
    JsonFields material = bundle.object("verificationMaterial");
    if (bundle.has("messageSignature")) {
      throw bundle.malformed("messageSignature", "signs a digest, not a statement");
    }
    JsonFields envelope = bundle.object("dsseEnvelope");
    String payloadType = envelope.string("payloadType");
    if (!payloadType.equals(PreAuthenticationEncoding.PAYLOAD_TYPE)) {
      throw envelope.malformed(
          "payloadType",
          "is " + Quoted.of(payloadType) + ", expected " + PreAuthenticationEncoding.PAYLOAD_TYPE);
    }
    List<JsonFields> signatures = envelope.objects("signatures");
    if (signatures.size() != 1) {
      throw envelope.malformed("signatures", "has " + signatures.size() + " entries, expected one");
    }
    List<X509Certificate> certificates = certificates(material);
    boolean keyless = material.has("certificate") || (older && hasLogEntries(material));
    SigningMethod method =
        certificates.isEmpty()
            ? SigningMethod.KEY
            : keyless ? SigningMethod.SIGSTORE : SigningMethod.CERTIFICATE;
    return new SignedBundle(
        method,
        older && material.has("x509CertificateChain"),
        material,
        certificates,
        envelope.bytes("payload"),
        der(signatures.get(0), "sig"));
  }

  SigningMethod method() {
    return method;
  }

  /** Whether the bundle does not tell the methods sigstore and certificate apart. */
  boolean isOlderChain() {
    return olderChain;
  }

  /** The leaf first; empty exactly for the method key. */
  List<X509Certificate> certificates() {
    return certificates;
  }

  /** A name of the public key that the signer used. */
  Optional<String> keyHint() {
    return keyHint;
  }

  /** One at least for the method sigstore. */
  List<JsonFields> logEntries() {
    return logEntries;
  }

  /** RFC 3161 responses. */
  List<byte[]> timestamps() {
    return timestamps;
  }

  /** The envelope's payload. */
  byte[] statement() {
    return statement;
  }

  byte[] signature() {
    return signature;
  }

  private static byte[] der(JsonFields fields, String name) throws MalformedJsonException {
    byte[] der = fields.bytes(name);
    if (der.length > MAX_DER_BYTES) {
      throw fields.malformed(name, "has more than " + MAX_DER_BYTES + " bytes");
    }
    return der;
  }

  private static boolean hasLogEntries(JsonFields material) throws MalformedJsonException {
    return !material.objects("tlogEntries").isEmpty();
  }

  private static List<X509Certificate> certificates(JsonFields material)
      throws MalformedJsonException {
    long kinds =
        Stream.of("certificate", "x509CertificateChain", "publicKey").filter(material::has).count();
    if (kinds != 1) {
      throw new MalformedJsonException(
          "verificationMaterial has "
              + kinds
              + " of certificate, x509CertificateChain and publicKey, expected one");
    }
    if (material.has("publicKey")) {
      return List.of();
    }
    if (material.has("certificate")) {
      return List.of(certificate(material.object("certificate")));
    }
    JsonFields chain = material.object("x509CertificateChain");
    List<JsonFields> items = chain.objects("certificates");
    if (items.isEmpty() || items.size() > MAX_CERTIFICATES) {
      throw chain.malformed(
          "certificates", "has " + items.size() + " entries, expected 1 to " + MAX_CERTIFICATES);
    }
    var certificates = new ArrayList<X509Certificate>();
    for (JsonFields item : items) {
      certificates.add(certificate(item));
    }
    return List.copyOf(certificates);
  }

  private static X509Certificate certificate(JsonFields item) throws MalformedJsonException {
    byte[] der = der(item, "rawBytes");
    try {
      var certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der));
      if (Arrays.equals(certificate.getEncoded(), der)) {
        return certificate;
      }
    } catch (CertificateException | RuntimeException e) {
      throw item.malformed("rawBytes", "is not an X.509 certificate: " + reason(e));
    }
    throw item.malformed("rawBytes", "is not exactly one X.509 certificate in DER");
  }

  private static String reason(Exception e) {
    return Quoted.line(String.valueOf(e.getMessage()));
  }

  /** OMS 1.0, section 11.2: older bundles carry the key itself instead of a hint. */
  private static Optional<String> keyHint(JsonFields material) throws MalformedJsonException {
    if (!material.has("publicKey")) {
      return Optional.empty();
    }
    JsonFields key = material.object("publicKey");
    return key.has("rawBytes")
        ? Optional.of(Sha256Hex.of(key.bytes("rawBytes")))
        : key.optionalString("hint").filter(hint -> !hint.isEmpty());
  }

  private static List<byte[]> timestamps(JsonFields material) throws MalformedJsonException {
    Optional<JsonFields> data = material.optionalObject("timestampVerificationData");
    if (data.isEmpty()) {
      return List.of();
    }
    var timestamps = new ArrayList<byte[]>();
    for (JsonFields timestamp : data.get().objects("rfc3161Timestamps")) {
      timestamps.add(der(timestamp, "signedTimestamp"));
    }
    if (timestamps.size() > MAX_TIMESTAMPS) {
      throw data.get()
          .malformed("rfc3161Timestamps", "has more than " + MAX_TIMESTAMPS + " entries");
    }
    return List.copyOf(timestamps);
  }
}
