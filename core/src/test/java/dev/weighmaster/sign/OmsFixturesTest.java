package dev.weighmaster.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.Fixtures;
import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.Sha256Hex;
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
    assertThat(ManifestCheck.check(statement.manifest().orElseThrow(), scan("oms/" + model)))
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
                statement.manifest().orElseThrow(), scan("oms/v1.1.0-elliptic-key")))
        .map(Problem::detail)
        .hasValueSatisfying(
            detail -> assertThat(detail).contains("\"signme-1\"", "bc9a717d", "f6310066"));
  }

  private static CheckedStatement check(String fixture) throws Exception {
    Path path = Fixtures.path(fixture);
    byte[] bytes = Files.readAllBytes(path);
    var verifier = new BundleVerifier(policy(), Clock.fixed(NOW, ZoneOffset.UTC));
    return verifier
        .check("acme/base", "", path.getFileName().toString(), bytes, Sha256Hex.of(bytes))
        .get(0);
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
