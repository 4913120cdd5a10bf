package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.trust.KeyFingerprint;
import dev.weighmaster.trust.PolicyEntry;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.Role;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TestCertificates;
import dev.weighmaster.trust.TestKeys;
import dev.weighmaster.trust.TrustPolicy;
import java.io.ByteArrayOutputStream;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnknownSignerTest {
  private static final Instant NOW = TestCertificates.FROM.plusSeconds(86_400);
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
  private static final KeyPair PAIR = TestKeys.generate("secp256r1");
  private static final TestCertificates ROOT = TestCertificates.root("CN=Root,O=Acme");
  private static final byte[] STATEMENT =
      ModelSigner.statement(
          "base",
          ModelSigner.manifest(
              List.of(new Resource("a.bin", 0, Optional.empty(), "ab".repeat(32))),
              List.of(),
              false));

  @ParameterizedTest
  @ValueSource(strings = {"secp256r1", "secp384r1", "secp521r1"})
  void theKeyOfABundleIsFoundAndHasTheFingerprintThatSigningPrints(String curve) throws Exception {
    KeyPair pair = TestKeys.generate(curve);

    UnknownSigner found = one(signer(pair).sign(STATEMENT));

    String sha256 = KeyFingerprint.of(pair.getPublic());
    assertThat(found.signer())
        .contains(new Signer(SigningMethod.KEY, "", "sha256:" + sha256, "", sha256));
    assertThat(found.root().orElseThrow().pem()).isEqualTo(KeyFingerprint.pem(pair.getPublic()));
    assertThat(found.logged()).isFalse();
    assertPasted(found, signer(pair).sign(STATEMENT));
  }

  @Test
  void aBundleThatNamesAnotherKeyThanItIsSignedWithShowsNone() throws Exception {
    String hint = KeyFingerprint.ofPem(PAIR.getPublic());
    String other = KeyFingerprint.ofPem(TestKeys.generate("secp256r1").getPublic());
    String bundle = new String(signer(PAIR).sign(STATEMENT), UTF_8);

    UnknownSigner found = one(bundle.replace(hint, other).getBytes(UTF_8));

    assertThat(found.method()).isEqualTo(SigningMethod.KEY);
    assertThat(found.signer()).isEmpty();
    assertThat(found.root()).isEmpty();
  }

  @Test
  void aChainShowsTheHighestAuthorityUnderWhichItHolds() throws Exception {
    TestCertificates middle = ROOT.intermediate("CN=Middle,O=Acme");
    X509Certificate leaf = middle.leaf("CN=Release,O=Acme", PAIR, KeyUsage.digitalSignature);
    byte[] bundle =
        signer(PAIR)
            .withCertificates(List.of(leaf, middle.certificate(), ROOT.certificate()))
            .sign(STATEMENT);

    UnknownSigner found = one(bundle);

    assertThat(found.signer().orElseThrow().identity()).isEqualTo("CN=Release,O=Acme");
    assertThat(found.root().orElseThrow().certificate()).contains(ROOT.certificate());
    assertPasted(found, bundle);
  }

  @Test
  void aCertificateAloneShowsItsSubjectAndNoAuthority() throws Exception {
    X509Certificate leaf = ROOT.leaf("CN=Release,O=Acme", PAIR, KeyUsage.digitalSignature);

    UnknownSigner found = one(signer(PAIR).withCertificates(List.of(leaf)).sign(STATEMENT));

    assertThat(found.signer().orElseThrow().issuer()).isEqualTo("CN=Root,O=Acme");
    assertThat(found.root()).isEmpty();
  }

  @Test
  void aChainThatHoldsUnderNoneOfItsAuthoritiesShowsNobody() throws Exception {
    X509Certificate leaf = ROOT.leaf("CN=Release,O=Acme", PAIR, KeyUsage.digitalSignature);
    TestCertificates unrelated = TestCertificates.root("CN=Unrelated,O=Acme");
    byte[] bundle =
        signer(PAIR).withCertificates(List.of(leaf, unrelated.certificate())).sign(STATEMENT);

    assertThat(UnknownSigner.in(bundle, CLOCK)).isEmpty();
  }

  @Test
  void anEditedStatementUnderACertificateShowsNobody() throws Exception {
    X509Certificate leaf = ROOT.leaf("CN=Release,O=Acme", PAIR, KeyUsage.digitalSignature);
    String bundle = new String(signer(PAIR).withCertificates(List.of(leaf)).sign(STATEMENT), UTF_8);
    Base64.Encoder base64 = Base64.getEncoder();
    String edited = new String(STATEMENT, UTF_8).replace("a.bin", "b.bin");

    String replaced =
        bundle.replace(
            base64.encodeToString(STATEMENT), base64.encodeToString(edited.getBytes(UTF_8)));

    assertThat(replaced).isNotEqualTo(bundle);
    assertThat(UnknownSigner.in(replaced.getBytes(UTF_8), CLOCK)).isEmpty();
  }

  @Test
  void anIdentityIsTheCertificatesAndNothingVouchesForIt() {
    LocalSigstore sigstore = LocalSigstore.create(NOW);
    byte[] bundle =
        sigstore.bundle(STATEMENT, "release@acme.example", "https://accounts.example").build();

    UnknownSigner found = one(bundle);

    assertThat(found.signer().orElseThrow().identity()).isEqualTo("release@acme.example");
    assertThat(found.signer().orElseThrow().issuer()).isEqualTo("https://accounts.example");
    assertThat(found.root()).isEmpty();
    assertThat(found.logged()).isTrue();
  }

  @Test
  void eachLineOfASidecarHasItsOwnSigner() throws Exception {
    KeyPair second = TestKeys.generate("secp256r1");
    var lines = new ByteArrayOutputStream();
    for (byte[] bundle : List.of(signer(PAIR).sign(STATEMENT), signer(second).sign(STATEMENT))) {
      lines.writeBytes("not a bundle\n".getBytes(UTF_8));
      lines.writeBytes(new String(bundle, UTF_8).replace("\n", " ").getBytes(UTF_8));
      lines.write('\n');
    }

    Map<Integer, UnknownSigner> found = UnknownSigner.in(lines.toByteArray(), CLOCK);

    assertThat(found.keySet()).containsExactly(2, 4);
    assertThat(found.get(2).signer().orElseThrow().keySha256())
        .isEqualTo(KeyFingerprint.of(PAIR.getPublic()));
    assertThat(found.get(4).signer().orElseThrow().keySha256())
        .isEqualTo(KeyFingerprint.of(second.getPublic()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[]", "no JSON", "\n\n", "{\"mediaType\": \"x\"}"})
  void whatIsNoBundleShowsNobody(String sidecar) {
    assertThat(UnknownSigner.in(sidecar.getBytes(UTF_8), CLOCK)).isEmpty();
  }

  /** What the bundle shows, written into a policy, makes the bundle one of a trusted signer. */
  private static void assertPasted(UnknownSigner found, byte[] bundle) throws Exception {
    Signer shown = found.signer().orElseThrow();
    Signer named =
        new Signer(shown.method(), "acme", shown.identity(), shown.issuer(), shown.keySha256());
    PolicyEntry entry = PolicyEntry.introducing(named, Role.PUBLISHER, "acme/base").orElseThrow();
    TrustPolicy policy =
        TrustPolicy.parse(
            PolicySource.of(
                "policy.yaml",
                ("version: 1\n" + entry.yaml()).getBytes(UTF_8),
                Map.of(
                    entry.file().orElseThrow(), found.root().orElseThrow().pem().getBytes(UTF_8))));

    Optional<Signer> checked =
        new BundleVerifier(policy, CLOCK)
            .check("acme/base", "", "model.sig", bundle, "")
            .get(0)
            .signature()
            .signer();
    assertThat(checked).contains(named);
    assertThat(policy.trustsPublisher(checked.orElseThrow(), "acme/base")).isTrue();
  }

  private static UnknownSigner one(byte[] sidecar) {
    Map<Integer, UnknownSigner> found = UnknownSigner.in(sidecar, CLOCK);
    assertThat(found.keySet()).containsExactly(1);
    return found.get(1);
  }

  private static KeySigner signer(KeyPair pair) throws Exception {
    return KeySigner.of(TestKeys.privatePem(pair));
  }
}
