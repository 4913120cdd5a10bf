package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sigstore.KeylessVerifier;
import dev.sigstore.TrustedRootProvider;
import dev.sigstore.VerificationOptions;
import dev.sigstore.VerificationOptions.CertificateMatcher;
import dev.sigstore.bundle.Bundle;
import dev.sigstore.strings.StringMatcher;
import dev.weighmaster.signature.LocalSigstore.BundleBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocalSigstoreTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String IDENTITY = "release@acme.example";
  private static final String ISSUER = "https://accounts.acme.example";
  private static final String SUBJECT = "5e".repeat(32);
  private static final byte[] STATEMENT = statement("model");
  private static final Path FIXTURES =
      Path.of(System.getProperty("weighmaster.root"), "../shared/fixtures");

  private static LocalSigstore sigstore;
  private static KeylessVerifier verifier;
  @TempDir private static Path folder;

  @BeforeAll
  static void create() throws Exception {
    sigstore = LocalSigstore.create(Instant.parse("2026-11-22T00:00:00Z"));
    verifier = verifier(sigstore.trustedRoot());
  }

  /**
   * What sigstore-java 2.0.0 says of a flaw; empty where it does not look, so that whoever relies
   * on it has to.
   */
  private static Optional<String> complaint(Flaw flaw) {
    return switch (flaw) {
      case SIGNATURE_OVER_ANOTHER_PAYLOAD, SIGNATURE_BY_ANOTHER_KEY ->
          Optional.of("DSSE signature was not valid");
      case TWO_SIGNATURES -> Optional.of("DSSE envelope must have exactly 1 signature");
      case ANOTHER_PAYLOAD_TYPE -> Optional.of("DSSE envelope must have payload type");
      case CERTIFICATE_BY_ANOTHER_AUTHORITY ->
          Optional.of("Certificate was not verifiable against CAs");
      case NO_SCT -> Optional.of("No valid SCTs were found during verification");
      case SCT_BY_ANOTHER_LOG, SCT_OF_ANOTHER_CERTIFICATE ->
          Optional.of("No valid SCTs were found, all(1) SCTs were invalid");
      case NO_LOG_ENTRY -> Optional.of("Could not find any tlog entries");
      case LOG_ENTRY_IN_ANOTHER_LOG ->
          Optional.of("(logid) does not match any provided transparency logs");
      case LOG_ENTRY_OF_ANOTHER_PAYLOAD ->
          Optional.of("Digest of DSSE payload in bundle does not match");
      case LOG_ENTRY_OF_ANOTHER_SIGNATURE ->
          Optional.of("signature materials are inconsistent with DSSE log entry");
      case PROMISE_BY_ANOTHER_KEY -> Optional.of("Entry SET was not valid");
      case NO_INCLUSION_PROOF -> Optional.of("Could not find an inclusion proof");
      case INCLUSION_PATH_CHANGED -> Optional.of("Inclusion proof verification failed");
      case NO_CHECKPOINT -> Optional.of("Could not parse checkpoint from envelope");
      case CHECKPOINT_BY_ANOTHER_KEY -> Optional.of("Checkpoint signature was invalid");
      case CHECKPOINT_WITH_ANOTHER_KEY_HINT -> Optional.of("Checkpoint key hint did not match");
      case LOG_INDEX_CHANGED -> Optional.of("Entry SET was not valid");
      case CHECKPOINT_OF_ANOTHER_ROOT -> Optional.of("Checkpoint root hash does not match");
      case TIMESTAMP_BY_ANOTHER_AUTHORITY ->
          Optional.of("Certificates in token were not verifiable against TSAs");
      case TIMESTAMP_OVER_ANOTHER_SIGNATURE ->
          Optional.of("Timestamp message imprint digest does not match");
      case TIMESTAMP_AFTER_EXPIRY -> Optional.of("RFC3161 timestamp verification failed: NotAfter");
      case NO_TRUSTED_TIME -> Optional.of("No timestamp verification (set, timestamp)");
      case CERTIFICATE_NOT_FOR_CODE_SIGNING,
          TWO_LOG_ENTRIES,
          LOG_ENTRY_AFTER_EXPIRY,
          LOG_ENTRY_OF_ANOTHER_CERTIFICATE,
          CHECKPOINT_OF_ANOTHER_SIZE,
          CHECKPOINT_OF_ANOTHER_ORIGIN ->
          Optional.empty();
    };
  }

  private static Stream<Flaw> noticed() {
    return Arrays.stream(Flaw.values()).filter(flaw -> complaint(flaw).isPresent());
  }

  private static Stream<Flaw> unnoticed() {
    return Arrays.stream(Flaw.values()).filter(flaw -> complaint(flaw).isEmpty());
  }

  @ParameterizedTest
  @MethodSource("noticed")
  void sigstoreJavaRejectsABundleWith(Flaw flaw) {
    byte[] bundle = sigstore.bundle(STATEMENT, IDENTITY, ISSUER).with(flaw).build();
    assertThatThrownBy(() -> verify(bundle, IDENTITY))
        .hasStackTraceContaining(complaint(flaw).orElseThrow());
  }

  @ParameterizedTest
  @MethodSource("unnoticed")
  void sigstoreJavaAcceptsABundleWith(Flaw flaw) {
    byte[] bundle = sigstore.bundle(STATEMENT, IDENTITY, ISSUER).with(flaw).build();
    assertThatCode(() -> verify(bundle, IDENTITY)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        IDENTITY,
        "https://github.com/acme/models/.github/workflows/release.yml@refs/heads/main"
      })
  void anHonestBundleVerifies(String identity) {
    byte[] bundle = sigstore.sign(STATEMENT, identity, ISSUER);
    assertThatCode(() -> verify(bundle, identity)).doesNotThrowAnyException();
  }

  private static Stream<BundleBuilder> variants() {
    return Stream.of(
        sigstore.bundle(STATEMENT, IDENTITY, ISSUER).withoutTimestamp(),
        sigstore.bundle(STATEMENT, IDENTITY, ISSUER).withoutPromise(),
        sigstore.bundle(STATEMENT, IDENTITY, ISSUER).asVersion02(),
        sigstore.bundle(STATEMENT, IDENTITY, ISSUER).inRekorV2AsEnvelope(),
        sigstore.bundle(STATEMENT, IDENTITY, ISSUER).inRekorV2AsEnvelope().withWitnesses());
  }

  @ParameterizedTest
  @MethodSource("variants")
  void anHonestBundleVerifiesInEveryVariant(BundleBuilder variant) {
    byte[] bundle = variant.build();
    assertThatCode(() -> verify(bundle, IDENTITY)).doesNotThrowAnyException();
  }

  @Test
  void everyBundleHasAnEntryOfItsOwnThatVerifiesAsTheLogGrows() {
    Set<String> indices = new TreeSet<>();
    for (int bundles = 0; bundles < 20; bundles++) {
      byte[] bundle = sigstore.sign(STATEMENT, IDENTITY, ISSUER);
      assertThatCode(() -> verify(bundle, IDENTITY)).doesNotThrowAnyException();
      indices.add(json(bundle).at("/verificationMaterial/tlogEntries/0/logIndex").textValue());
    }
    assertThat(indices).hasSize(20);
  }

  @Test
  void anotherInstanceRejectsTheBundle() {
    byte[] bundle =
        LocalSigstore.create(Instant.parse("2026-11-22T00:00:00Z"))
            .sign(STATEMENT, IDENTITY, ISSUER);
    assertThatThrownBy(() -> verify(bundle, IDENTITY))
        .hasMessageContaining("Certificate was not verifiable against CAs");
  }

  @Test
  void sigstoreJavaAcceptsAnEntryLoggedAfterTheLogsKeyHasEnded() throws Exception {
    JsonNode root = json(sigstore.trustedRoot());
    ((ObjectNode) root.at("/tlogs/0/publicKey/validFor")).put("end", "2026-11-21T00:00:00Z");
    KeylessVerifier ended = verifier(JSON.writeValueAsBytes(root));
    byte[] bundle = sigstore.sign(STATEMENT, IDENTITY, ISSUER);
    assertThatCode(() -> verify(ended, bundle, IDENTITY)).doesNotThrowAnyException();
  }

  /** sigstore-java counts characters where DSSE counts bytes. */
  @Test
  void sigstoreJavaRejectsAnHonestBundleOfAStatementThatIsNotAscii() {
    byte[] bundle = sigstore.sign(statement("modèle"), IDENTITY, ISSUER);
    assertThatThrownBy(() -> verify(bundle, IDENTITY)).hasMessage("DSSE signature was not valid");
  }

  @Test
  void anyBytesCanBeSigned() throws Exception {
    byte[] every = new byte[256];
    IntStream.range(0, every.length).forEach(i -> every[i] = (byte) i);

    JsonNode bundle = json(sigstore.sign(every, IDENTITY, ISSUER));

    assertThat(bundle.at("/dsseEnvelope/payload").binaryValue()).isEqualTo(every);
    byte[] der = bundle.at("/verificationMaterial/certificate/rawBytes").binaryValue();
    Certificate certificate =
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initVerify(certificate);
    signature.update("DSSEv1 28 application/vnd.in-toto+json 256 ".getBytes(UTF_8));
    signature.update(every);
    assertThat(signature.verify(bundle.at("/dsseEnvelope/signatures/0/sig").binaryValue()))
        .isTrue();
  }

  @Test
  void aBundleHasTheFieldsOfOneFromThePublicInstance() throws Exception {
    Path real = FIXTURES.resolve("oms/v1.1.0-sigstore/model.sig");
    assumeThat(real).as("a bundle of the public instance").exists();
    JsonNode theirs = json(Files.readAllBytes(real));
    JsonNode ours = json(sigstore.sign(STATEMENT, IDENTITY, ISSUER));

    assertThat(fields(ours)).isEqualTo(fields(theirs));
    String body = "/verificationMaterial/tlogEntries/0/canonicalizedBody";
    assertThat(fields(json(ours.at(body).binaryValue())))
        .isEqualTo(fields(json(theirs.at(body).binaryValue())));
  }

  @Test
  void theTrustedRootHasTheFieldsOfThePublicInstance() throws Exception {
    Path real = FIXTURES.resolve("sigstore/public-good.trusted_root.json");
    assumeThat(real).as("the public instance's trusted root").exists();
    Set<String> theirs = fields(json(Files.readAllBytes(real)));
    theirs.removeIf(field -> field.endsWith("/validFor/end")); // nothing here has ended

    assertThat(fields(json(sigstore.trustedRoot()))).isEqualTo(theirs);
  }

  private static KeylessVerifier verifier(byte[] trustedRoot) throws Exception {
    Path file = Files.write(Files.createTempFile(folder, "trusted_root", ".json"), trustedRoot);
    return KeylessVerifier.builder().trustedRootProvider(TrustedRootProvider.from(file)).build();
  }

  private static void verify(byte[] bundle, String identity) throws Exception {
    verify(verifier, bundle, identity);
  }

  private static void verify(KeylessVerifier verifier, byte[] bundle, String identity)
      throws Exception {
    VerificationOptions signer =
        VerificationOptions.builder()
            .addCertificateMatchers(
                CertificateMatcher.fulcio()
                    .subjectAlternativeName(StringMatcher.string(identity))
                    .issuer(StringMatcher.string(ISSUER))
                    .build())
            .build();
    verifier.verify(
        HexFormat.of().parseHex(SUBJECT),
        Bundle.from(new StringReader(new String(bundle, UTF_8))),
        signer);
  }

  private static byte[] statement(String name) {
    return """
        {"_type":"https://in-toto.io/Statement/v1",
         "subject":[{"name":"%s","digest":{"sha256":"%s"}}],
         "predicateType":"https://weighmaster.dev/test","predicate":{}}"""
        .formatted(name, SUBJECT)
        .getBytes(UTF_8);
  }

  private static JsonNode json(byte[] bytes) {
    try {
      return JSON.readTree(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every value's path, the members of an array as one. */
  private static Set<String> fields(JsonNode json) {
    Set<String> fields = new TreeSet<>();
    addFields("", json, fields);
    return fields;
  }

  private static void addFields(String path, JsonNode json, Set<String> fields) {
    if (json.isValueNode()) {
      fields.add(path);
    }
    json.properties().forEach(at -> addFields(path + "/" + at.getKey(), at.getValue(), fields));
    if (json.isArray()) {
      json.forEach(member -> addFields(path + "/*", member, fields));
    }
  }
}
