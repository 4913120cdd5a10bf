package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.trust.PemCertificates;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TestCertificates;
import dev.weighmaster.trust.TestKeys;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Log entries and timestamps of bundles that are signed by a key, or under another authority. */
class CountersignaturesTest {
  private static final Instant SIGNED = TestCertificates.FROM.plusSeconds(86_400);
  private static final Instant EXPIRED = TestCertificates.UNTIL.plusSeconds(86_400);
  private static final LocalSigstore SIGSTORE = LocalSigstore.create(SIGNED);
  private static final KeyPair KEY = TestKeys.generate("secp384r1");
  private static final TestCertificates AUTHORITY = TestCertificates.root("CN=Root,O=Acme");
  private static final X509Certificate LEAF =
      AUTHORITY.leaf("CN=Release,O=Acme", KEY, KeyUsage.digitalSignature);
  private static final byte[] STATEMENT =
      ModelSigner.statement(
          "base",
          ModelSigner.manifest(
              List.of(new Resource("a.bin", 0, Optional.empty(), "a".repeat(64))),
              List.of(),
              false));

  @Test
  void aLogEntryOfAKeysSignatureCounts() throws Exception {
    SignatureCheck check = check(SIGNED, SIGSTORE.logged(byKey(), TestKeys.publicPem(KEY)));

    assertThat(check.failure()).isEmpty();
    assertThat(check.logIndex()).isPresent();
    assertThat(check.signedAt()).contains(SIGNED.plusSeconds(1));
    assertThat(check(SIGNED, byKey()).logIndex()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "LOG_ENTRY_OF_ANOTHER_PAYLOAD",
        "INCLUSION_PATH_CHANGED",
        "CHECKPOINT_BY_ANOTHER_KEY",
        "PROMISE_BY_ANOTHER_KEY",
        "NO_INCLUSION_PROOF"
      })
  void anEntryOfAKnownLogMustHold(Flaw flaw) throws Exception {
    byte[] byKey = SIGSTORE.logged(byKey(), TestKeys.publicPem(KEY), flaw);
    byte[] byCertificate = SIGSTORE.logged(byCertificate(), pem(), flaw);

    assertThat(reason(check(SIGNED, byKey))).contains(Reason.LOG_PROOF_INVALID);
    assertThat(reason(check(SIGNED, byCertificate))).contains(Reason.LOG_PROOF_INVALID);
  }

  @ParameterizedTest
  @CsvSource({
    "end, 2026-01-01T00:00:00Z",
    "start, 2126-01-01T00:00:00Z",
  })
  void anEntryOfALogWhoseKeyWasNotInUseThenDoesNotHold(String edge, String time) throws Exception {
    var json = new ObjectMapper();
    JsonNode root = json.readTree(SIGSTORE.trustedRoot());
    ((ObjectNode) root.at("/tlogs/0/publicKey/validFor")).put(edge, time);
    byte[] trustedRoot = json.writeValueAsBytes(root);

    for (byte[] bundle :
        List.of(
            SIGSTORE.logged(byKey(), TestKeys.publicPem(KEY)),
            SIGSTORE.logged(byCertificate(), pem()),
            SIGSTORE.logged(
                SIGSTORE.stamped(byKey()), TestKeys.publicPem(KEY), Flaw.NO_TRUSTED_TIME))) {
      assertThat(reason(check(SIGNED, trustedRoot, bundle))).contains(Reason.LOG_PROOF_INVALID);
    }
  }

  @Test
  void anEntryOfAnotherSignerDoesNotHold() throws Exception {
    byte[] bundle = SIGSTORE.logged(byKey(), TestKeys.publicPem(TestKeys.generate("secp384r1")));

    assertThat(check(SIGNED, bundle).failure())
        .contains(
            new Problem(
                Reason.LOG_PROOF_INVALID, "the log entry is of another certificate or key"));
  }

  @Test
  void whatNobodyKnowsVouchesForNothing() throws Exception {
    byte[] logged =
        SIGSTORE.logged(byKey(), TestKeys.publicPem(KEY), Flaw.LOG_ENTRY_IN_ANOTHER_LOG);
    byte[] stamped = SIGSTORE.stamped(byKey(), Flaw.TIMESTAMP_BY_ANOTHER_AUTHORITY);

    assertThat(check(SIGNED, logged).holds()).isTrue();
    assertThat(check(SIGNED, logged).logIndex()).isEmpty();
    assertThat(check(SIGNED, stamped).holds()).isTrue();
    assertThat(check(SIGNED, stamped).signedAt()).isEmpty();
  }

  @Test
  void anEntryWithoutATimeVouchesForNothing() throws Exception {
    byte[] bundle = SIGSTORE.logged(byKey(), TestKeys.publicPem(KEY), Flaw.NO_TRUSTED_TIME);

    assertThat(check(SIGNED, bundle).holds()).isTrue();
    assertThat(check(SIGNED, bundle).logIndex()).isEmpty();
    assertThat(check(SIGNED, bundle).signedAt()).isEmpty();
  }

  @Test
  void aCertificateThatHasExpiredSinceHoldsByTheTimeOfSigning() throws Exception {
    assertThat(reason(check(EXPIRED, byCertificate()))).contains(Reason.CERTIFICATE_UNTRUSTED);
    assertThat(check(EXPIRED, SIGSTORE.stamped(byCertificate())).signedAt())
        .contains(SIGNED.plusSeconds(1));
    assertThat(check(EXPIRED, SIGSTORE.logged(byCertificate(), pem())).logIndex()).isPresent();
    assertThat(
            reason(
                check(
                    EXPIRED,
                    SIGSTORE.stamped(byCertificate(), Flaw.TIMESTAMP_BY_ANOTHER_AUTHORITY))))
        .contains(Reason.CERTIFICATE_UNTRUSTED);
  }

  @Test
  void aCertificateThatWasNotValidWhenItSignedDoesNotHoldNow() throws Exception {
    LocalSigstore before = LocalSigstore.create(TestCertificates.FROM.minusSeconds(86_400));

    byte[] bundle = before.stamped(byCertificate());

    assertThat(reason(check(SIGNED, before.trustedRoot(), bundle)))
        .contains(Reason.CERTIFICATE_UNTRUSTED);
  }

  private static Optional<Reason> reason(SignatureCheck check) {
    return check.failure().map(Problem::reason);
  }

  private static SignatureCheck check(Instant now, byte[] bundle) throws Exception {
    return check(now, SIGSTORE.trustedRoot(), bundle);
  }

  private static SignatureCheck check(Instant now, byte[] trustedRoot, byte[] bundle)
      throws Exception {
    String policy =
        """
        version: 1
        trust_roots:
          - {name: key, public_key: key.pem}
          - {name: ca, certificates: ca.pem}
          - {name: sigstore, sigstore: root.json}
        """;
    TrustPolicy trust =
        TrustPolicy.parse(
            PolicySource.of(
                "policy.yaml",
                policy.getBytes(UTF_8),
                Map.of(
                    "key.pem", TestKeys.publicPem(KEY),
                    "ca.pem", AUTHORITY.pem(),
                    "root.json", trustedRoot)));
    return new BundleVerifier(trust, Clock.fixed(now, ZoneOffset.UTC))
        .check("acme/base", "", "model.sig", bundle, Sha256Hex.of(bundle))
        .get(0)
        .signature();
  }

  private static byte[] byKey() throws Exception {
    return KeySigner.of(TestKeys.privatePem(KEY)).sign(STATEMENT);
  }

  private static byte[] byCertificate() throws Exception {
    return KeySigner.of(TestKeys.privatePem(KEY)).withCertificates(List.of(LEAF)).sign(STATEMENT);
  }

  private static byte[] pem() {
    return PemCertificates.pem(LEAF).getBytes(US_ASCII);
  }
}
