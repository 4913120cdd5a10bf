package dev.weighmaster.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustPolicyTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final KeyPair KEY = TestKeys.generate("secp384r1");
  private static final TestCertificates CA = TestCertificates.root("CN=Acme CA,O=Acme");
  private static final byte[] SIGSTORE =
      read(
          Path.of(
              System.getProperty("weighmaster.root"), "conf/trust/public-good.trusted_root.json"));
  private static final Map<String, byte[]> FILES = files();
  private static final String DIGEST = "d".repeat(64);
  private static final String KEY_SHA256 = "a".repeat(64);

  private static final String POLICY =
      """
      version: 1
      trust_roots:
        - name: public-good
          sigstore: root.json
        - name: acme-ca
          certificates: ca.pem
        - name: acme-key
          public_key: key.pem
      publishers:
        - models: "acme/*"
          signers:
            - key: acme-key
            - root: public-good
              identity: release@acme.example
              issuer: https://accounts.example
            - root: public-good
              identity_regex: ".*@ops\\\\.acme\\\\.example"
              issuer: https://accounts.example
            - root: acme-ca
              subject: "cn=Acme Release, O=Acme"
            - root: acme-ca
              subject_regex: "CN=Robot [0-9]+,O=Acme"
      quantizers:
        - repositories: "quants/*-GGUF"
          signers:
            - key: acme-key
      require:
        transparency_log: true
        source_in_hub: true
        max_chain_depth: 3
      revoked:
        digests: [sha256:DIGEST]
        identities: [mallory@acme.example]
        keys: [DIGEST]
        statements: [DIGEST]
      """
          .replace("DIGEST", DIGEST);

  private static final Signer BY_KEY =
      new Signer(
          SigningMethod.KEY,
          "acme-key",
          "sha256:" + KeyFingerprint.of(KEY.getPublic()),
          "",
          KeyFingerprint.of(KEY.getPublic()));

  @Test
  void aPolicyTrustsTheSignersThatItNames() throws Exception {
    TrustPolicy policy = parse(POLICY);

    assertThat(policy.trustsPublisher(BY_KEY, "acme/base")).isTrue();
    assertThat(policy.trustsPublisher(keyless("release@acme.example"), "acme/base")).isTrue();
    assertThat(policy.trustsPublisher(keyless("bot@ops.acme.example"), "acme/base")).isTrue();
    assertThat(policy.trustsPublisher(subject("CN=Acme Release,O=Acme"), "acme/base")).isTrue();
    assertThat(policy.trustsPublisher(subject("CN=Robot 7,O=Acme"), "acme/base")).isTrue();
    assertThat(policy.trustsQuantizer(BY_KEY, "quants/base-GGUF")).isTrue();
    assertThat(policy.requiresTransparencyLog()).isTrue();
    assertThat(policy.maxChainDepth()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CN=acme release,O=Acme",
        "CN=Acme  Release,O=Acme",
        "CN=Acme Release\\ ,O=Acme",
        "CN=\uFF21cme Release,O=Acme",
        "O=Acme,CN=Acme Release",
        "CN=Acme Release+O=Acme",
        "CN=Acme Release,O=Acme,O=Acme"
      })
  void aSubjectThatDiffersInACharacterIsSomebodyElse(String subject) throws Exception {
    assertThat(parse(POLICY).trustsPublisher(subject(subject), "acme/base")).isFalse();
  }

  @Test
  void aClientsTrustConfigurationIsReadForItsTrustedRoot() throws Exception {
    TrustPolicy policy = parse(POLICY.replace("sigstore: root.json", "sigstore: config.json"));

    assertThat(policy.roots().get(0))
        .isInstanceOfSatisfying(
            TrustRoot.SigstoreRoot.class,
            root -> assertThat(root.trustedRoot().getTLogs()).isNotEmpty());
  }

  @Test
  void anAliasGivesTheNameOfToday() throws Exception {
    TrustPolicy policy =
        parse(POLICY + "aliases: [{from: Old/Name, to: Acme/base}, {from: gpt2, to: acme/gpt2}]");

    assertThat(policy.currentName("old/NAME")).isEqualTo("Acme/base");
    assertThat(policy.currentName("gpt2")).isEqualTo("acme/gpt2");
    assertThat(policy.currentName("old/name2")).isEqualTo("old/name2");
    assertThat(parse(POLICY).currentName("old/name")).isEqualTo("old/name");
  }

  @Test
  void anAuditorIsTheSignerThatAnEntryNamesByTheIdOfThatEntry() throws Exception {
    TrustPolicy policy =
        parse(
            POLICY
                + """
                auditors:
                  - {verifier: "https://one.example", signers: [{key: acme-key}]}
                  - verifier: https://two.example
                    signers:
                      - {root: public-good, identity: a@b.example, issuer: https://accounts.example}
                """);

    assertThat(policy.trustsAuditor(BY_KEY)).isTrue();
    assertThat(policy.trustsAuditor(BY_KEY, "https://one.example")).isTrue();
    assertThat(policy.trustsAuditor(BY_KEY, "https://two.example")).isFalse();
    assertThat(policy.trustsAuditor(keyless("a@b.example"), "https://two.example")).isTrue();
    assertThat(policy.trustsAuditor(keyless("c@b.example"))).isFalse();
    assertThat(policy.trustsPublisher(keyless("a@b.example"), "acme/base")).isFalse();
    assertThat(parse(POLICY).trustsAuditor(BY_KEY)).isFalse();
  }

  @Test
  void aPolicyTrustsNobodyElse() throws Exception {
    TrustPolicy policy = parse(POLICY);
    Signer release = keyless("release@acme.example");

    assertThat(policy.trustsPublisher(BY_KEY, "other/base")).isFalse();
    assertThat(policy.trustsPublisher(BY_KEY, "acme/base/more")).isFalse();
    assertThat(policy.trustsPublisher(keyless("xrelease@acme.example"), "acme/base")).isFalse();
    assertThat(policy.trustsPublisher(keyless("bot@ops.acme.example.net"), "acme/base")).isFalse();
    assertThat(
            policy.trustsPublisher(
                new Signer(
                    release.method(),
                    release.root(),
                    release.identity(),
                    "https://evil",
                    release.keySha256()),
                "acme/base"))
        .isFalse();
    assertThat(
            policy.trustsPublisher(
                new Signer(
                    release.method(),
                    "other",
                    release.identity(),
                    release.issuer(),
                    release.keySha256()),
                "acme/base"))
        .isFalse();
    assertThat(
            policy.trustsPublisher(
                new Signer(
                    SigningMethod.CERTIFICATE,
                    "public-good",
                    release.identity(),
                    release.issuer(),
                    release.keySha256()),
                "acme/base"))
        .isFalse();
    assertThat(policy.trustsPublisher(subject("CN=Acme Release,O=Else"), "acme/base")).isFalse();
    assertThat(policy.trustsPublisher(subject("no name"), "acme/base")).isFalse();
    assertThat(policy.trustsQuantizer(BY_KEY, "acme/base")).isFalse();
    assertThat(policy.trustsQuantizer(release, "quants/base-GGUF")).isFalse();
  }

  @Test
  void anIssuerCanBeARegularExpressionThatMatchesWhole() throws Exception {
    TrustPolicy policy =
        parse(
            POLICY.replaceFirst(
                "issuer: https://accounts.example",
                "issuer_regex: \"https://[a-z]+\\\\\\\\.example\""));

    assertThat(policy.trustsPublisher(keyless("release@acme.example"), "acme/base")).isTrue();
    Signer elsewhere =
        new Signer(
            SigningMethod.SIGSTORE,
            "public-good",
            "release@acme.example",
            "https://accounts.example.net",
            KEY_SHA256);
    assertThat(policy.trustsPublisher(elsewhere, "acme/base")).isFalse();
  }

  @Test
  void anExplanationSaysOfEachEntryWhetherItAppliesAndWhyASignerIsNotTheOne() throws Exception {
    TrustPolicy policy = parse(POLICY);

    GrantExplanation publishers =
        policy
            .explain(Role.PUBLISHER, "acme/base", Optional.of(keyless("eve@acme.example")))
            .get(0);

    assertThat(publishers.place()).isEqualTo("10:5");
    assertThat(publishers.pattern()).isEqualTo("acme/*");
    assertThat(publishers.applies()).isTrue();
    assertThat(publishers.grants()).isFalse();
    assertThat(publishers.rules())
        .extracting(rule -> rule.rule() + ": " + rule.mismatch().orElse("yes"))
        .containsExactly(
            "key acme-key: it signed by the method sigstore",
            "identity release@acme.example by the issuer https://accounts.example under"
                + " public-good: its identity is eve@acme.example",
            "identity /.*@ops\\.acme\\.example/ by the issuer https://accounts.example under"
                + " public-good: its identity is eve@acme.example",
            "subject CN=Acme Release,O=Acme under acme-ca: it signed by the method sigstore",
            "subject /CN=Robot [0-9]+,O=Acme/ under acme-ca: it signed by the method sigstore");
    assertThat(policy.explain(Role.QUANTIZER, "quants/x-GGUF", Optional.of(BY_KEY)))
        .singleElement()
        .satisfies(grant -> assertThat(grant.grants()).isTrue());
    assertThat(policy.explain(Role.QUANTIZER, "acme/base", Optional.of(BY_KEY)))
        .singleElement()
        .satisfies(grant -> assertThat(grant.grants()).isFalse());
  }

  @Test
  void whatAPolicyDoesNotSayHasTheStricterMeaning() throws Exception {
    TrustPolicy policy = parse("version: 1");

    assertThat(policy.coverage()).isEqualTo(Coverage.ALL_BUT_SIDECARS);
    assertThat(policy.onClaimMismatch()).isEqualTo(OnMismatch.BREAK);
    assertThat(policy.onMethodMismatch()).isEqualTo(OnMismatch.BREAK);
    assertThat(policy.verdict(Reason.SOURCE_MISSING)).isEqualTo(Verdict.UNVERIFIED);
  }

  @Test
  void whatAPolicySaysOfItsRequirementsIsWhatItAsks() throws Exception {
    TrustPolicy said =
        parse(
            """
            version: 1
            require: {transparency_log: false, source_in_hub: false, signed_files: weights}
            on_mismatch: {claim: note}
            on_unattested_extras: unverified
            """);
    TrustPolicy unsaid = parse("version: 1\nrequire: {max_chain_depth: 2}");

    assertThat(said.requiresTransparencyLog()).isFalse();
    assertThat(said.requiresSourceInHub()).isFalse();
    assertThat(said.coverage()).isEqualTo(Coverage.WEIGHTS);
    assertThat(said.onClaimMismatch()).isEqualTo(OnMismatch.NOTE);
    assertThat(said.onMethodMismatch()).isEqualTo(OnMismatch.BREAK);
    assertThat(said.onUnattestedExtras()).isEqualTo(OnUnattestedExtras.UNVERIFIED);
    assertThat(unsaid.requiresTransparencyLog()).isFalse();
    assertThat(unsaid.requiresSourceInHub()).isTrue();
    assertThat(unsaid.coverage()).isEqualTo(Coverage.ALL_BUT_SIDECARS);
    assertThat(unsaid.onUnattestedExtras()).isEqualTo(OnUnattestedExtras.NOTE);
    assertThat(parse(POLICY).requiresSourceInHub()).isTrue();
    assertThat(TrustPolicy.none().requiresSourceInHub()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void anAbsentSourceBreaksAChainWhereThePolicySaysSoAndNothingElseChanges(Reason reason)
      throws Exception {
    TrustPolicy policy = parse("version: 1\non_absence: {source: break}");

    assertThat(policy.verdict(reason))
        .isEqualTo(reason.isAbsence() ? Verdict.BROKEN : reason.verdict());
    assertThat(parse("version: 1").verdict(reason)).isEqualTo(reason.verdict());
  }

  @Test
  void aPathIsIgnoredForTheSignersAndModelsOfItsEntryAlone() throws Exception {
    TrustPolicy policy =
        parse(
            POLICY.replace(
                "models: \"acme/*\"", "models: \"acme/*\"\n    ignore_paths: [.cache, notes.md]"));

    assertThat(policy.ignoredPaths(BY_KEY, "acme/base"))
        .containsExactlyInAnyOrder(".cache", "notes.md");
    assertThat(policy.ignoredPaths(BY_KEY, "other/base")).isEmpty();
    assertThat(policy.ignoredPaths(keyless("eve@acme.example"), "acme/base")).isEmpty();
    assertThat(parse(POLICY).ignoredPaths(BY_KEY, "acme/base")).isEmpty();
  }

  @ParameterizedTest(name = "{0} and {1}: {2}")
  @CsvSource(
      delimiter = ';',
      value = {
        "{key: acme-key}; {key: acme-key}; true",
        "{key: acme-key}; {key: other-key}; false",
        "{key: acme-key}; {root: acme-ca, subject: CN=A}; false",
        "{root: acme-ca, subject: CN=A}; {root: acme-ca, subject_regex: .*}; true",
        "{root: public-good, identity: a, issuer: i}; {root: public-good, identity: a, issuer: i};"
            + " true",
        "{root: public-good, identity: a, issuer: i}; {root: public-good, identity: b, issuer: i};"
            + " false",
        "{root: public-good, identity: a, issuer: i}; {root: public-good, identity: a, issuer: j};"
            + " false",
        "{root: public-good, identity: a, issuer: i};"
            + " {root: public-good, identity_regex: b, issuer: i}; true",
        "{root: public-good, identity_regex: a, issuer: i};"
            + " {root: public-good, identity: b, issuer: i}; true",
        "{root: public-good, identity: a, issuer: i}; {key: acme-key}; false"
      })
  void whoMayHoldBothRolesIsNeverLeftOut(String publisher, String quantizer, boolean both)
      throws Exception {
    TrustPolicy policy =
        parse(
            """
            version: 1
            trust_roots:
              - {name: public-good, sigstore: root.json}
              - {name: acme-ca, certificates: ca.pem}
              - {name: acme-key, public_key: key.pem}
              - {name: other-key, public_key: other-key.pem}
            publishers: [{models: "acme/*", signers: [PUBLISHER]}]
            quantizers: [{repositories: "quants/*", signers: [QUANTIZER]}]
            """
                .replace("PUBLISHER", publisher)
                .replace("QUANTIZER", quantizer));
    List<String> models = List.of("elsewhere/base", "acme/base");

    assertThat(shares(policy, "quants", models)).isEqualTo(both);
    assertThat(shares(policy, "elsewhere", models)).isFalse();
    assertThat(shares(policy, "quants", List.of("elsewhere/base"))).isFalse();
  }

  private static boolean shares(TrustPolicy policy, String organisation, List<String> models) {
    return policy.sharesSigner(
        Role.QUANTIZER, pattern -> pattern.mayMatchIn(organisation), Role.PUBLISHER, models);
  }

  @Test
  void whatIsRevokedIsKnownByDigestIdentityOrKey() throws Exception {
    TrustPolicy policy = parse(POLICY.replace("keys: [" + DIGEST, "keys: [" + BY_KEY.identity()));

    assertThat(policy.revokedDigest(DIGEST)).isTrue();
    assertThat(policy.revokedDigest("e".repeat(64))).isFalse();
    assertThat(policy.revokedStatement(DIGEST)).isTrue();
    assertThat(policy.revokedStatement("e".repeat(64))).isFalse();
    assertThat(policy.revokedSigner(keyless("mallory@acme.example"))).isTrue();
    assertThat(policy.revokedSigner(keyless("release@acme.example"))).isFalse();
    assertThat(policy.revokedSigner(BY_KEY)).isTrue();
  }

  @Test
  void aRevokedKeyIsRevokedWhateverVouchesForIt() throws Exception {
    TrustPolicy policy = parse(POLICY.replace("keys: [" + DIGEST, "keys: [" + KEY_SHA256));

    assertThat(policy.revokedSigner(keyless("release@acme.example"))).isTrue();
    assertThat(policy.revokedSigner(subject("CN=Acme Release,O=Acme"))).isTrue();
    assertThat(policy.revokedSigner(BY_KEY)).isFalse();
  }

  @Test
  void aRevokedSubjectIsRevokedHoweverThePolicyWritesIt() throws Exception {
    for (String written :
        List.of("CN=Acme Release,O=Acme", "CN=Acme Release, O=Acme", "cn=acme release,o=acme")) {
      TrustPolicy policy =
          parse("version: 1\nrevoked: {identities: [mallory@acme.example, \"" + written + "\"]}");

      assertThat(policy.revokedSigner(subject("CN=Acme Release,O=Acme"))).isTrue();
      assertThat(policy.revokedSigner(subject("CN=Acme Release,O=Else"))).isFalse();
      assertThat(policy.revokedSigner(subject("no name"))).isFalse();
      assertThat(policy.revokedSigner(keyless("cn=Acme Release, o=Acme"))).isFalse();
    }
  }

  @Test
  void theDigestsOfPolicyAndRootsAreThoseOfTheFiles() throws Exception {
    TrustPolicy policy = parse(POLICY);

    assertThat(policy.digest()).isEqualTo(Sha256Hex.of(POLICY.getBytes(UTF_8)));
    assertThat(policy.trustRootFiles())
        .containsExactly(
            new TrustRootFile("public-good", Sha256Hex.of(SIGSTORE), Optional.empty()),
            new TrustRootFile("acme-ca", Sha256Hex.of(CA.pem()), Optional.empty()),
            new TrustRootFile("acme-key", Sha256Hex.of(TestKeys.publicPem(KEY)), Optional.empty()));
  }

  @Test
  void theAgeOfARootIsThatOfItsFile(@TempDir Path folder) throws Exception {
    Instant written = Instant.parse("2026-03-01T12:00:00Z");
    byte[] pem = TestKeys.publicPem(KEY);
    Path key = Files.write(folder.resolve("key.pem"), pem);
    Files.setLastModifiedTime(key, FileTime.from(written));
    Path policy = folder.resolve("policy.yaml");
    Files.writeString(policy, "version: 1\ntrust_roots: [{name: acme, public_key: key.pem}]");

    assertThat(TrustPolicy.load(policy).trustRootFiles())
        .containsExactly(new TrustRootFile("acme", Sha256Hex.of(pem), Optional.of(written)));
  }

  @Test
  void thePolicyThatTrustsNobodyHasNoRoots() {
    assertThat(TrustPolicy.none().roots()).isEmpty();
    assertThat(TrustPolicy.none().trustsPublisher(BY_KEY, "acme/base")).isFalse();
    assertThat(TrustPolicy.none().maxChainDepth()).isEqualTo(8);
  }

  @Test
  void theShippedPolicyLoadsAndTrustsNobody() throws Exception {
    TrustPolicy policy =
        TrustPolicy.load(Path.of(System.getProperty("weighmaster.root"), "conf/trust/policy.yaml"));

    assertThat(policy.roots()).hasSize(1);
    assertThat(policy.trustsPublisher(keyless("release@acme.example"), "acme/base")).isFalse();
  }

  @Test
  void aPolicySourceIsReadAgainElsewhere(@TempDir Path directory) throws Exception {
    Files.writeString(directory.resolve("policy.yaml"), POLICY);
    Files.write(directory.resolve("root.json"), SIGSTORE);
    Files.write(directory.resolve("ca.pem"), CA.pem());
    Files.write(directory.resolve("key.pem"), TestKeys.publicPem(KEY));
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(PolicySource.read(directory.resolve("policy.yaml")));
    }

    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      TrustPolicy policy = TrustPolicy.parse((PolicySource) in.readObject());
      assertThat(policy.trustsPublisher(BY_KEY, "acme/base")).isTrue();
    }
  }

  @Test
  void aFileThatIsMissingIsNamedWithItsPlace(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("policy.yaml");
    Files.writeString(file, POLICY);

    assertThatThrownBy(() -> TrustPolicy.load(file))
        .isInstanceOf(PolicyException.class)
        .hasMessageStartingWith("policy.yaml:4:15: \"sigstore\" names the file \"root.json\"");
    assertThatThrownBy(() -> TrustPolicy.load(directory.resolve("none.yaml")))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("can't be read");
  }

  @Test
  void aPathThatTheFileSystemCanNotHaveIsAnErrorOfThePolicy(@TempDir Path folder) throws Exception {
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            "version: 1\ntrust_roots:\n  - {name: k, public_key: \"a\\0b\"}\n");

    assertThatThrownBy(() -> TrustPolicy.load(policy))
        .isInstanceOf(PolicyException.class)
        .hasMessageStartingWith("policy.yaml:3:")
        .hasMessageContaining("can't be read: ");
  }

  @ParameterizedTest(name = "{2}")
  @MethodSource("malformed")
  void aMistakeIsNamedWithItsPlace(String from, String to, String message) {
    assertThat(POLICY).contains(from);
    assertThatThrownBy(() -> parse(POLICY.replace(from, to)))
        .isInstanceOf(PolicyException.class)
        .hasMessageStartingWith("policy.yaml")
        .hasMessageContaining(message);
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        arguments(POLICY, "", "is empty"),
        arguments(POLICY, "- 1", ":1:1: expected a mapping"),
        arguments(POLICY, "version: 1\nversion: 1", ":2:1: the key \"version\" is there twice"),
        arguments(POLICY, "a: [", "expected the node content"),
        arguments(POLICY, "\t", ":1:1"),
        arguments("source_in_hub: true", "source_in_hub: maybe", "\"source_in_hub\" must be"),
        arguments("version: 1", "", "the key \"version\" is missing"),
        arguments("version: 1", "version: 2", ":1:10: \"version\" must be 1"),
        arguments("version: 1", "version: one", "must be 1"),
        arguments(POLICY, "a: 1\n---\nb: 1", ":2:1: expected a single document"),
        arguments(
            "publishers:",
            "publishrs:",
            ":9:1: unknown key \"publishrs\", did you mean \"publishers\"?"),
        arguments("revoked:", "aliases: [{from: a/b}]\nrevoked:", "\"to\" is missing"),
        arguments(
            "revoked:",
            "aliases: [{from: a/*, to: b/c}]\nrevoked:",
            "\"from\" must be the org/name of a model"),
        arguments(
            "revoked:",
            "aliases: [{from: a/b, to: c}]\nrevoked:",
            "\"to\" must be the org/name of a model"),
        arguments(
            "revoked:",
            "aliases: [{from: a/b, to: c/d}, {from: A/b, to: e/f}]\nrevoked:",
            "\"from\" is the name of another alias too"),
        arguments(
            "revoked:",
            "aliases: [{from: a/b, to: c/d}, {from: x/y, to: A/B}]\nrevoked:",
            "\"to\" is an alias itself"),
        arguments("revoked:", "zzz:", "unknown key \"zzz\", expected one of version, trust_roots"),
        arguments("name: acme-ca", "name: public-good", "the name of another trust root"),
        arguments("require:", "auditors: [{signers: [{key: acme-key}]}]\nrequire:", "verifier"),
        arguments(
            "require:",
            "auditors: [{verifier: us, signers: [{key: acme-key}]}]\nrequire:",
            "a URI"),
        arguments(
            "require:", "auditors: [{verifier: \"a:b\"}]\nrequire:", "\"signers\" is missing"),
        arguments(
            "require:", "auditors: [{verifier: \"a:b\", models: x}]\nrequire:", "unknown key"),
        arguments("name: acme-ca", "name: 7", ":5:11: \"name\" must be a string"),
        arguments("name: acme-ca", "certificate: x", "did you mean \"certificates\"?"),
        arguments("certificates: ca.pem", "", "one of sigstore, certificates and public_key"),
        arguments(
            "certificates: ca.pem",
            "certificates: ca.pem\n    public_key: key.pem",
            "one of sigstore, certificates and public_key"),
        arguments("certificates: ca.pem", "certificates: none.pem", "which is missing"),
        arguments("certificates: ca.pem", "certificates: key.pem", "else than certificates"),
        arguments("certificates: ca.pem", "certificates: root.json", "no certificate in PEM"),
        arguments("certificates: ca.pem", "certificates: broken.pem", "broken certificate"),
        arguments("certificates: ca.pem", "certificates: leaf.pem", "not a certificate authority"),
        arguments("public_key: key.pem", "public_key: ca.pem", "not a PEM public key"),
        arguments("public_key: key.pem", "public_key: broken-key.pem", "broken public key"),
        arguments("public_key: key.pem", "public_key: rsa.pem", "P-256, P-384 or P-521"),
        arguments("sigstore: root.json", "sigstore: ca.pem", "not a Sigstore trusted root"),
        arguments("sigstore: root.json", "sigstore: empty.json", "lacks certificateAuthorities"),
        arguments(
            "sigstore: root.json",
            "sigstore: log-without-start.json",
            ":4:15: \"sigstore\" names the file \"log-without-start.json\", which does not say from"
                + " when on tlogs[0] was in use: its validFor.start is missing"),
        arguments("sigstore: root.json", "sigstore: no-ctlog-start.json", "ctlogs[1] was in use"),
        arguments(
            "sigstore: root.json", "sigstore: no-ca-start.json", "certificateAuthorities[0] was"),
        arguments(
            "sigstore: root.json", "sigstore: no-tsa-start.json", "timestampAuthorities[0] was"),
        arguments("sigstore: root.json", "sigstore: hostless.json", "baseUrl names no host"),
        arguments(
            "public_key: key.pem",
            "public_key: key.pem\n  - {name: again, public_key: key.pem}",
            "is the same as that of the trust root \"acme-key\""),
        arguments(
            "    signers:\n      - key: acme-key\nrequire", "require", "\"signers\" is missing"),
        arguments("- key: acme-key\n      - root", "- key: nobody\n      - root", "no trust root"),
        arguments("- key: acme-key\n      - root", "- key: acme-ca\n      - root", "of the kind"),
        arguments("- root: acme-ca", "- root: acme-key", "of the kind public_key"),
        arguments(
            "      - key: acme-key\nrequire",
            "      - {key: acme-key, issuer: x}\nrequire",
            "\"issuer\" has no meaning here"),
        arguments(
            "identity: release", "subject: x\n        identity: release", "\"subject\" has no"),
        arguments(
            "identity: release",
            "key: acme-key\n        identity: release",
            "\"root\" has no meaning here"),
        arguments(
            "subject_regex:",
            "issuer: x\n        subject_regex:",
            "\"issuer\" has no meaning here"),
        arguments(
            "public_key: key.pem",
            "public_key: key.pem\n    without_trusted_time: now_counts",
            "has no meaning but for certificates"),
        arguments(
            "public_key: key.pem",
            "public_key: key.pem\n  - {name: again, certificates: ca.pem}",
            "is the same as that of the trust root \"acme-ca\""),
        arguments("publishers:", "publisher:", "did you mean \"publishers\"?"),
        arguments("publishers:", "publisherz:", "did you mean \"publishers\"?"),
        arguments("publishers:", "publishrz:", "expected one of version"),
        arguments("publishers:", "publishersxx:", "expected one of version"),
        arguments("models: \"acme/*\"", "models: \"a/b/c\"", ":10:13: \"models\" must be org/name"),
        arguments("models: \"acme/*\"", "models: \"\"", "must be org/name"),
        arguments(
            "models: \"acme/*\"",
            "models: \"acme/*\"\n    ignore_paths: [\"*.txt\"]",
            ":11:19: \"ignore_paths\" has \"*.txt\", expected exact paths"),
        arguments(
            "models: \"acme/*\"",
            "models: \"acme/*\"\n    ignore_paths: [a/b.safetensors]",
            "weights can't be ignored"),
        arguments(
            "models: \"acme/*\"",
            "models: \"acme/*\"\n    ignore_paths: [../a]",
            "expected exact paths"),
        arguments(
            "repositories: \"quants/*-GGUF\"",
            "repositories: \"quants/*-GGUF\"\n    ignore_paths: [a]",
            "unknown key \"ignore_paths\""),
        arguments(
            "transparency_log: true",
            "signed_files: none",
            "\"signed_files\" must be one of all, all_but_sidecars, weights"),
        arguments(
            "require:",
            "on_mismatch: {claim: ignore}\nrequire:",
            "\"claim\" must be one of break, note"),
        arguments(
            "sigstore: root.json",
            "sigstore: root.json\n    without_trusted_time: refuse",
            "has no meaning but for certificates"),
        arguments(
            "certificates: ca.pem",
            "certificates: ca.pem\n    without_trusted_time: later",
            "one of now_counts, refuse"),
        arguments("issuer: https", "issuer_regex: x\n        issuer: https", "one of issuer and"),
        arguments("identity: release", "#", "one of identity and identity_regex"),
        arguments(
            "identity: release",
            "identity_regex: x\n        identity: release",
            "one of identity and identity_regex"),
        arguments("issuer: https", "# https", "one of issuer and issuer_regex"),
        arguments("Robot [0-9]+", "Robot [0-9", ":22:24: \"subject_regex\" is not a regular"),
        arguments("Robot [0-9]+", "(?!Robot)", "neither look-around nor back-references"),
        arguments("cn=Acme Release", "acme", "is not a distinguished name"),
        arguments("models: ", "model: ", "did you mean \"models\"?"),
        arguments("transparency_log: true", "transparency_log: yes", "must be true or false"),
        arguments("max_chain_depth: 3", "max_chain_depth: 0", "from 1 to 64"),
        arguments("max_chain_depth: 3", "max_chain_depth: 99999999999", "from 1 to 64"),
        arguments("digests: [sha256:", "digests: [md5:", "expected a sha256"),
        arguments("identities: [mal", "identities: [[mal]] #", "expected an identity"),
        arguments("statements: [" + DIGEST + "]", "statements: " + DIGEST, "must be a list"));
  }

  private static TrustPolicy parse(String yaml) throws Exception {
    return TrustPolicy.parse(PolicySource.of("policy.yaml", yaml.getBytes(UTF_8), FILES));
  }

  private static Map<String, byte[]> files() {
    byte[] offCurve = KEY.getPublic().getEncoded();
    offCurve[offCurve.length - 1] ^= 1;
    return Map.ofEntries(
        Map.entry("root.json", SIGSTORE),
        Map.entry("config.json", clientTrustConfig()),
        Map.entry("empty.json", "{}".getBytes(UTF_8)),
        Map.entry("log-without-start.json", withoutStart("/tlogs/0/publicKey")),
        Map.entry("no-ctlog-start.json", withoutStart("/ctlogs/1/publicKey")),
        Map.entry("no-ca-start.json", withoutStart("/certificateAuthorities/0")),
        Map.entry("no-tsa-start.json", withoutStart("/timestampAuthorities/0")),
        Map.entry(
            "hostless.json",
            new String(SIGSTORE, UTF_8)
                .replace("https://rekor.sigstore.dev", "https://a_log:3000")
                .getBytes(UTF_8)),
        Map.entry("ca.pem", CA.pem()),
        Map.entry(
            "leaf.pem", TestCertificates.pem(CA.leaf("CN=Leaf", KEY, KeyUsage.digitalSignature))),
        Map.entry("broken.pem", TestKeys.pem("CERTIFICATE", new byte[] {0x30, 3, 1, 2, 3})),
        Map.entry("key.pem", TestKeys.publicPem(KEY)),
        Map.entry("other-key.pem", TestKeys.publicPem(TestKeys.generate("secp256r1"))),
        Map.entry("broken-key.pem", TestKeys.pem("PUBLIC KEY", offCurve)),
        Map.entry("rsa.pem", TestKeys.publicPem(TestKeys.generateRsa())));
  }

  /** What {@code sigstore} clients take for an instance of one's own: the root, and services. */
  private static byte[] clientTrustConfig() {
    return """
        {"mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
         "trustedRoot": ROOT,
         "signingConfig": {"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
           "caUrls": [{"url": "https://fulcio.example", "majorApiVersion": 1}]}}
        """
        .replace("ROOT", new String(SIGSTORE, UTF_8))
        .getBytes(UTF_8);
  }

  /** The trusted root, in which one party does not say from when on it was in use. */
  private static byte[] withoutStart(String pointer) {
    try {
      JsonNode root = JSON.readTree(SIGSTORE);
      ((ObjectNode) root.at(pointer + "/validFor")).remove("start");
      return JSON.writeValueAsBytes(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Signer keyless(String identity) {
    return new Signer(
        SigningMethod.SIGSTORE, "public-good", identity, "https://accounts.example", KEY_SHA256);
  }

  private static Signer subject(String subject) {
    return new Signer(
        SigningMethod.CERTIFICATE, "acme-ca", subject, "CN=Acme CA,O=Acme", KEY_SHA256);
  }

  private static byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
