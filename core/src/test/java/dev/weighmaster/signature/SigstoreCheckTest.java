package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.signature.LocalSigstore.BundleBuilder;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TestCertificates;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SigstoreCheckTest {
  private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");
  private static final String IDENTITY = "release@acme.example";
  private static final String ISSUER = "https://accounts.acme.example";
  private static final LocalSigstore SIGSTORE = LocalSigstore.create(NOW);
  private static final BundleVerifier VERIFIER = verifier("{name: s, sigstore: root.json}");

  /** Names that ASCII can't say, so that bytes and characters differ in number. */
  private static final byte[] STATEMENT =
      ModelSigner.statement(
          "модель",
          ModelSigner.manifest(
              List.of(new Resource("🜲.bin", 0, Optional.empty(), "a".repeat(64))),
              List.of(),
              false));

  private static final byte[] HONEST = SIGSTORE.sign(STATEMENT, IDENTITY, ISSUER);

  @ParameterizedTest
  @MethodSource("variants")
  void anHonestBundleVerifies(byte[] bundle) {
    SignatureCheck check = check(VERIFIER, bundle);

    assertThat(check.failure()).isEmpty();
    assertThat(check.signer().orElseThrow())
        .extracting(Signer::method, Signer::root, Signer::identity, Signer::issuer)
        .containsExactly(SigningMethod.SIGSTORE, "s", IDENTITY, ISSUER);
    assertThat(check.logIndex()).isPresent();
    assertThat(check.signedAt().orElseThrow())
        .isBetween(NOW.minus(Duration.ofHours(1)), NOW.plus(Duration.ofHours(1)));
  }

  static Stream<byte[]> variants() {
    return Stream.of(
        HONEST,
        SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).withoutTimestamp().build(),
        SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).withoutPromise().build(),
        SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).asVersion02().build(),
        SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).asIntotoEntry().build(),
        SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).inRekorV2().build(),
        SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).inRekorV2AsEnvelope().build(),
        SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).inRekorV2().withWitnesses().build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "application/vnd.dev.sigstore.bundle.v0.3+json"
      })
  void everyMediaTypeOfABundleIsTaken(String mediaType) {
    byte[] bundle =
        new String(HONEST, UTF_8)
            .replaceFirst("\"mediaType\":\"[^\"]+\"", "\"mediaType\":\"" + mediaType + "\"")
            .getBytes(UTF_8);

    assertThat(new String(bundle, UTF_8)).contains(mediaType);
    assertThat(check(VERIFIER, bundle).failure()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aFlawIsTheReasonOfTheFirstCheckThatItBreaks(Flaw flaw) {
    byte[] bundle = SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).with(flaw).build();

    assertThat(check(VERIFIER, bundle).failure()).map(Problem::reason).contains(reason(flaw));
  }

  @ParameterizedTest
  @EnumSource(
      names = {"PROMISE_BY_ANOTHER_KEY", "LOG_ENTRY_AFTER_EXPIRY"},
      mode = Mode.EXCLUDE)
  void aFlawIsTheSameReasonInRekorV2(Flaw flaw) {
    byte[] bundle = SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).inRekorV2().with(flaw).build();

    assertThat(check(VERIFIER, bundle).failure()).map(Problem::reason).contains(reason(flaw));
  }

  private static Reason reason(Flaw flaw) {
    return switch (flaw) {
      case TWO_SIGNATURES, ANOTHER_PAYLOAD_TYPE, NO_LOG_ENTRY -> Reason.MALFORMED_BUNDLE;
      case CERTIFICATE_BY_ANOTHER_AUTHORITY -> Reason.SIGNER_NOT_TRUSTED;
      case SIGNATURE_OVER_ANOTHER_PAYLOAD, SIGNATURE_BY_ANOTHER_KEY -> Reason.SIGNATURE_INVALID;
      case CERTIFICATE_NOT_FOR_CODE_SIGNING,
          NO_SCT,
          SCT_BY_ANOTHER_LOG,
          SCT_OF_ANOTHER_CERTIFICATE,
          LOG_ENTRY_AFTER_EXPIRY,
          TIMESTAMP_AFTER_EXPIRY ->
          Reason.CERTIFICATE_UNTRUSTED;
      case TWO_LOG_ENTRIES,
          LOG_ENTRY_IN_ANOTHER_LOG,
          LOG_ENTRY_OF_ANOTHER_PAYLOAD,
          LOG_ENTRY_OF_ANOTHER_SIGNATURE,
          LOG_ENTRY_OF_ANOTHER_CERTIFICATE,
          PROMISE_BY_ANOTHER_KEY,
          NO_INCLUSION_PROOF,
          INCLUSION_PATH_CHANGED,
          NO_CHECKPOINT,
          CHECKPOINT_BY_ANOTHER_KEY,
          CHECKPOINT_OF_ANOTHER_ROOT,
          CHECKPOINT_OF_ANOTHER_SIZE,
          CHECKPOINT_OF_ANOTHER_ORIGIN,
          CHECKPOINT_WITH_ANOTHER_KEY_HINT,
          LOG_INDEX_CHANGED ->
          Reason.LOG_PROOF_INVALID;
      case TIMESTAMP_BY_ANOTHER_AUTHORITY, TIMESTAMP_OVER_ANOTHER_SIGNATURE, NO_TRUSTED_TIME ->
          Reason.TIMESTAMP_INVALID;
    };
  }

  @Test
  void aSecondLogByAnEcdsaKeyIsReadAsWell() {
    LocalSigstore ecdsa = LocalSigstore.create(NOW, LocalKey.generate());
    byte[] bundle = ecdsa.bundle(STATEMENT, IDENTITY, ISSUER).inRekorV2().build();

    assertThat(check(verifierOf(ecdsa.trustedRoot()), bundle).failure()).isEmpty();
    assertThat(check(VERIFIER, bundle).failure())
        .map(Problem::reason)
        .contains(Reason.SIGNER_NOT_TRUSTED);
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "2", "0 0", "1 0", "2 0 2", "0 1"})
  void anOlderBundleMayBringTheIntermediateAlongInAnyOrder(String order) throws Exception {
    X509Certificate intermediate = SIGSTORE.authorities().get(0);
    X509Certificate unrelated = LocalSigstore.create(NOW).authorities().get(0);
    X509Certificate another =
        LocalAuthority.root("CN=root,O=sigstore.example", NOW, NOW.plusSeconds(1))
            .intermediate("CN=intermediate,O=sigstore.example")
            .certificate();
    List<X509Certificate> along = List.of(intermediate, unrelated, another);

    for (BundleVerifier verifier : List.of(VERIFIER, verifierOf(rootAlone()))) {
      byte[] bundle =
          withCertificates(
              Arrays.stream(order.split(" ")).map(i -> along.get(Integer.parseInt(i))).toList());
      boolean needed = verifier != VERIFIER && !order.contains("0");
      assertThat(check(verifier, bundle).failure().map(Problem::reason))
          .isEqualTo(needed ? Optional.of(Reason.SIGNER_NOT_TRUSTED) : Optional.empty());
    }
  }

  @Test
  void anOlderBundleThatBringsTheRootAlongIsRefused() throws Exception {
    assertThat(check(VERIFIER, withCertificates(SIGSTORE.authorities())).failure())
        .contains(
            new Problem(
                Reason.CERTIFICATE_UNTRUSTED,
                "the bundle brings a root certificate along, which a keyless one must not"));
  }

  /** An instance whose intermediate certificates come with the bundles. */
  private static byte[] rootAlone() throws Exception {
    var json = new ObjectMapper().readTree(SIGSTORE.trustedRoot());
    ((ArrayNode) json.at("/certificateAuthorities/0/certChain/certificates")).remove(0);
    return new ObjectMapper().writeValueAsBytes(json);
  }

  private static byte[] withCertificates(List<X509Certificate> along) throws Exception {
    byte[] older = SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).asVersion02().build();
    var json = new ObjectMapper().readTree(older);
    var chain = (ArrayNode) json.at("/verificationMaterial/x509CertificateChain/certificates");
    for (X509Certificate certificate : along) {
      chain.addObject().put("rawBytes", certificate.getEncoded());
    }
    return new ObjectMapper().writeValueAsBytes(json);
  }

  @Test
  void everyEntryOfAKnownLogMustHoldAndOneIsEnough() {
    BundleBuilder inBoth = SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).inBothLogs();
    BundleBuilder inAnother = SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).inAnUnknownLogToo();

    assertThat(check(VERIFIER, inBoth.build()).failure()).isEmpty();
    assertThat(check(VERIFIER, inAnother.build()).failure()).isEmpty();
    assertThat(check(VERIFIER, inAnother.with(Flaw.LOG_ENTRY_IN_ANOTHER_LOG).build()).failure())
        .contains(
            new Problem(
                Reason.LOG_PROOF_INVALID,
                "the log entry is in no log of the Sigstore instance \"s\""));
  }

  @Test
  void moreEntriesThanLogsThereAreAreNotLookedAt() throws Exception {
    var json = new ObjectMapper().readTree(HONEST);
    var entries = (ArrayNode) json.at("/verificationMaterial/tlogEntries");
    while (entries.size() < 11) {
      entries.add(entries.get(0));
    }

    assertThat(check(VERIFIER, new ObjectMapper().writeValueAsBytes(json)).failure())
        .map(Problem::reason)
        .contains(Reason.MALFORMED_BUNDLE);
    entries.remove(0);
    assertThat(check(VERIFIER, new ObjectMapper().writeValueAsBytes(json)).failure()).isEmpty();
  }

  @Test
  void aLogAtAPortMaySignByItsHostAloneOrWithThePort() {
    LocalSigstore atPort = LocalSigstore.withLogsAt(NOW, ":3000");
    byte[] elsewhere =
        new String(atPort.trustedRoot(), UTF_8).replace(":3000", ":3001").getBytes(UTF_8);
    byte[] byHost =
        new String(SIGSTORE.trustedRoot(), UTF_8)
            .replace("rekor.sigstore.example", "rekor.sigstore.example:3000")
            .getBytes(UTF_8);
    for (byte[] bundle :
        List.of(
            atPort.sign(STATEMENT, IDENTITY, ISSUER),
            atPort.bundle(STATEMENT, IDENTITY, ISSUER).inRekorV2().build())) {
      assertThat(check(verifierOf(atPort.trustedRoot()), bundle).failure()).isEmpty();
      assertThat(check(verifierOf(elsewhere), bundle).failure())
          .map(Problem::reason)
          .contains(Reason.LOG_PROOF_INVALID);
    }
    assertThat(check(verifierOf(byHost), HONEST).failure()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "CHECKPOINT_BY_ANOTHER_KEY",
        "CHECKPOINT_OF_ANOTHER_ROOT",
        "CHECKPOINT_OF_ANOTHER_ORIGIN",
        "CHECKPOINT_WITH_ANOTHER_KEY_HINT"
      })
  void aCheckpointOfALogAtAPortMustHoldAsWell(Flaw flaw) {
    LocalSigstore atPort = LocalSigstore.withLogsAt(NOW, ":3000");
    byte[] bundle = atPort.bundle(STATEMENT, IDENTITY, ISSUER).with(flaw).build();

    assertThat(check(verifierOf(atPort.trustedRoot()), bundle).failure())
        .map(Problem::reason)
        .contains(Reason.LOG_PROOF_INVALID);
  }

  /** All honest bundles are signed at {@link #NOW} or a second later. */
  @ParameterizedTest
  @CsvSource({
    "certificateAuthorities/0/validFor, end, 2026-11-21T00:00:00Z, CERTIFICATE_UNTRUSTED",
    "certificateAuthorities/0/validFor, start, 2026-11-23T00:00:00Z, CERTIFICATE_UNTRUSTED",
    "certificateAuthorities/0/validFor, end, 2026-11-22T00:00:00Z, CERTIFICATE_UNTRUSTED",
    "ctlogs/0/publicKey/validFor, end, 2026-11-21T00:00:00Z, CERTIFICATE_UNTRUSTED",
    "ctlogs/0/publicKey/validFor, start, 2026-11-23T00:00:00Z, CERTIFICATE_UNTRUSTED",
    "timestampAuthorities/0/validFor, end, 2026-11-21T00:00:00Z, TIMESTAMP_INVALID",
    "timestampAuthorities/0/validFor, start, 2026-11-23T00:00:00Z, TIMESTAMP_INVALID",
    "tlogs/0/publicKey/validFor, end, 2026-11-21T00:00:00Z, LOG_PROOF_INVALID",
    "tlogs/0/publicKey/validFor, start, 2026-11-23T00:00:00Z, LOG_PROOF_INVALID",
    "tlogs/1/publicKey/validFor, end, 2026-11-21T00:00:00Z,",
    // The interval is closed: both times of the bundle are these.
    "tlogs/0/publicKey/validFor, end, 2026-11-22T00:00:01Z,",
    "tlogs/0/publicKey/validFor, start, 2026-11-22T00:00:01Z,",
    "timestampAuthorities/0/validFor, end, 2026-11-22T00:00:01Z,",
    "timestampAuthorities/0/validFor, start, 2026-11-22T00:00:01Z,",
  })
  void aPartyCountsWhileTheTrustedRootSaysThatItIsInUse(
      String window, String edge, String time, Reason reason) throws Exception {
    var json = new ObjectMapper().readTree(SIGSTORE.trustedRoot());
    ((ObjectNode) json.at("/" + window)).put(edge, time);
    BundleVerifier verifier = verifierOf(new ObjectMapper().writeValueAsBytes(json));

    assertThat(check(verifier, HONEST).failure().map(Problem::reason))
        .isEqualTo(Optional.ofNullable(reason));
  }

  @Test
  void ofTwoEntriesForOneAuthorityEitherMayCoverTheTime() throws Exception {
    var json = new ObjectMapper().readTree(SIGSTORE.trustedRoot());
    var authorities = (ArrayNode) json.at("/certificateAuthorities");
    authorities.add(authorities.get(0).deepCopy());
    ((ObjectNode) authorities.at("/0/validFor")).put("end", "2026-11-22T00:00:00Z");
    byte[] two = new ObjectMapper().writeValueAsBytes(json);
    ((ObjectNode) authorities.at("/1/validFor")).put("end", "2026-11-22T00:00:00Z");
    byte[] ended = new ObjectMapper().writeValueAsBytes(json);

    assertThat(check(verifierOf(two), HONEST).failure()).isEmpty();
    assertThat(check(verifierOf(ended), HONEST).failure())
        .contains(
            new Problem(
                Reason.CERTIFICATE_UNTRUSTED,
                "the authority that issued the certificate was not in use at"
                    + " 2026-11-22T00:00:01Z"));
  }

  @Test
  void withoutASigstoreRootNobodyVouches() {
    for (byte[] bundle : variants().toList()) {
      assertThat(check(new BundleVerifier(TrustPolicy.none()), bundle).failure())
          .map(Problem::reason)
          .contains(Reason.SIGNER_NOT_TRUSTED);
    }
  }

  @Test
  void theInstanceThatIssuedTheCertificateSaysWhatIsWrong() {
    BundleVerifier two =
        verifier("{name: other, sigstore: other.json}, {name: s, sigstore: root.json}");
    byte[] flawed =
        SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).with(Flaw.INCLUSION_PATH_CHANGED).build();

    assertThat(check(two, HONEST).signer().orElseThrow().root()).isEqualTo("s");
    assertThat(check(two, flawed).failure())
        .map(Problem::reason)
        .contains(Reason.LOG_PROOF_INVALID);
  }

  @Test
  void anOlderBundleOfAStrangersCertificateIsJudgedByTheAuthorities() {
    byte[] bundle = SIGSTORE.bundle(STATEMENT, IDENTITY, ISSUER).asVersion02().build();

    SignatureCheck check = check(verifier("{name: ca, certificates: ca.pem}"), bundle);

    assertThat(check.method()).contains(SigningMethod.SIGSTORE);
    assertThat(check.failure()).map(Problem::reason).contains(Reason.SIGNER_NOT_TRUSTED);
  }

  @Test
  void aTimestampOfDeepNestingIsRefused() {
    byte[] nested = new byte[60_000];
    for (int i = 0; i < nested.length; i += 2) {
      nested[i] = 0x30;
      nested[i + 1] = (byte) 0x80;
    }
    String bundle =
        new String(HONEST, UTF_8)
            .replaceFirst(
                "\"signedTimestamp\"\\s*:\\s*\"[^\"]+\"",
                "\"signedTimestamp\":\"" + Base64.getEncoder().encodeToString(nested) + "\"");

    assertThat(check(VERIFIER, bundle.getBytes(UTF_8)).failure())
        .map(Problem::reason)
        .contains(Reason.MALFORMED_BUNDLE);
  }

  @Test
  void aTruncatedBundleIsMalformed() {
    for (int length = 0; length < HONEST.length; length += 7) {
      assertThat(check(VERIFIER, Arrays.copyOf(HONEST, length)).failure())
          .map(Problem::reason)
          .contains(Reason.MALFORMED_BUNDLE);
    }
  }

  @Property
  void aFlippedBitNeverMakesAnotherSigner(@ForAll @IntRange(min = 0) int at) {
    byte[] bundle = HONEST.clone();
    bundle[at / 8 % bundle.length] ^= (byte) (1 << at % 8);

    SignatureCheck check = check(VERIFIER, bundle);

    assertThat(check.signer().isPresent()).isNotEqualTo(check.failure().isPresent());
    check.signer().ifPresent(signer -> assertThat(signer.identity()).isEqualTo(IDENTITY));
  }

  private static SignatureCheck check(BundleVerifier verifier, byte[] bundle) {
    return verifier
        .check("acme/base", "r1", "model.sig", bundle, Sha256Hex.of(bundle))
        .get(0)
        .signature();
  }

  private static BundleVerifier verifierOf(byte[] trustedRoot) {
    try {
      return new BundleVerifier(OwnRoot.policy("sigstore", trustedRoot));
    } catch (PolicyException e) {
      throw new IllegalStateException(e);
    }
  }

  private static BundleVerifier verifier(String roots) {
    try {
      return new BundleVerifier(
          TrustPolicy.parse(
              PolicySource.of(
                  "policy.yaml",
                  ("{version: 1, trust_roots: [" + roots + "]}").getBytes(UTF_8),
                  Map.of(
                      "root.json", SIGSTORE.trustedRoot(),
                      "other.json", LocalSigstore.create(NOW).trustedRoot(),
                      "ca.pem", TestCertificates.root("CN=Root").pem()))));
    } catch (PolicyException e) {
      throw new IllegalStateException(e);
    }
  }
}
