package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.trust.EcdsaAlgorithm;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TestCertificates;
import dev.weighmaster.trust.TestKeys;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BundleVerifierTest {
  private static final Instant NOW = TestCertificates.FROM.plusSeconds(86_400);
  private static final KeyPair KEY = TestKeys.generate("secp256r1");
  private static final KeyPair OTHER_KEY = TestKeys.generate("secp256r1");
  private static final TestCertificates ROOT = TestCertificates.root("CN=Root,O=Acme");
  private static final TestCertificates AUTHORITY = ROOT.intermediate("CN=Issuing,O=Acme");
  private static final X509Certificate LEAF =
      AUTHORITY.leaf("CN=Release,O=Acme", KEY, KeyUsage.digitalSignature);
  private static final BundleVerifier VERIFIER =
      verifier(
          NOW,
          """
          version: 1
          trust_roots:
            - {name: key, public_key: key.pem}
            - {name: ca, certificates: ca.pem}
          """);

  /** Names that ASCII can't say, so that bytes and characters differ in number. */
  private static final byte[] STATEMENT =
      ModelSigner.statement(
          "модель",
          ModelSigner.manifest(
              List.of(new Resource("🜲.bin", 0, Optional.empty(), "a".repeat(64))),
              List.of(),
              false));

  private static final byte[] BY_KEY = signer(KEY).sign(STATEMENT);
  private static final byte[] BY_CERTIFICATE = certified(LEAF, AUTHORITY.certificate());

  @ParameterizedTest
  @ValueSource(strings = {"secp256r1", "secp384r1", "secp521r1"})
  void whatAKeySignsVerifiesByThatKey(String curve) {
    KeyPair pair = TestKeys.generate(curve);
    BundleVerifier verifier =
        verifier(
            NOW, "{version: 1, trust_roots: [{name: k, public_key: own.pem}]}", "own.pem", pair);

    CheckedStatement statement = check(verifier, "model.sig", signer(pair).sign(STATEMENT)).get(0);

    assertThat(statement.signature().signer())
        .contains(
            new Signer(
                SigningMethod.KEY,
                "k",
                "sha256:" + Sha256Hex.of(pair.getPublic().getEncoded()),
                "",
                Sha256Hex.of(pair.getPublic().getEncoded())));
    assertThat(statement.statementSha256()).contains(Sha256Hex.of(STATEMENT));
    assertThat(statement.manifest()).isPresent();
  }

  @Test
  void aCertificateThatChainsToAnAuthorityVerifies() {
    Signer expected =
        new Signer(
            SigningMethod.CERTIFICATE,
            "ca",
            "CN=Release,O=Acme",
            "CN=Issuing,O=Acme",
            Sha256Hex.of(LEAF.getPublicKey().getEncoded()));

    assertThat(only(BY_CERTIFICATE).signer()).contains(expected);
    assertThat(only(certified(LEAF, AUTHORITY.certificate(), ROOT.certificate())).signer())
        .contains(expected);
  }

  @Test
  void aKeyInsteadOfAHintIsTakenFromOlderBundles() {
    String key = Base64.getEncoder().encodeToString(TestKeys.publicPem(KEY));
    byte[] older =
        text(BY_KEY)
            .replaceFirst("\"hint\":\"[0-9a-f]+\"", "\"rawBytes\":\"" + key + "\"")
            .replace("\"keyid\":\"\"", "\"keyid\":null")
            .getBytes(UTF_8);

    assertThat(only(older).failure()).isEmpty();
  }

  @Test
  void withoutAHintEveryKeyIsTried() {
    byte[] bundle = text(BY_KEY).replaceFirst("\"hint\":\"[0-9a-f]+\"", "").getBytes(UTF_8);

    assertThat(only(bundle).failure()).isEmpty();
  }

  @Test
  void theMistakenEncodingOfVersion020IsForItsPredicateAlone() {
    byte[] old =
        """
        {"_type": "https://in-toto.io/Statement/v1", "predicate": {"it's": "\\\\\\t\\u00e9"},
         "predicateType": "https://model_signing/Digests/v0.1",
         "subject": [{"name": "é", "digest": {"sha256": "DIGEST"},
           "annotations": {"actual_hash_algorithm": "file-sha256"}}]}
        """
            .replace("DIGEST", "a".repeat(64))
            .getBytes(UTF_8);

    assertThat(only(mistaken(old)).failure()).isEmpty();
    assertThat(reason(mistaken(STATEMENT))).isEqualTo(Reason.SIGNATURE_INVALID);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("flaws")
  void aFlawIsTheReasonOfTheFirstCheckThatItBreaks(String flaw, byte[] bundle, Reason reason) {
    assertThat(only(bundle).signer()).isEmpty();
    assertThat(reason(bundle)).isEqualTo(reason);
  }

  static Stream<Arguments> flaws() {
    byte[] otherStatement = new String(STATEMENT, UTF_8).replace("aaaa", "bbbb").getBytes(UTF_8);
    TestCertificates stranger = TestCertificates.root("CN=Root,O=Acme");
    X509Certificate strangersLeaf = stranger.leaf("CN=L", KEY, KeyUsage.digitalSignature);
    return Stream.of(
        arguments(
            "statement of another signature",
            swap(BY_KEY, otherStatement),
            Reason.MALFORMED_BUNDLE),
        arguments(
            "statement with another blank",
            swap(BY_KEY, (new String(STATEMENT, UTF_8) + " ").getBytes(UTF_8)),
            Reason.SIGNATURE_INVALID),
        arguments(
            "certificate and statement with another blank",
            swap(BY_CERTIFICATE, (new String(STATEMENT, UTF_8) + " ").getBytes(UTF_8)),
            Reason.SIGNATURE_INVALID),
        arguments(
            "signature that is no DER",
            replace(BY_KEY, "\"sig\":\"[^\"]+\"", "\"sig\":\"AAAA\""),
            Reason.SIGNATURE_INVALID),
        arguments(
            "empty signature",
            replace(BY_KEY, "\"sig\":\"[^\"]+\"", "\"sig\":\"\""),
            Reason.SIGNATURE_INVALID),
        arguments("unknown key", signer(OTHER_KEY).sign(STATEMENT), Reason.SIGNER_NOT_TRUSTED),
        arguments(
            "unknown key with a known hint",
            withHintOf(signer(OTHER_KEY).sign(STATEMENT), BY_KEY),
            Reason.SIGNATURE_INVALID),
        arguments("no way to the authority", certified(LEAF), Reason.SIGNER_NOT_TRUSTED),
        arguments(
            "authority of the same name",
            certified(strangersLeaf, stranger.certificate()),
            Reason.SIGNER_NOT_TRUSTED),
        arguments(
            "authority that is none",
            certified(
                new TestCertificates(LEAF, KEY).leaf("CN=L", KEY, KeyUsage.digitalSignature),
                LEAF,
                AUTHORITY.certificate()),
            Reason.CERTIFICATE_UNTRUSTED),
        arguments(
            "key usage without signatures",
            certified(AUTHORITY.leaf("CN=L", KEY, KeyUsage.keyAgreement), AUTHORITY.certificate()),
            Reason.CERTIFICATE_UNTRUSTED),
        arguments(
            "certificate of a keyless signer without a log entry",
            replace(
                BY_CERTIFICATE,
                "\"x509CertificateChain\":\\{\"certificates\":\\[(\\{[^}]+}).*?]}",
                "\"certificate\":$1"),
            Reason.MALFORMED_BUNDLE));
  }

  @ParameterizedTest
  @MethodSource("times")
  void aCertificateMustBeValidNow(Instant now, Optional<Problem> problem) {
    BundleVerifier verifier =
        verifier(now, "{version: 1, trust_roots: [{name: ca, certificates: ca.pem}]}");

    assertThat(check(verifier, "model.sig", BY_CERTIFICATE).get(0).signature().failure())
        .isEqualTo(problem);
  }

  static Stream<Arguments> times() {
    var notNow =
        new Problem(
            Reason.CERTIFICATE_UNTRUSTED,
            "the certificate, or one above it, is not valid now, and the time of signing is"
                + " not proven");
    return Stream.of(
        arguments(TestCertificates.FROM, Optional.empty()),
        arguments(TestCertificates.UNTIL, Optional.empty()),
        arguments(TestCertificates.FROM.minusSeconds(1), Optional.of(notNow)),
        arguments(TestCertificates.UNTIL.plusSeconds(1), Optional.of(notNow)));
  }

  @Test
  void theAuthorityMustBeValidItself() throws Exception {
    Instant end = TestCertificates.FROM.plusSeconds(86_400);
    LocalAuthority authority = LocalAuthority.root("CN=Short,O=Acme", TestCertificates.FROM, end);
    X509Certificate leaf =
        authority.issue(
            "CN=Release,O=Acme",
            KEY.getPublic(),
            TestCertificates.FROM,
            TestCertificates.UNTIL,
            List.of(LocalAuthority.usage(KeyUsage.digitalSignature)));
    TrustPolicy policy =
        TrustPolicy.parse(
            PolicySource.of(
                "policy.yaml",
                "{version: 1, trust_roots: [{name: ca, certificates: ca.pem}]}".getBytes(UTF_8),
                Map.of("ca.pem", TestCertificates.pem(authority.certificate()))));

    for (Instant now : List.of(end, end.plusSeconds(1))) {
      var verifier = new BundleVerifier(policy, Clock.fixed(now, ZoneOffset.UTC));
      assertThat(check(verifier, "model.sig", certified(leaf)).get(0).signature().holds())
          .isEqualTo(now.equals(end));
    }
  }

  @Test
  void nowDoesNotCountWhereThePolicyRefusesIt() {
    BundleVerifier verifier =
        verifier(
            NOW,
            "{version: 1, trust_roots:"
                + " [{name: ca, certificates: ca.pem, without_trusted_time: refuse}]}");

    assertThat(check(verifier, "model.sig", BY_CERTIFICATE).get(0).signature().failure())
        .contains(
            new Problem(
                Reason.SIGNER_NOT_TRUSTED,
                "the time of signing is not proven, as the policy requires under \"ca\""));
    assertThat(check(verifier, "model.sig", certified(LEAF)).get(0).signature().failure())
        .map(Problem::reason)
        .contains(Reason.SIGNER_NOT_TRUSTED);
  }

  /** L leaf, I intermediate, R root, U one that belongs to nothing, O another of that name. */
  @ParameterizedTest
  @ValueSource(strings = {"I", "IR", "RI", "II", "LI", "UI", "IU", "OI", "IO", "RUOIILR"})
  void theCertificatesOfABundleMayBeInAnyOrderTwiceOrBelongToNothing(String order) {
    Map<Character, X509Certificate> along =
        Map.of(
            'L', LEAF,
            'I', AUTHORITY.certificate(),
            'R', ROOT.certificate(),
            'U', TestCertificates.root("CN=Else").certificate(),
            'O', ROOT.intermediate("CN=Issuing,O=Acme").certificate());
    X509Certificate[] bundle =
        Stream.concat(Stream.of(LEAF), order.chars().mapToObj(c -> along.get((char) c)))
            .toArray(X509Certificate[]::new);

    assertThat(only(certified(bundle)).failure()).isEmpty();
    assertThat(only(certified(bundle)).signer().orElseThrow().identity())
        .isEqualTo("CN=Release,O=Acme");
  }

  @Test
  void theSignersCertificateIsTheFirstHoweverTheOthersLie() {
    byte[] bundle =
        replace(
            certified(LEAF),
            "\\{\"rawBytes\":",
            "{\"rawBytes\":\"" + base64(AUTHORITY.certificate()) + "\"},{\"rawBytes\":");

    assertThat(reason(bundle)).isEqualTo(Reason.SIGNATURE_INVALID);
  }

  @Test
  void certificatesThatAllIssueEachOtherCostLittle() {
    X509Certificate[] ring = new X509Certificate[10];
    KeyPair authority = TestKeys.generate("secp256r1");
    ring[0] = new TestCertificates(ring(authority, 0), authority).leaf("CN=L", KEY, 128);
    for (int i = 1; i < ring.length; i++) {
      ring[i] = ring(authority, i);
    }

    assertThat(reason(certified(ring))).isEqualTo(Reason.SIGNER_NOT_TRUSTED);
  }

  private static X509Certificate ring(KeyPair authority, int number) {
    Instant until = TestCertificates.UNTIL.plusSeconds(number);
    return LocalAuthority.of(authority, "CN=Ring", TestCertificates.FROM, until).certificate();
  }

  @ParameterizedTest
  @CsvSource({
    "1.3.6.1.5.5.7.3.1,, false",
    "1.3.6.1.5.5.7.3.1, 1.3.6.1.5.5.7.3.2, false",
    "1.3.6.1.5.5.7.3.8,, false",
    "1.3.6.1.5.5.7.3.1, 1.3.6.1.5.5.7.3.3, true",
    "1.3.6.1.5.5.7.3.4,, true",
    "2.5.29.37.0,, true"
  })
  void aCertificateForTlsAloneSignsNothing(String purpose, String other, boolean holds)
      throws Exception {
    KeyPurposeId[] purposes =
        Stream.of(purpose, other)
            .filter(Objects::nonNull)
            .map(oid -> KeyPurposeId.getInstance(new ASN1ObjectIdentifier(oid)))
            .toArray(KeyPurposeId[]::new);
    Extension usage =
        LocalAuthority.extension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
    Extension signs = LocalAuthority.usage(KeyUsage.digitalSignature);
    LocalAuthority root =
        LocalAuthority.root("CN=Own,O=Acme", TestCertificates.FROM, TestCertificates.UNTIL);
    LocalAuthority limited = root.intermediate("CN=Limited,O=Acme", usage);
    var verifier = verifierOf(root.certificate(), NOW);

    for (byte[] bundle :
        List.of(
            certified(issue(root, List.of(signs, usage))),
            certified(issue(limited, List.of(signs)), limited.certificate()))) {
      assertThat(check(verifier, "model.sig", bundle).get(0).signature().failure())
          .map(Problem::reason)
          .isEqualTo(holds ? Optional.empty() : Optional.of(Reason.CERTIFICATE_UNTRUSTED));
    }
  }

  @Test
  void whatSaysThatAKnownKeyIssuedItButIsNotIssuedByItIsBroken() throws Exception {
    LocalAuthority root =
        LocalAuthority.root("CN=Own,O=Acme", TestCertificates.FROM, TestCertificates.UNTIL);
    X509Certificate leaf = issue(root, List.of(LocalAuthority.usage(KeyUsage.digitalSignature)));
    byte[] der = leaf.getEncoded();
    der[der.length - 1] ^= 1;
    X509Certificate changed =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der));
    var verifier = verifierOf(root.certificate(), NOW);
    LocalAuthority namesake =
        LocalAuthority.root("CN=Own,O=Acme", TestCertificates.FROM, TestCertificates.UNTIL);

    assertThat(check(verifier, "m.sig", certified(leaf)).get(0).signature().holds()).isTrue();
    assertThat(check(verifier, "m.sig", certified(changed)).get(0).signature().failure())
        .contains(
            new Problem(
                Reason.CERTIFICATE_UNTRUSTED,
                "the certificate says that CN=Own,O=Acme issued it, but that one's key did not"));
    assertThat(
            check(
                    verifier,
                    "m.sig",
                    certified(
                        issue(namesake, List.of(LocalAuthority.usage(KeyUsage.digitalSignature)))))
                .get(0)
                .signature()
                .failure())
        .contains(
            new Problem(
                Reason.SIGNER_NOT_TRUSTED,
                "the certificate leads to no authority of the policy; it was issued by"
                    + " CN=Own,O=Acme"));
  }

  private static X509Certificate issue(LocalAuthority authority, List<Extension> extensions) {
    return authority.issue(
        "CN=Release,O=Acme",
        KEY.getPublic(),
        TestCertificates.FROM,
        TestCertificates.UNTIL,
        extensions);
  }

  private static BundleVerifier verifierOf(X509Certificate root, Instant now)
      throws PolicyException {
    return new BundleVerifier(
        TrustPolicy.parse(
            PolicySource.of(
                "policy.yaml",
                "{version: 1, trust_roots: [{name: ca, certificates: ca.pem}]}".getBytes(UTF_8),
                Map.of("ca.pem", TestCertificates.pem(root)))),
        Clock.fixed(now, ZoneOffset.UTC));
  }

  @Test
  void aPolicyWithoutRootsTrustsNoSigner() {
    var verifier = new BundleVerifier(TrustPolicy.none());

    for (byte[] bundle : List.of(BY_KEY, BY_CERTIFICATE)) {
      assertThat(check(verifier, "model.sig", bundle).get(0).signature().failure())
          .map(Problem::reason)
          .contains(Reason.SIGNER_NOT_TRUSTED);
    }
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void malformedBundlesSayWhatIsWrong(byte[] bundle, String message) {
    assertThat(reason(bundle)).isEqualTo(Reason.MALFORMED_BUNDLE);
    assertThat(only(bundle).failure().orElseThrow().detail()).contains(message);
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        arguments(new byte[0], "is not a JSON object"),
        arguments("-----BEGIN PGP SIGNATURE-----".getBytes(UTF_8), "the sidecar is not JSON"),
        arguments("{\"payloadType\": \"x\"}".getBytes(UTF_8), "is a DSSE envelope alone"),
        arguments(new byte[] {(byte) 0x89, 2, 3}, "is not UTF-8"),
        arguments("[]".getBytes(UTF_8), "is not a JSON object"),
        arguments("{}".getBytes(UTF_8), "mediaType is missing"),
        arguments(new byte[(32 << 20) + 1], "at most 32 MiB"),
        arguments(replace(BY_KEY, "bundle.v0.3", "bundle.v9"), "mediaType is"),
        arguments(replace(BY_KEY, "\"verificationMaterial\"", "\"v\""), "verificationMaterial"),
        arguments(replace(BY_KEY, "\"publicKey\"", "\"p\""), "has 0 of certificate"),
        arguments(
            replace(BY_KEY, "\"publicKey\"", "\"certificate\":{},\"publicKey\""),
            "has 2 of certificate"),
        arguments(replace(BY_KEY, "\"dsseEnvelope\"", "\"e\""), "dsseEnvelope is missing"),
        arguments(
            replace(BY_KEY, "\"dsseEnvelope\"", "\"messageSignature\":{},\"dsseEnvelope\""),
            "signs a digest, not a statement"),
        arguments(replace(BY_KEY, "in-toto\\+json", "json"), "payloadType is"),
        arguments(replace(BY_KEY, "\"signatures\":\\[", "\"signatures\":[{},"), "has 2 entries"),
        arguments(replace(BY_KEY, "\"signatures\"", "\"s\""), "has 0 entries"),
        arguments(replace(BY_KEY, "\"payload\":\"", "\"payload\":\"*"), "must be Base64"),
        arguments(replace(BY_KEY, "\"tlogEntries\":\\[]", "\"tlogEntries\":7"), "an array"),
        arguments(
            replace(BY_CERTIFICATE, "\"certificates\":\\[", "\"certificates\":[],\"c\":["),
            "has 0 entries"),
        arguments(
            replace(BY_CERTIFICATE, "\"rawBytes\":\"MII", "\"rawBytes\":\"AII"),
            "not an X.509 certificate"),
        arguments(
            replace(
                BY_KEY,
                "\"tlogEntries\":\\[]",
                "\"timestampVerificationData\":{\"rfc3161Timestamps\":[7]}"),
            "must be an object"),
        arguments(swap(BY_KEY, "{}".getBytes(UTF_8)), "statement: _type is missing"));
  }

  @Test
  void aTimestampOfDeepNestingIsMalformed() throws Exception {
    byte[] nested = new byte[60_000];
    for (int i = 0; i < nested.length; i += 2) {
      nested[i] = 0x30;
      nested[i + 1] = (byte) 0x80;
    }
    byte[] bundle =
        replace(
            BY_CERTIFICATE,
            "\"tlogEntries\":\\[]",
            "\"timestampVerificationData\":{\"rfc3161Timestamps\":[{\"signedTimestamp\":\""
                + Base64.getEncoder().encodeToString(nested)
                + "\"}]}");
    Path shipped =
        Path.of(System.getProperty("weighmaster.root"), "conf/trust/public-good.trusted_root.json");
    String policy =
        "{version: 1, trust_roots:"
            + " [{name: s, sigstore: root.json}, {name: ca, certificates: ca.pem}]}";
    var verifier =
        new BundleVerifier(
            TrustPolicy.parse(
                PolicySource.of(
                    "policy.yaml",
                    policy.getBytes(UTF_8),
                    Map.of("root.json", Files.readAllBytes(shipped), "ca.pem", ROOT.pem()))),
            Clock.fixed(NOW, ZoneOffset.UTC));

    assertThat(check(verifier, "model.sig", bundle).get(0).signature().failure())
        .map(Problem::detail)
        .hasValueSatisfying(detail -> assertThat(detail).contains("nested too deep"));
  }

  @Test
  void aSidecarOfLinesIsCheckedLineByLine() {
    String bare = new String(STATEMENT, UTF_8).replaceAll("\\s*\n\\s*", "");
    byte[] lines =
        (text(BY_KEY) + "\n\n" + bare + "\nnonsense\r\n" + text(BY_CERTIFICATE)).getBytes(UTF_8);

    List<CheckedStatement> checked = check(VERIFIER, "claims.jsonl", lines);

    assertThat(checked).extracting(CheckedStatement::line).containsExactly(1, 3, 4, 5);
    assertThat(checked)
        .extracting(c -> c.signature().failure().map(Problem::reason))
        .containsExactly(
            Optional.empty(),
            Optional.of(Reason.UNSIGNED_STATEMENT),
            Optional.of(Reason.MALFORMED_BUNDLE),
            Optional.empty());
    assertThat(checked.get(1).manifest()).isPresent();
    assertThat(checked.get(1).statementSha256()).contains(Sha256Hex.of(bare.getBytes(UTF_8)));
    assertThat(reason(lines)).isEqualTo(Reason.MALFORMED_BUNDLE);
    assertThat(check(VERIFIER, "X.INTOTO.JSONL", lines)).hasSameSizeAs(checked);
  }

  @Test
  void ofASidecarOfTooManyLinesNoStatementHolds() {
    byte[] lines = (text(BY_KEY) + "\n").repeat(1001).getBytes(UTF_8);

    List<CheckedStatement> checked = check(VERIFIER, "x.intoto.jsonl", lines);

    assertThat(checked).hasSize(BundleVerifier.MAX_LINES);
    assertThat(checked)
        .allSatisfy(
            each -> {
              Problem failure = each.signature().failure().orElseThrow();
              assertThat(failure.reason()).isEqualTo(Reason.UNSUPPORTED);
              assertThat(failure.detail()).contains("more than 1000 statements");
              assertThat(each.subjects()).isNotEmpty();
            });
  }

  @Test
  void aSidecarOfAsManyLinesAsAreReadIsReadToItsEnd() {
    String bundle = text(BY_KEY) + "\n";
    String lines = "{}\r\n \t\r\n".repeat(BundleVerifier.MAX_LINES - 1) + bundle;

    List<CheckedStatement> checked = check(VERIFIER, "x.intoto.jsonl", lines.getBytes(UTF_8));
    assertThat(checked).hasSize(BundleVerifier.MAX_LINES);
    CheckedStatement last = checked.get(BundleVerifier.MAX_LINES - 1);
    assertThat(last.signature().holds()).isTrue();
    assertThat(last.line()).isEqualTo(2 * BundleVerifier.MAX_LINES - 1);

    // Blank lines behind the last are no statement.
    assertThat(check(VERIFIER, "x.intoto.jsonl", (lines + "\n\r\n").getBytes(UTF_8)))
        .hasSize(BundleVerifier.MAX_LINES);
    assertThat(check(VERIFIER, "x.intoto.jsonl", (lines + bundle).getBytes(UTF_8)))
        .hasSize(BundleVerifier.MAX_LINES)
        .noneMatch(each -> each.signature().holds());
  }

  @Test
  void anEmptySidecarOfLinesIsOneProblem() {
    assertThat(check(VERIFIER, "claims.jsonl", "\n \n".getBytes(UTF_8))).hasSize(1);
  }

  @Test
  void everyTruncationIsMalformed() {
    for (int length = 0; length < BY_KEY.length; length++) {
      assertThat(reason(Arrays.copyOf(BY_KEY, length))).isEqualTo(Reason.MALFORMED_BUNDLE);
    }
  }

  @Property
  void aFlippedBitNeverMakesAnotherSigner(@ForAll @IntRange(min = 0) int at) {
    byte[] bundle = BY_CERTIFICATE.clone();
    bundle[at / 8 % bundle.length] ^= (byte) (1 << at % 8);

    SignatureCheck check = only(bundle);

    assertThat(check.signer().isPresent()).isNotEqualTo(check.failure().isPresent());
    check
        .signer()
        .ifPresent(
            signer -> assertThat(signer).isEqualTo(only(BY_CERTIFICATE).signer().orElseThrow()));
  }

  @Property
  void anyBytesAreMalformed(@ForAll byte[] bytes) {
    assertThat(check(VERIFIER, "claims.jsonl", bytes)).isNotEmpty();
    assertThat(reason(bytes)).isEqualTo(Reason.MALFORMED_BUNDLE);
  }

  private static SignatureCheck only(byte[] bundle) {
    List<CheckedStatement> checked = check(VERIFIER, "model.sig", bundle);
    assertThat(checked).hasSize(1);
    return checked.get(0).signature();
  }

  private static Reason reason(byte[] bundle) {
    return only(bundle).failure().orElseThrow().reason();
  }

  private static List<CheckedStatement> check(
      BundleVerifier verifier, String name, byte[] sidecar) {
    return verifier.check("acme/base", "r1", name, sidecar, Sha256Hex.of(sidecar));
  }

  private static BundleVerifier verifier(Instant now, String policy) {
    return verifier(now, policy, "key.pem", KEY);
  }

  private static BundleVerifier verifier(Instant now, String policy, String keyFile, KeyPair key) {
    try {
      TrustPolicy parsed =
          TrustPolicy.parse(
              PolicySource.of(
                  "policy.yaml",
                  policy.getBytes(UTF_8),
                  Map.of(keyFile, TestKeys.publicPem(key), "ca.pem", ROOT.pem())));
      return new BundleVerifier(parsed, Clock.fixed(now, ZoneOffset.UTC));
    } catch (PolicyException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeySigner signer(KeyPair pair) {
    try {
      return KeySigner.of(TestKeys.privatePem(pair));
    } catch (InvalidKeyException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Also with chains that no signer would write. */
  private static byte[] certified(X509Certificate... chain) {
    try {
      byte[] bundle = signer(KEY).withCertificates(List.of(chain[0])).sign(STATEMENT);
      String certificates =
          Arrays.stream(chain)
              .map(each -> "{\"rawBytes\":\"" + base64(each) + "\"}")
              .collect(Collectors.joining(","));
      return chain.length == 1
          ? bundle
          : replace(bundle, "\\{\"rawBytes\":\"[^\"]+\"}", certificates);
    } catch (InvalidKeyException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String base64(X509Certificate certificate) {
    try {
      return Base64.getEncoder().encodeToString(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] mistaken(byte[] statement) {
    byte[] signature =
        EcdsaAlgorithm.P256.sign(
            KEY.getPrivate(), PreAuthenticationEncoding.ofVersion020(statement));
    return replace(
        signer(KEY).sign(statement),
        "\"sig\":\"[^\"]+\"",
        "\"sig\":\"" + Base64.getEncoder().encodeToString(signature) + "\"");
  }

  private static byte[] swap(byte[] bundle, byte[] statement) {
    return replace(
        bundle,
        "\"payload\":\"[^\"]+\"",
        "\"payload\":\"" + Base64.getEncoder().encodeToString(statement) + "\"");
  }

  private static byte[] withHintOf(byte[] bundle, byte[] other) {
    String hint = text(other).replaceFirst(".*\"hint\":\"([0-9a-f]+)\".*", "$1");
    return replace(bundle, "\"hint\":\"[0-9a-f]+\"", "\"hint\":\"" + hint + "\"");
  }

  private static byte[] replace(byte[] bundle, String regex, String with) {
    String changed = text(bundle).replaceFirst(regex, with);
    assertThat(changed).isNotEqualTo(text(bundle));
    return changed.getBytes(UTF_8);
  }

  private static String text(byte[] bundle) {
    return new String(bundle, UTF_8);
  }
}
