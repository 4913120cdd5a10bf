package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LogEntryBodyTest {
  private static final LocalSigstore SIGSTORE =
      LocalSigstore.create(Instant.parse("2026-11-22T00:00:00Z"));
  private static final byte[] STATEMENT =
      """
      {"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"%s"}}],
       "predicateType":"https://weighmaster.dev/test","predicate":{"é":1}}"""
          .formatted("5e".repeat(32))
          .getBytes(UTF_8);
  private static final SignedBundle BUNDLE = bundle();
  private static final SignedBundle OTHER = bundle();
  private static final X509Certificate LEAF = BUNDLE.certificates().get(0);

  private static final String HASH = "\"%s\"".formatted(Sha256Hex.of(STATEMENT));
  private static final String SIGNATURE = base64(BUNDLE.signature());
  private static final String DSSE_1 =
      """
      {"apiVersion":"0.0.1","kind":"dsse","spec":{
        "envelopeHash":{"algorithm":"sha256","value":"00"},
        "payloadHash":{"algorithm":"sha256","value":PAYLOAD_HEX},
        "signatures":[{"signature":"SIGNATURE","verifier":"CERTIFICATE"}]}}""";
  private static final String DSSE_2 =
      """
      {"apiVersion":"0.0.2","kind":"dsse","spec":{"dsseV002":{
        "payloadHash":{"algorithm":"SHA2_256","digest":"DIGEST"},
        "signatures":[{"content":"SIGNATURE","verifier":{
          "keyDetails":"PKIX_ECDSA_P256_SHA_256","x509Certificate":{"rawBytes":"DER"}}}]}}}""";

  private static final String HASH_1 =
      """
      {"apiVersion":"0.0.1","kind":"hashedrekord","spec":{
        "data":{"hash":{"algorithm":"sha256","value":SIGNED}},
        "signature":{"content":"SIGNATURE","publicKey":{"content":"CERTIFICATE"}}}}""";
  private static final String HASH_2 =
      """
      {"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{
        "data":{"algorithm":"SHA2_256","digest":"PAE_HASH"},
        "signature":{"content":"SIGNATURE","verifier":{
          "keyDetails":"PKIX_ECDSA_P256_SHA_256","x509Certificate":{"rawBytes":"DER"}}}}}}""";

  /** As Rekor's Canonicalize writes it. */
  private static final String INTOTO_1 =
      """
      {"apiVersion":"0.0.1","kind":"intoto","spec":{
        "content":{"hash":{"algorithm":"sha256","value":"ENVELOPE"},
                   "payloadHash":{"algorithm":"sha256","value":PAYLOAD_HEX}},
        "publicKey":"CERTIFICATE"}}""";

  private static final String INTOTO_2 =
      """
      {"apiVersion":"0.0.2","kind":"intoto","spec":{"content":{
        "envelope":{"payloadType":"application/vnd.in-toto+json",
                    "signatures":[{"publicKey":"CERTIFICATE","sig":"TWICE"}]},
        "hash":{"algorithm":"sha256","value":"00"},
        "payloadHash":{"algorithm":"sha256","value":PAYLOAD_HEX}}}}""";

  @ParameterizedTest
  @MethodSource("types")
  void anEntryOfTheEnvelopeIsTaken(String type, String body) throws Exception {
    LogEntryBody.check(entry(type, filled(body, BUNDLE)), BUNDLE, CertificateCheck.encoded(LEAF));
  }

  static Stream<Arguments> types() {
    return Stream.of(
        arguments("dsse 0.0.1", DSSE_1),
        arguments("dsse 0.0.2", DSSE_2),
        arguments("hashedrekord 0.0.1", HASH_1),
        arguments("hashedrekord 0.0.2", HASH_2),
        arguments("intoto 0.0.1", INTOTO_1),
        arguments("intoto 0.0.2", INTOTO_2));
  }

  @ParameterizedTest
  @CsvSource({
    "SHA-384, sha384, SHA2_384",
    "SHA-512, sha512, SHA2_512",
  })
  void whatIsSignedMayBeLoggedByTheHashOfALargerCurve(String hash, String name1, String name2)
      throws Exception {
    byte[] digest = MessageDigest.getInstance(hash).digest(PreAuthenticationEncoding.of(STATEMENT));
    String body1 =
        HASH_1
            .replace("\"sha256\"", "\"" + name1 + "\"")
            .replace("SIGNED", "\"" + HexFormat.of().formatHex(digest) + "\"");
    String body2 = HASH_2.replace("SHA2_256", name2).replace("PAE_HASH", base64(digest));

    LogEntryBody.check(
        entry("hashedrekord 0.0.1", filled(body1, BUNDLE)), BUNDLE, CertificateCheck.encoded(LEAF));
    LogEntryBody.check(
        entry("hashedrekord 0.0.2", filled(body2, BUNDLE)), BUNDLE, CertificateCheck.encoded(LEAF));
  }

  @ParameterizedTest
  @MethodSource("types")
  void anEntryOfAnotherSignatureAndCertificateIsRefused(String type, String body) throws Exception {
    assertRefused(type, filled(body, OTHER), "is of another signature");
  }

  @ParameterizedTest
  @MethodSource("types")
  void anEntryThatNamesAnotherTypeIsRefused(String type, String body) throws Exception {
    assertRefused("rekord 0.0.1", filled(body, BUNDLE), "not of the one that it names");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("changes")
  void anEntryWithOneThingChangedIsRefused(String type, String body, String complaint)
      throws Exception {
    assertRefused(type, body, complaint);
  }

  static Stream<Arguments> changes() {
    String otherHash = "\"" + Sha256Hex.of(new byte[1]) + "\"";
    String otherSignature = base64(OTHER.signature());
    String otherCertificate = base64(pem("CERTIFICATE", der(OTHER.certificates().get(0))));
    PublicKey key = LEAF.getPublicKey();
    return Stream.of(
            new String[] {"PAYLOAD_HEX", otherHash, "is of another statement"},
            new String[] {
              "\"sha256\",\"value\":PAYLOAD_HEX",
              "\"sha512\",\"value\":PAYLOAD_HEX",
              "of another statement"
            },
            new String[] {"DIGEST", base64(new byte[32]), "is of another statement"},
            // Of the payload, and not of what is signed.
            new String[] {"SIGNED", HASH, "is of another statement"},
            new String[] {
              "PAE_HASH", base64(LocalKey.sha256(STATEMENT)), "is of another statement"
            },
            new String[] {"SHA2_256", "SHA2_512", "is of another statement"},
            new String[] {"SIGNATURE", otherSignature, "is of another signature"},
            new String[] {"TWICE", base64(otherSignature), "is of another signature"},
            // In Base64 once.
            new String[] {"TWICE", SIGNATURE, "is of another signature"},
            new String[] {"ENVELOPE", "00", "is of another signature"},
            new String[] {"CERTIFICATE", otherCertificate, "is of another certificate"},
            // Rekor takes bare keys too.
            new String[] {
              "CERTIFICATE", base64(pem("PUBLIC KEY", key.getEncoded())), "another certificate"
            },
            new String[] {"CERTIFICATE", base64(key.getEncoded()), "is of another certificate"},
            new String[] {"CERTIFICATE", "", "is of another certificate"},
            new String[] {
              "CERTIFICATE",
              base64("-----BEGIN CERTIFICATE-----\n!!!\n-----END X-----\n".getBytes(UTF_8)),
              "is of another certificate"
            },
            new String[] {"\"DER\"", "\"\"", "is of another certificate"},
            new String[] {"x509Certificate", "publicKey", "x509Certificate is missing"},
            new String[] {"\"signatures\":[", "\"signatures\":[{},", "has 2 signatures"},
            new String[] {"\"signatures\":[", "\"signatures\":[],\"x\":[", "has 0 signatures"},
            new String[] {"\"payloadHash\"", "\"hashOfPayload\"", "payloadHash is missing"},
            new String[] {"\"publicKey\"", "\"key\"", "publicKey is missing"},
            new String[] {"\"verifier\"", "\"key\"", "verifier is missing"},
            new String[] {"\"signature\":{", "\"signed\":{", "signature is missing"},
            new String[] {"\"data\"", "\"d\"", "data is missing"},
            new String[] {"\"sig\"", "\"s\"", "sig is missing"},
            new String[] {"\"envelope\"", "\"e\"", "envelope is missing"},
            new String[] {"\"hash\"", "\"h\"", "hash is missing"},
            new String[] {"\"content\":{", "\"c\":{", "content is missing"},
            new String[] {"\"spec\"", "\"s\"", "spec is missing"},
            new String[] {"}}}", "}}", "is malformed"})
        .flatMap(
            change ->
                types()
                    .filter(type -> ((String) type.get()[1]).contains(change[0]))
                    // Of intoto 0.0.2, Rekor takes the hash of the envelope as it is told.
                    .filter(
                        type ->
                            !type.get()[0].equals("intoto 0.0.2") || !change[2].startsWith("hash "))
                    .map(
                        type ->
                            arguments(
                                type.get()[0],
                                filled(
                                    ((String) type.get()[1]).replace(change[0], change[1]), BUNDLE),
                                change[2])));
  }

  private static void assertRefused(String type, String body, String complaint) throws Exception {
    JsonFields entry = entry(type, body);
    var refusal =
        catchThrowableOfType(
            FailedCheckException.class,
            () -> LogEntryBody.check(entry, BUNDLE, CertificateCheck.encoded(LEAF)));

    assertThat(refusal.problem()).extracting(Problem::reason).isEqualTo(Reason.LOG_PROOF_INVALID);
    assertThat(refusal).hasMessageContaining(complaint);
  }

  private static JsonFields entry(String type, String body) throws MalformedJsonException {
    String[] kind = type.split(" ", 2);
    return JsonFields.parse(
        """
        {"kindVersion":{"kind":"%s","version":"%s"},"canonicalizedBody":"%s"}"""
            .formatted(kind[0], kind[1], base64(body))
            .getBytes(UTF_8));
  }

  private static String filled(String body, SignedBundle bundle) {
    String signature = base64(bundle.signature());
    byte[] certificate = der(bundle.certificates().get(0));
    String envelope =
        "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\""
            + base64(STATEMENT)
            + "\",\"signatures\":[{\"keyid\":\"\",\"sig\":\""
            + signature
            + "\"}]}";
    byte[] signed = PreAuthenticationEncoding.of(STATEMENT);
    return body.replace("PAYLOAD_HEX", HASH)
        .replace("SIGNED", "\"" + Sha256Hex.of(signed) + "\"")
        .replace("PAE_HASH", base64(LocalKey.sha256(signed)))
        .replace("DIGEST", base64(LocalKey.sha256(STATEMENT)))
        .replace("ENVELOPE", Sha256Hex.of(envelope.getBytes(UTF_8)))
        .replace("SIGNATURE", signature)
        .replace("TWICE", base64(signature))
        .replace("CERTIFICATE", base64(pem("CERTIFICATE", certificate)))
        .replace("\"DER\"", "\"" + base64(certificate) + "\"");
  }

  private static SignedBundle bundle() {
    try {
      return SignedBundle.read(
          JsonFields.parse(SIGSTORE.sign(STATEMENT, "a@acme.example", "https://acme.example")));
    } catch (MalformedJsonException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(String label, byte[] der) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, base64, label);
  }

  private static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String base64(String text) {
    return base64(text.getBytes(UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
