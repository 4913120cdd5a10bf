package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;

/**
 * A whole Sigstore instance in memory: certificate authority, certificate log, transparency logs
 * (Rekor v1 with {@code dsse} 0.0.1 or {@code intoto} 0.0.2 entries, Rekor v2 with {@code
 * hashedrekord} or {@code dsse} 0.0.2) and timestamp authority. Its bundles (DSSE, v0.3) verify
 * against its {@link #trustedRoot()} without a network, and each can be made with one {@link Flaw}.
 * Thread safe.
 */
public final class LocalSigstore {
  /** How long a signing certificate is valid, from the instance's time on. */
  public static final Duration CERTIFICATE_LIFETIME = Duration.ofMinutes(10);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ORGANIZATION = "sigstore.example";
  private static final String LOG_HOST = "rekor.sigstore.example";
  private static final String SECOND_LOG_HOST = "log2026-1.rekor.sigstore.example";
  private static final String MEDIA_TYPE_02 =
      "application/vnd.dev.sigstore.bundle+json;version=0.2";
  private static final String MEDIA_TYPE_03 = "application/vnd.dev.sigstore.bundle.v0.3+json";
  private static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  /** Rekor numbers entries across all its trees: an entry's index isn't the one in its tree. */
  private static final long FIRST_INDEX_OF_TREE = 1_000;

  private static final ASN1ObjectIdentifier FULCIO =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.57264.1");

  private final Instant now;
  private final Parties honest;
  private final Parties impostors;

  private record Parties(
      LocalAuthority authority,
      LocalCertificateLog certificateLog,
      LocalTransparencyLog log,
      LocalTransparencyLog secondLog,
      LocalTimestampAuthority timestamps) {
    static Parties create(Instant from, LocalKey secondLogKey, String port) {
      Instant until = from.plus(Duration.ofDays(3650));
      return new Parties(
          LocalAuthority.root("CN=root,O=" + ORGANIZATION, from, until)
              .intermediate("CN=intermediate,O=" + ORGANIZATION),
          new LocalCertificateLog(LocalKey.generate()),
          LocalTransparencyLog.version1(LocalKey.generate(), LOG_HOST + port),
          LocalTransparencyLog.version2(secondLogKey, SECOND_LOG_HOST + port),
          new LocalTimestampAuthority(ORGANIZATION, from, until));
    }
  }

  private LocalSigstore(Instant now, LocalKey secondLogKey, String port) {
    this.now = now;
    this.honest = Parties.create(start(), secondLogKey, port);
    this.impostors = Parties.create(start(), LocalKey.ed25519(), port);
  }

  /** An instance where it is always {@code now}, cut to the second. */
  public static LocalSigstore create(Instant now) {
    return create(now, LocalKey.ed25519());
  }

  /** An instance whose log of Rekor v2 signs by a key. */
  static LocalSigstore create(Instant now, LocalKey secondLogKey) {
    return new LocalSigstore(now.truncatedTo(ChronoUnit.SECONDS), secondLogKey, "");
  }

  /** An instance whose logs call themselves by host and port, such as {@code :3000}. */
  static LocalSigstore withLogsAt(Instant now, String port) {
    return new LocalSigstore(now.truncatedTo(ChronoUnit.SECONDS), LocalKey.ed25519(), port);
  }

  /** The {@code trusted_root.json} that names every party. */
  public byte[] trustedRoot() {
    ObjectNode root = JSON.createObjectNode();
    root.put("mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1");
    root.putArray("tlogs").add(logInstance(honest.log)).add(logInstance(honest.secondLog));
    root.putArray("certificateAuthorities")
        .add(authority("fulcio", "root", honest.authority.chain()));
    root.putArray("ctlogs")
        .add(
            logInstance(
                "https://ctfe." + ORGANIZATION,
                honest.certificateLog.key(),
                honest.certificateLog.key().id()));
    root.putArray("timestampAuthorities")
        .add(authority("timestamp", "tsa-root", honest.timestamps.chain()));
    return bytes(root);
  }

  /** The certificate authority's certificates, the issuing one's first. */
  public List<X509Certificate> authorities() {
    return honest.authority.chain();
  }

  /** Answers a DER TimeStampReq. */
  public byte[] timestamp(byte[] request) {
    return honest.timestamps.answer(request, now.plusSeconds(1));
  }

  /**
   * An honest bundle over {@code statement}, with a timestamp.
   *
   * @param identity an email address or, where it has {@code ://}, a URI
   */
  public byte[] sign(byte[] statement, String identity, String issuer) {
    return bundle(statement, identity, issuer).build();
  }

  /**
   * Adds an entry of the log to a bundle by a key or by another authority's certificate.
   *
   * @param verifier the certificate or public key, in PEM
   */
  byte[] logged(byte[] bundle, byte[] verifier, Flaw... flaws) {
    try {
      ObjectNode json = (ObjectNode) JSON.readTree(bundle);
      JsonNode envelope = json.get("dsseEnvelope");
      byte[] payload = envelope.get("payload").binaryValue();
      BundleBuilder builder = bundle(payload, "", "");
      List.of(flaws).forEach(builder::with);
      byte[] body =
          builder.logBody(
              bytes(envelope),
              builder.has(Flaw.LOG_ENTRY_OF_ANOTHER_PAYLOAD) ? another(payload) : payload,
              envelope.at("/signatures/0/sig").binaryValue(),
              verifier);
      ((ObjectNode) json.get("verificationMaterial"))
          .putArray("tlogEntries")
          .add(builder.logEntry(builder.log(builder.by(Flaw.LOG_ENTRY_IN_ANOTHER_LOG)), body));
      return bytes(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds a timestamp to such a bundle. */
  byte[] stamped(byte[] bundle, Flaw... flaws) {
    try {
      ObjectNode json = (ObjectNode) JSON.readTree(bundle);
      BundleBuilder builder = bundle(new byte[0], "", "");
      List.of(flaws).forEach(builder::with);
      byte[] token =
          builder
              .by(Flaw.TIMESTAMP_BY_ANOTHER_AUTHORITY)
              .timestamps
              .stamp(
                  json.at("/dsseEnvelope/signatures/0/sig").binaryValue(),
                  builder.timeUnless(Flaw.TIMESTAMP_AFTER_EXPIRY));
      ((ObjectNode) json.get("verificationMaterial"))
          .putObject("timestampVerificationData")
          .putArray("rfc3161Timestamps")
          .addObject()
          .put("signedTimestamp", token);
      return bytes(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public BundleBuilder bundle(byte[] statement, String identity, String issuer) {
    return new BundleBuilder(statement, identity, issuer);
  }

  /** What a log entry of an envelope is. */
  private enum EntryType {
    DSSE_1("dsse", "0.0.1"),
    DSSE_2("dsse", "0.0.2"),
    HASHEDREKORD_2("hashedrekord", "0.0.2"),
    INTOTO_2("intoto", "0.0.2");

    private final String kind;
    private final String version;

    EntryType(String kind, String version) {
      this.kind = kind;
      this.version = version;
    }

    boolean isOfVersion2() {
      return this == DSSE_2 || this == HASHEDREKORD_2;
    }
  }

  /** A bundle to be: honest unless told otherwise. */
  public final class BundleBuilder {
    private final byte[] statement;
    private final String identity;
    private final String issuer;
    private final Set<Flaw> flaws = EnumSet.noneOf(Flaw.class);
    private boolean timestamped = true;
    private boolean promised = true;
    private boolean chained;
    private EntryType entryType = EntryType.DSSE_1;
    private boolean witnessed;
    private boolean inBothLogs;
    private boolean inAnUnknownLogToo;

    private BundleBuilder(byte[] statement, String identity, String issuer) {
      this.statement = statement.clone();
      this.identity = identity;
      this.issuer = issuer;
    }

    public BundleBuilder with(Flaw flaw) {
      flaws.add(flaw);
      return this;
    }

    /** Leaves the log's signed entry timestamp as the only one that vouches for the time. */
    public BundleBuilder withoutTimestamp() {
      timestamped = false;
      return this;
    }

    /** Leaves the RFC 3161 timestamp as the only one, as bundles of Rekor v2 have it. */
    public BundleBuilder withoutPromise() {
      promised = false;
      return this;
    }

    /** An entry of Rekor v2, whose only time is the RFC 3161 timestamp's. */
    public BundleBuilder inRekorV2() {
      entryType = EntryType.HASHEDREKORD_2;
      promised = false;
      return this;
    }

    /** The same as the first clients of Rekor v2 logged it, before it took digests alone. */
    public BundleBuilder inRekorV2AsEnvelope() {
      entryType = EntryType.DSSE_2;
      promised = false;
      return this;
    }

    /** A second entry, of the log of Rekor v2. */
    BundleBuilder inBothLogs() {
      inBothLogs = true;
      return this;
    }

    /** A first entry, of a log that the trusted root does not have. */
    BundleBuilder inAnUnknownLogToo() {
      inAnUnknownLogToo = true;
      return this;
    }

    /** Witnesses that the trusted root does not know have cosigned the checkpoint. */
    BundleBuilder withWitnesses() {
      witnessed = true;
      return this;
    }

    /** The certificate as bundles before v0.3 carry it: a chain, here of the leaf alone. */
    public BundleBuilder asVersion02() {
      chained = true;
      return this;
    }

    /** Logs an {@code intoto} 0.0.2 entry, whose body has none of the flaws. */
    public BundleBuilder asIntotoEntry() {
      entryType = EntryType.INTOTO_2;
      return this;
    }

    /** The bundle's JSON. */
    public byte[] build() {
      LocalKey key = LocalKey.generate();
      X509Certificate certificate = certificate(key.publicKey(), identity);
      String type = has(Flaw.ANOTHER_PAYLOAD_TYPE) ? "text/plain" : PAYLOAD_TYPE;
      byte[] signed = has(Flaw.SIGNATURE_OVER_ANOTHER_PAYLOAD) ? another(statement) : statement;
      byte[] signature =
          (has(Flaw.SIGNATURE_BY_ANOTHER_KEY) ? LocalKey.generate() : key)
              .sign(preAuthenticationEncoding(type, signed));
      byte[] resigned = key.sign(preAuthenticationEncoding(type, statement));

      ObjectNode envelope = JSON.createObjectNode();
      envelope.put("payload", statement).put("payloadType", type);
      ArrayNode signatures = envelope.putArray("signatures");
      signatures.addObject().put("sig", signature);
      byte[] logged =
          entryType == EntryType.INTOTO_2
              ? intotoBody(certificate, envelope, signature)
              : logBody(key, certificate, envelope, signature, resigned);
      if (has(Flaw.TWO_SIGNATURES)) {
        signatures.addObject().put("sig", resigned);
      }

      ObjectNode bundle = JSON.createObjectNode();
      bundle.put("mediaType", chained ? MEDIA_TYPE_02 : MEDIA_TYPE_03);
      ObjectNode material = bundle.putObject("verificationMaterial");
      (chained
              ? material.putObject("x509CertificateChain").putArray("certificates").addObject()
              : material.putObject("certificate"))
          .put("rawBytes", der(certificate));
      ArrayNode entries = material.putArray("tlogEntries");
      if (!has(Flaw.NO_LOG_ENTRY)) {
        entries.add(logEntry(log(by(Flaw.LOG_ENTRY_IN_ANOTHER_LOG)), logged));
      }
      if (has(Flaw.TWO_LOG_ENTRIES)) {
        entries.add(
            logEntry(
                log(honest), logBody(bytes(envelope), another(statement), signature, certificate)));
      }
      if (inBothLogs) {
        promised = false;
        entryType = EntryType.HASHEDREKORD_2;
        entries.add(logEntry(honest.secondLog, version2Body(statement, signature, certificate)));
      }
      if (inAnUnknownLogToo) {
        entries.insert(0, logEntry(log(impostors), logged));
      }
      if (timestamped && !has(Flaw.NO_TRUSTED_TIME)) {
        byte[] token =
            by(Flaw.TIMESTAMP_BY_ANOTHER_AUTHORITY)
                .timestamps
                .stamp(
                    has(Flaw.TIMESTAMP_OVER_ANOTHER_SIGNATURE) ? resigned : signature,
                    timeUnless(Flaw.TIMESTAMP_AFTER_EXPIRY));
        material
            .putObject("timestampVerificationData")
            .putArray("rfc3161Timestamps")
            .addObject()
            .put("signedTimestamp", token);
      }
      bundle.set("dsseEnvelope", envelope);
      return bytes(bundle);
    }

    private boolean has(Flaw flaw) {
      return flaws.contains(flaw);
    }

    private Parties by(Flaw flaw) {
      return has(flaw) ? impostors : honest;
    }

    private LocalTransparencyLog log(Parties parties) {
      return entryType.isOfVersion2() ? parties.secondLog : parties.log;
    }

    private Instant timeUnless(Flaw flaw) {
      return has(flaw) ? now.plus(CERTIFICATE_LIFETIME).plusSeconds(1) : now.plusSeconds(1);
    }

    public X509Certificate certificate(PublicKey key, String identity) {
      LocalAuthority authority = by(Flaw.CERTIFICATE_BY_ANOTHER_AUTHORITY).authority;
      Instant until = now.plus(CERTIFICATE_LIFETIME);
      List<Extension> extensions = new ArrayList<>();
      extensions.add(LocalAuthority.usage(KeyUsage.digitalSignature));
      extensions.add(
          LocalAuthority.purpose(
              has(Flaw.CERTIFICATE_NOT_FOR_CODE_SIGNING)
                  ? KeyPurposeId.id_kp_clientAuth
                  : KeyPurposeId.id_kp_codeSigning));
      extensions.add(subjectAlternativeName(identity));
      // Issuer: the older extension is bare text, the newer one a DER UTF8String.
      extensions.add(new Extension(FULCIO.branch("1"), false, issuer.getBytes(UTF_8)));
      extensions.add(
          LocalAuthority.extension(FULCIO.branch("8"), false, new DERUTF8String(issuer)));
      if (!has(Flaw.NO_SCT)) {
        Instant loggedUntil = has(Flaw.SCT_OF_ANOTHER_CERTIFICATE) ? until.plusSeconds(1) : until;
        extensions.add(
            by(Flaw.SCT_BY_ANOTHER_LOG)
                .certificateLog
                .promise(
                    authority.issue("", key, now, loggedUntil, extensions),
                    authority.certificate().getPublicKey(),
                    now));
      }
      return authority.issue("", key, now, until, extensions);
    }

    private byte[] logBody(
        LocalKey key,
        X509Certificate certificate,
        ObjectNode envelope,
        byte[] signature,
        byte[] resigned) {
      return logBody(
          bytes(envelope),
          has(Flaw.LOG_ENTRY_OF_ANOTHER_PAYLOAD) ? another(statement) : statement,
          has(Flaw.LOG_ENTRY_OF_ANOTHER_SIGNATURE) ? resigned : signature,
          has(Flaw.LOG_ENTRY_OF_ANOTHER_CERTIFICATE)
              ? certificate(key.publicKey(), "somebody.else@" + ORGANIZATION)
              : certificate);
    }

    /** What the log keeps of an envelope. */
    public byte[] logBody(
        byte[] envelope, byte[] payload, byte[] signature, X509Certificate verifier) {
      return entryType == EntryType.DSSE_1
          ? logBody(envelope, payload, signature, pem(verifier))
          : version2Body(payload, signature, verifier);
    }

    private byte[] logBody(byte[] envelope, byte[] payload, byte[] signature, byte[] verifier) {
      ObjectNode body = JSON.createObjectNode().put("apiVersion", "0.0.1").put("kind", "dsse");
      ObjectNode spec = body.putObject("spec");
      spec.set("envelopeHash", hash(envelope));
      spec.set("payloadHash", hash(payload));
      spec.putArray("signatures").addObject().put("signature", signature).put("verifier", verifier);
      return bytes(body);
    }

    private byte[] version2Body(byte[] payload, byte[] signature, X509Certificate verifier) {
      if (entryType == EntryType.HASHEDREKORD_2) {
        return hashedBody(
            LocalKey.sha256(preAuthenticationEncoding(PAYLOAD_TYPE, payload)), signature, verifier);
      }
      ObjectNode body = JSON.createObjectNode();
      body.put("apiVersion", entryType.version).put("kind", entryType.kind);
      ObjectNode dsse = body.putObject("spec").putObject("dsseV002");
      dsse.putObject("payloadHash")
          .put("algorithm", "SHA2_256")
          .put("digest", LocalKey.sha256(payload));
      putVersion2(dsse.putArray("signatures").addObject(), signature, verifier);
      return bytes(body);
    }

    /** What Rekor v2 keeps of a digest. */
    public byte[] hashedBody(byte[] digest, byte[] signature, X509Certificate verifier) {
      ObjectNode body = JSON.createObjectNode();
      body.put("apiVersion", entryType.version).put("kind", entryType.kind);
      ObjectNode hashed = body.putObject("spec").putObject("hashedRekordV002");
      hashed.putObject("data").put("algorithm", "SHA2_256").put("digest", digest);
      putVersion2(hashed.putObject("signature"), signature, verifier);
      return bytes(body);
    }

    private void putVersion2(ObjectNode node, byte[] signature, X509Certificate verifier) {
      node.put("content", signature)
          .putObject("verifier")
          .put("keyDetails", "PKIX_ECDSA_P256_SHA_256")
          .putObject("x509Certificate")
          .put("rawBytes", der(verifier));
    }

    private byte[] intotoBody(X509Certificate certificate, ObjectNode envelope, byte[] signature) {
      ObjectNode body = JSON.createObjectNode().put("apiVersion", "0.0.2").put("kind", "intoto");
      ObjectNode content = body.putObject("spec").putObject("content");
      ObjectNode logged = content.putObject("envelope").put("payloadType", PAYLOAD_TYPE);
      logged
          .putArray("signatures")
          .addObject()
          .put("publicKey", pem(certificate))
          .put("sig", Base64.getEncoder().encode(signature));
      content.set("hash", hash(bytes(envelope)));
      content.set("payloadHash", hash(statement));
      return bytes(body);
    }

    /** Logs a body in the honest log. */
    public ObjectNode logEntry(byte[] body) {
      return logEntry(log(honest), body);
    }

    private ObjectNode logEntry(LocalTransparencyLog log, byte[] body) {
      LocalTransparencyLog.Inclusion inclusion = log.append(body);
      long index = inclusion.index() + (entryType.isOfVersion2() ? 0 : FIRST_INDEX_OF_TREE);
      long at = timeUnless(Flaw.LOG_ENTRY_AFTER_EXPIRY).getEpochSecond();

      ObjectNode entry = JSON.createObjectNode();
      entry.put("logIndex", Long.toString(has(Flaw.LOG_INDEX_CHANGED) ? index + 1 : index));
      entry.putObject("logId").put("keyId", log.id());
      entry.putObject("kindVersion").put("kind", entryType.kind).put("version", entryType.version);
      if (!entryType.isOfVersion2() || has(Flaw.NO_TRUSTED_TIME)) {
        entry.put("integratedTime", Long.toString(at));
      }
      if (promised && !has(Flaw.NO_TRUSTED_TIME)) {
        LocalKey key = has(Flaw.PROMISE_BY_ANOTHER_KEY) ? impostors.log.key() : log.key();
        ObjectNode promise =
            JSON.createObjectNode()
                .put("body", body)
                .put("integratedTime", at)
                .put("logID", HexFormat.of().formatHex(log.key().id()))
                .put("logIndex", index);
        entry.putObject("inclusionPromise").put("signedEntryTimestamp", key.sign(bytes(promise)));
      }
      if (!has(Flaw.NO_INCLUSION_PROOF)) {
        entry.set("inclusionProof", inclusionProof(log, inclusion, inclusion.root(body)));
      }
      return entry.put("canonicalizedBody", body);
    }

    private ObjectNode inclusionProof(
        LocalTransparencyLog log, LocalTransparencyLog.Inclusion inclusion, byte[] root) {
      ObjectNode proof = JSON.createObjectNode();
      proof.put("logIndex", Long.toString(inclusion.index()));
      proof.put("rootHash", root);
      proof.put("treeSize", Long.toString(inclusion.treeSize()));
      ArrayNode hashes = proof.putArray("hashes");
      inclusion.path().forEach(hashes::add);
      if (has(Flaw.INCLUSION_PATH_CHANGED)) {
        hashes.set(0, JSON.getNodeFactory().binaryNode(changed(inclusion.path().get(0))));
      }
      if (!has(Flaw.NO_CHECKPOINT)) {
        boolean anotherRoot = has(Flaw.CHECKPOINT_OF_ANOTHER_ROOT);
        boolean anotherSize = has(Flaw.CHECKPOINT_OF_ANOTHER_SIZE);
        boolean anotherOrigin = has(Flaw.CHECKPOINT_OF_ANOTHER_ORIGIN);
        String checkpoint =
            log.checkpoint(
                anotherOrigin ? "log." + log.origin() : log.origin(),
                anotherSize ? inclusion.treeSize() + 1 : inclusion.treeSize(),
                anotherRoot ? changed(root) : root,
                has(Flaw.CHECKPOINT_BY_ANOTHER_KEY) ? log(impostors).key() : log.key(),
                has(Flaw.CHECKPOINT_WITH_ANOTHER_KEY_HINT) ? log(impostors).id() : log.id());
        if (witnessed) {
          LocalKey witness = LocalKey.ed25519();
          checkpoint +=
              LocalTransparencyLog.signatureLine(
                  "witness.example", witness.noteId("witness.example"), witness.sign(root));
        }
        proof.putObject("checkpoint").put("envelope", checkpoint);
      }
      return proof;
    }
  }

  private ObjectNode logInstance(LocalTransparencyLog log) {
    return logInstance("https://" + log.host(), log.key(), log.id());
  }

  private ObjectNode logInstance(String url, LocalKey key, byte[] id) {
    ObjectNode log = JSON.createObjectNode().put("baseUrl", url).put("hashAlgorithm", "SHA2_256");
    log.putObject("publicKey")
        .put("rawBytes", key.publicKey().getEncoded())
        .put("keyDetails", key.isEd25519() ? "PKIX_ED25519" : "PKIX_ECDSA_P256_SHA_256")
        .putObject("validFor")
        .put("start", start().toString());
    log.putObject("logId").put("keyId", id);
    return log;
  }

  private ObjectNode authority(String host, String commonName, List<X509Certificate> chain) {
    ObjectNode authority = JSON.createObjectNode();
    authority.putObject("subject").put("organization", ORGANIZATION).put("commonName", commonName);
    authority.put("uri", "https://" + host + "." + ORGANIZATION);
    ArrayNode certificates = authority.putObject("certChain").putArray("certificates");
    chain.forEach(certificate -> certificates.addObject().put("rawBytes", der(certificate)));
    authority.putObject("validFor").put("start", start().toString());
    return authority;
  }

  private Instant start() {
    return now.minus(Duration.ofDays(365));
  }

  private static Extension subjectAlternativeName(String identity) {
    int kind =
        identity.contains("://") ? GeneralName.uniformResourceIdentifier : GeneralName.rfc822Name;
    return LocalAuthority.extension(
        Extension.subjectAlternativeName, true, new GeneralNames(new GeneralName(kind, identity)));
  }

  /** DSSE protocol, "Signature Definition"; lengths are in bytes. */
  private static byte[] preAuthenticationEncoding(String type, byte[] payload) {
    ByteArrayOutputStream encoding = new ByteArrayOutputStream();
    encoding.writeBytes(
        "DSSEv1 %d %s %d ".formatted(type.length(), type, payload.length).getBytes(UTF_8));
    encoding.writeBytes(payload);
    return encoding.toByteArray();
  }

  private static ObjectNode hash(byte[] hashed) {
    return JSON.createObjectNode()
        .put("algorithm", "sha256")
        .put("value", HexFormat.of().formatHex(LocalKey.sha256(hashed)));
  }

  private static byte[] another(byte[] statement) {
    return Arrays.copyOf(statement, statement.length + 1);
  }

  private static byte[] changed(byte[] hash) {
    byte[] changed = hash.clone();
    changed[0] ^= 1;
    return changed;
  }

  private static byte[] pem(X509Certificate certificate) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der(certificate));
    return "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
        .formatted(base64)
        .getBytes(UTF_8);
  }

  private static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(JsonNode json) {
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
