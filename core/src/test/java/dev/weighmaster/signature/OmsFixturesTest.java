package dev.weighmaster.signature;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.Fixtures;
import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.trust.Coverage;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models and bundles that OMS's reference implementation signed. */
class OmsFixturesTest {
  private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "v0.2.0-certificate, CERTIFICATE",
    "v1.0.0-sigstore,    SIGSTORE",
    "v1.1.0-certificate, CERTIFICATE",
    "v1.1.0-elliptic-key, KEY",
    "v1.1.0-sigstore,    SIGSTORE"
  })
  void modelsSignedByTheReferenceImplementationVerify(String model, SigningMethod method)
      throws Exception {
    CheckedStatement statement = check("oms/" + model + "/model.sig");

    assertThat(statement.signature().failure()).isEmpty();
    assertThat(statement.signature().signer().orElseThrow().method()).isEqualTo(method);
    assertThat(
            ManifestCheck.check(
                statement.manifest().orElseThrow(),
                scan("oms/" + model),
                Coverage.ALL_BUT_SIDECARS))
        .isEmpty();
  }

  @Test
  void theSignerIsTheOneThatTheTrustRootVouchesFor() throws Exception {
    assertThat(check("oms/v1.1.0-certificate/model.sig").signature().signer())
        .hasValueSatisfying(
            signer ->
                assertThat(signer)
                    .extracting(Signer::method, Signer::root, Signer::identity, Signer::issuer)
                    .containsExactly(
                        SigningMethod.CERTIFICATE,
                        "ca",
                        "CN=intermediate-ca",
                        "CN=intermediate-ca"));
    assertThat(check("oms/v1.1.0-elliptic-key/model.sig").signature().signer().orElseThrow())
        .satisfies(signer -> assertThat(signer.root()).isEqualTo("key"))
        .satisfies(signer -> assertThat(signer.identity()).matches("sha256:[0-9a-f]{64}"))
        .satisfies(signer -> assertThat(signer.issuer()).isEmpty());
    SignatureCheck sigstore = check("oms/v1.1.0-sigstore/model.sig").signature();
    assertThat(sigstore.signer().orElseThrow())
        .satisfies(signer -> assertThat(signer.identity()).contains("@"))
        .satisfies(
            signer ->
                assertThat(signer.issuer()).isEqualTo("https://sigstore.verify.ibm.com/oauth2"));
    assertThat(sigstore.logIndex()).contains(598151086L);
    assertThat(sigstore.signedAt()).contains(Instant.parse("2025-10-10T02:12:20Z"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"certificate", "key", "sigstore"})
  void validVectorsParse(String vector) throws Exception {
    CheckedStatement statement =
        check("oms-spec/test-vectors/v1.0/valid/" + vector + ".bundle.json");

    assertThat(statement.predicateType()).contains(PredicateTypes.MODEL_SIGNATURE);
    assertThat(statement.manifest()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "empty",
        "missing-envelope",
        "missing-tlog-entries",
        "missing-verification-material"
      })
  void invalidVectorsAreMalformed(String vector) throws Exception {
    assertThat(check("oms-spec/test-vectors/v1.0/invalid/" + vector + ".bundle.json"))
        .extracting(statement -> statement.signature().failure().orElseThrow().reason())
        .isEqualTo(Reason.MALFORMED_BUNDLE);
  }

  @Test
  void aVectorOfAnotherPredicateIsNoModelSignature() throws Exception {
    CheckedStatement statement =
        check("oms-spec/test-vectors/v1.0/invalid-payload/wrong-predicate.bundle.json");

    assertThat(statement.predicateType()).contains("https://example.com/wrong-predicate/v1.0");
    assertThat(statement.manifest()).isEmpty();
  }

  @Test
  void aChangedFileIsNamedWithBothDigests() throws Exception {
    CheckedStatement statement = check("oms/v1.1.0-certificate/model.sig");

    assertThat(
            ManifestCheck.check(
                statement.manifest().orElseThrow(),
                scan("oms/v1.1.0-elliptic-key"),
                Coverage.ALL_BUT_SIDECARS))
        .map(Problem::detail)
        .hasValueSatisfying(
            detail -> assertThat(detail).contains("\"signme-1\"", "bc9a717d", "f6310066"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "v0.2.0-certificate, mediaType, MALFORMED_BUNDLE",
    "v0.2.0-certificate, rawBytes, CERTIFICATE_UNTRUSTED",
    "v0.2.0-certificate, payload, MALFORMED_BUNDLE",
    "v0.2.0-certificate, payloadType, MALFORMED_BUNDLE",
    "v0.2.0-certificate, sig, SIGNATURE_INVALID",
    "v0.2.0-certificate, signatures, MALFORMED_BUNDLE",
    "v1.0.0-sigstore, mediaType, MALFORMED_BUNDLE",
    "v1.0.0-sigstore, payloadType, MALFORMED_BUNDLE",
    "v1.0.0-sigstore, sig, SIGNATURE_INVALID",
    "v1.0.0-sigstore, logIndex, LOG_PROOF_INVALID",
    "v1.0.0-sigstore, keyId, LOG_PROOF_INVALID",
    "v1.0.0-sigstore, kind, LOG_PROOF_INVALID",
    "v1.0.0-sigstore, version, LOG_PROOF_INVALID",
    "v1.0.0-sigstore, integratedTime, LOG_PROOF_INVALID",
    "v1.0.0-sigstore, signedEntryTimestamp, LOG_PROOF_INVALID",
    "v1.0.0-sigstore, rootHash, LOG_PROOF_INVALID",
    "v1.0.0-sigstore, treeSize, LOG_PROOF_INVALID",
    "v1.0.0-sigstore, envelope, LOG_PROOF_INVALID",
    "v1.0.0-sigstore, canonicalizedBody, LOG_PROOF_INVALID",
    "v1.1.0-certificate, mediaType, MALFORMED_BUNDLE",
    "v1.1.0-certificate, rawBytes, CERTIFICATE_UNTRUSTED",
    "v1.1.0-certificate, payload, MALFORMED_BUNDLE",
    "v1.1.0-certificate, payloadType, MALFORMED_BUNDLE",
    "v1.1.0-certificate, sig, SIGNATURE_INVALID",
    "v1.1.0-certificate, x509CertificateChain, MALFORMED_BUNDLE",
    "v1.1.0-elliptic-key, mediaType, MALFORMED_BUNDLE",
    "v1.1.0-elliptic-key, payload, MALFORMED_BUNDLE",
    "v1.1.0-elliptic-key, payloadType, MALFORMED_BUNDLE",
    "v1.1.0-elliptic-key, sig, SIGNATURE_INVALID",
    "v1.1.0-elliptic-key, publicKey, MALFORMED_BUNDLE",
    "v1.1.0-elliptic-key, dsseEnvelope, MALFORMED_BUNDLE",
    "v1.1.0-sigstore, mediaType, MALFORMED_BUNDLE",
    "v1.1.0-sigstore, payload, MALFORMED_BUNDLE",
    "v1.1.0-sigstore, sig, SIGNATURE_INVALID",
    "v1.1.0-sigstore, keyId, LOG_PROOF_INVALID",
    "v1.1.0-sigstore, kind, LOG_PROOF_INVALID",
    "v1.1.0-sigstore, signedEntryTimestamp, LOG_PROOF_INVALID",
    "v1.1.0-sigstore, rootHash, LOG_PROOF_INVALID",
    "v1.1.0-sigstore, hashes, LOG_PROOF_INVALID",
    "v1.1.0-sigstore, envelope, LOG_PROOF_INVALID",
    "v1.1.0-sigstore, canonicalizedBody, LOG_PROOF_INVALID",
    "v1.1.0-sigstore, rfc3161Timestamps, TIMESTAMP_INVALID"
  })
  void oneByteThatChangedIsRejected(String model, String field, Reason reason) throws Exception {
    byte[] bundle = Files.readAllBytes(Fixtures.path("oms/" + model + "/model.sig"));

    byte[] corrupted = corrupted(bundle, field);

    assertThat(verifier().check("acme/base", "", "model.sig", corrupted, "").get(0).signature())
        .satisfies(check -> assertThat(check.signer()).isEmpty())
        .extracting(check -> check.failure().orElseThrow().reason())
        .isEqualTo(reason);
  }

  /**
   * Changes the eleventh byte from the end of a field's first string, or its middle where it is
   * shorter; of a field without a string, its name.
   */
  private static byte[] corrupted(byte[] bundle, String field) {
    String text = new String(bundle, StandardCharsets.ISO_8859_1);
    Matcher value =
        Pattern.compile("\"" + field + "\": ?\\[?(?:\\{\"signedTimestamp\": ?)?\"([^\"]*)\"")
            .matcher(text);
    int start;
    int end;
    if (value.find()) {
      start = value.start(1);
      end = value.end(1);
    } else {
      start = text.indexOf('"' + field + '"') + 1;
      end = start + field.length();
    }
    int at = end - start > 22 ? end - 11 : (start + end) / 2;
    byte[] corrupted = bundle.clone();
    corrupted[at] = (byte) (text.charAt(at) == '0' ? '1' : '0');
    return corrupted;
  }

  /**
   * What no signature covers, so that it may change: names of the key that only choose among those
   * of the policy, what may as well be absent, and what an RFC 3161 response carries beside its
   * signed part: its status, the type of its container, and the name that it has for its signer.
   */
  private static final Set<String> UNSIGNED =
      Set.of(
          "hint",
          "keyid",
          "tlogEntries",
          "timestampVerificationData",
          "rfc3161Timestamps",
          "signedTimestamp",
          "inclusionPromise",
          "signedEntryTimestamp");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v0.2.0-certificate",
        "v1.0.0-sigstore",
        "v1.1.0-certificate",
        "v1.1.0-elliptic-key",
        "v1.1.0-sigstore"
      })
  void aFlippedBitIsRejectedWhereverSomethingIsSigned(String model) throws Exception {
    byte[] bundle = Files.readAllBytes(Fixtures.path("oms/" + model + "/model.sig"));
    BundleVerifier verifier = verifier();
    Optional<Signer> signer =
        verifier.check("acme/base", "", "model.sig", bundle, "").get(0).signature().signer();
    for (int at = 0; at < bundle.length; at += 97) {
      byte[] flipped = bundle.clone();
      flipped[at] ^= 1;
      SignatureCheck check =
          verifier.check("acme/base", "", "model.sig", flipped, "").get(0).signature();

      if (check.holds()) {
        assertThat(check.signer()).isEqualTo(signer);
        assertThat(UNSIGNED).as("byte " + at).contains(field(bundle, at));
      }
    }
  }

  /** The last name of a field that begins before a byte. */
  private static String field(byte[] bundle, int at) {
    String text = new String(bundle, StandardCharsets.ISO_8859_1);
    Matcher names = Pattern.compile("\"([A-Za-z0-9]+)\" ?:").matcher(text);
    String last = "";
    while (names.find() && names.start() <= at) {
      last = names.group(1);
    }
    return last;
  }

  private static CheckedStatement check(String fixture) throws Exception {
    Path path = Fixtures.path(fixture);
    byte[] bytes = Files.readAllBytes(path);
    return verifier()
        .check("acme/base", "", path.getFileName().toString(), bytes, Sha256Hex.of(bytes))
        .get(0);
  }

  private static BundleVerifier verifier() throws IOException, PolicyException {
    return new BundleVerifier(policy(), Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static TrustPolicy policy() throws IOException, PolicyException {
    String yaml =
        """
        version: 1
        trust_roots:
          - {name: public-good, sigstore: root.json}
          - {name: ca, certificates: ca.pem}
          - {name: key, public_key: key.pem}
        """;
    return TrustPolicy.parse(
        PolicySource.of(
            "policy.yaml",
            yaml.getBytes(StandardCharsets.UTF_8),
            Map.of(
                "root.json",
                Files.readAllBytes(Fixtures.path("sigstore/public-good.trusted_root.json")),
                "ca.pem",
                Files.readAllBytes(Fixtures.path("oms/keys/ca-cert.pem")),
                "key.pem",
                Files.readAllBytes(Fixtures.path("oms/keys/signing-key-pub.pem")))));
  }

  private static List<ScannedFile> scan(String model) throws IOException {
    var files = new ArrayList<ScannedFile>();
    try (var children = Files.list(Fixtures.path(model))) {
      for (Path child : children.toList()) {
        files.add(ScannedFiles.file(child.getFileName().toString(), Files.readAllBytes(child)));
      }
    }
    return files;
  }
}
