package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.trust.Coverage;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TestCertificates;
import dev.weighmaster.trust.TestKeys;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What OMS 1.0 says that a verifier must accept or refuse, each with the section that says so. */
class OmsSpecificationTest {
  private static final KeyPair KEY = TestKeys.generate("secp384r1");
  private static final TestCertificates ROOT = TestCertificates.root("CN=Root");
  private static final byte[] A = "content of a".getBytes(UTF_8);
  private static final byte[] B = "content of b".getBytes(UTF_8);
  private static final DigestSeries FILES = new DigestSeries(HashType.SHA256, Optional.empty());
  private static final ModelManifest MANIFEST =
      ModelSigner.manifest(
          Stream.of(
                  ScannedFiles.listed("a.bin", A, FILES),
                  ScannedFiles.listed("sub/b.bin", B, FILES))
              .flatMap(List::stream)
              .toList(),
          List.of("cache"),
          false);
  private static final String STATEMENT =
      new String(ModelSigner.statement("base", MANIFEST), UTF_8).replaceAll("\\s+", "");
  private static final String DIGESTS =
      """
      {"_type":"https://in-toto.io/Statement/v1","predicate":{"unused":"x"},
       "predicateType":"https://model_signing/Digests/v0.1",
       "subject":[{"name":"a.bin","digest":{"sha256":"DIGEST"},
         "annotations":{"actual_hash_algorithm":"file-sha256"}}]}
      """
          .replace("DIGEST", MANIFEST.resources().get(0).digest());

  private static final ScannedFile[] INTACT = {
    ScannedFiles.file("a.bin", A), ScannedFiles.file("sub/b.bin", B)
  };

  @ParameterizedTest(name = "{0}: {1} to {2}: {3}")
  @MethodSource("statements")
  void aSignedStatementKeepsTheRules(String section, String from, String to, String outcome)
      throws Exception {
    assertThat(outcome(bundle(replace(STATEMENT, from, to)), INTACT)).isEqualTo(outcome);
  }

  static Stream<Arguments> statements() {
    String malformed = "MALFORMED_BUNDLE";
    String second = "\\{\"name\":\"sub/b.bin\"";
    return Stream.of(
        arguments("5", "\"base\"", "\"base\"", "OK"),
        arguments("5.1", "signature/v1.0", "signature/v1.1", "no model signature"),
        arguments("5.2", "\"resources\"", "\"resource\"", malformed),
        arguments("5.2", "\"serialization\"", "\"serialisation\"", malformed),
        arguments("5.2.1", "\"name\":\"a.bin\",", "", malformed),
        arguments("5.2.1", "\"digest\":\"[0-9a-f]+\",", "", malformed),
        arguments("5.2.1", ",\"algorithm\":\"sha256\"", "", malformed),
        arguments("5.2.1", "\"resources\":\\[.*?]", "\"resources\":[]", malformed),
        arguments("5.2.1", "a.bin", "z.bin", malformed),
        arguments("5.2.1", second, "{\"uri\":\"x\",\"name\":\"sub/b.bin\"", "OK"),
        arguments("5.2.2", "\"method\":\"files\",", "", malformed),
        arguments("5.2.2", "\"hash_type\":\"sha256\",", "", malformed),
        arguments("5.2.2", "\"allow_symlinks\":false,", "", malformed),
        arguments("5.2.2", "\"files\"", "\"files\",\"shard_size\":9", malformed),
        arguments("5.2.2", "\"files\"", "\"shards\"", malformed),
        arguments("5.2.2", "\"files\"", "\"tree\"", malformed),
        arguments("6.1.2", "a.bin", "/a.bin", malformed),
        arguments("6.1.2", "a.bin", "../a.bin", malformed),
        arguments("6.1.2", "a.bin", "./a.bin", malformed),
        arguments("6.1.2", "a.bin", "a//bin", malformed),
        arguments("6.1.2", "a.bin", "a.bin/", malformed),
        arguments("6.1.2", "a.bin", "A.bin", "DIGEST_MISMATCH"),
        arguments("6.2.1", "\"cache\"", "\"*.cache\"", malformed),
        arguments("6.2.1", "\"cache\"", "\"/cache\"", malformed),
        arguments("6.2.1", "\"cache\"", "\"a/../cache\"", malformed),
        arguments("6.5", "\\{\"name\":\"base\"", "{\"digest\":{\"x\":\"y\"}},$0", malformed),
        arguments("6.5", "\"base\"", "\"\"", malformed),
        arguments("6.5.1", "\"base\",\"digest\":\\{\"sha256\":\"..", "$0x", malformed),
        arguments(
            "6.5.1", "\"base\",\"digest\":\\{\"sha256\"", "\"base\",\"digest\":{\"s\"", malformed),
        arguments("7", "\"algorithm\":\"sha256\"", "\"algorithm\":\"sha-256\"", malformed),
        arguments("7", "\"hash_type\":\"sha256\"", "\"hash_type\":\"md5\"", malformed),
        arguments("8.3", "Statement/v1", "Statement/v0.1", malformed),
        arguments("8.3", "\"predicate\":", "\"predicat\":", malformed),
        arguments("8.3", "\"resources\"", "\"more\":1,\"resources\"", malformed),
        arguments("8.3", "\"method\"", "\"more\":1,\"method\"", malformed),
        arguments("11.1", "\"base\"", "\"model\"", "OK"),
        arguments("11.2", ",\"ignore_paths\":\\[\"cache\"]", "", "OK"));
  }

  @ParameterizedTest(name = "{0}: {1} to {2}: {3}")
  @MethodSource("bundles")
  void aBundleKeepsTheRules(String section, String from, String to, String outcome)
      throws Exception {
    assertThat(outcome(replace(bundle(STATEMENT), from, to), INTACT)).isEqualTo(outcome);
  }

  static Stream<Arguments> bundles() {
    String malformed = "MALFORMED_BUNDLE";
    String key = Base64.getEncoder().encodeToString(TestKeys.publicPem(KEY));
    String rawBytes = "\"rawBytes\":\"" + key + "\",\"keyDetails\":\"PKIX_ECDSA_P384_SHA_384\"";
    String leaf = base64(ROOT.leaf("CN=Leaf", KEY, KeyUsage.digitalSignature));
    String publicKey = "\"publicKey\":\\{.*?}";
    return Stream.of(
        arguments("4", "\"dsseEnvelope\"", "\"envelope\"", malformed),
        arguments("4", "\"verificationMaterial\"", "\"material\"", malformed),
        arguments("4.1", "\"tlogEntries\":\\[]", "\"timestampVerificationData\":{}", "OK"),
        arguments("4.1", publicKey, "$0,\"certificate\":{}", malformed),
        arguments("4.1", publicKey, "\"certificate\":{\"rawBytes\":\"" + leaf + "\"}", malformed),
        arguments(
            "4.1",
            publicKey,
            "\"x509CertificateChain\":{\"certificates\":[{\"rawBytes\":\"" + leaf + "\"}]}",
            "OK"),
        arguments("4.1", ",\"keyid\":\"\"", "", "OK"),
        arguments("4.1", "\"keyid\":\"\"", "\"keyid\":null", "OK"),
        arguments("6.7", "application/vnd.in-toto.json", "application/json", malformed),
        arguments("6.7", "\"signatures\":\\[(.*?)]", "\"signatures\":[]", malformed),
        arguments("6.7", "\"signatures\":\\[(.*?)]", "\"signatures\":[$1,$1]", malformed),
        arguments("6.7", "\"payload\":\"", "\"payload\":\"*", malformed),
        arguments("8.1", "bundle.v0.3", "bundle.v0.9", malformed),
        arguments("8.2", "\"sig\":\"....", "\"sig\":\"AAAA", "SIGNATURE_INVALID"),
        arguments("11.2", "\"hint\":\"[0-9a-f]+\"", rawBytes, "OK"));
  }

  @ParameterizedTest(name = "{0}: {1}: {3}")
  @MethodSource("files")
  void theFilesAreThoseThatWereSigned(
      String section, String rule, List<ScannedFile> files, String outcome) throws Exception {
    assertThat(outcome(bundle(STATEMENT), files.toArray(ScannedFile[]::new))).isEqualTo(outcome);
  }

  static Stream<Arguments> files() {
    return Stream.of(
        arguments("6.1.1", "no links", with(ScannedFiles.linked("a.bin", A)), "UNSIGNED_FILES"),
        arguments("6.1.1", "nor folders", with(ScannedFiles.linked("l/x", A)), "UNSIGNED_FILES"),
        arguments("6.2.1", "but ignored", with(ScannedFiles.linked("cache/x", A)), "OK"),
        arguments("6.2", "default exclusion", with(ScannedFiles.file(".git/x", A)), "OK"),
        arguments("6.2", "default exclusion", with(ScannedFiles.file(".gitignore", A)), "OK"),
        arguments("6.2", "default exclusion", with(ScannedFiles.file(".gitattributes", A)), "OK"),
        arguments("6.2", "default exclusion", with(ScannedFiles.file(".github/x", A)), "OK"),
        arguments("6.2", "the signature", with(ScannedFiles.file("model.sig", A)), "OK"),
        arguments("6.2.1", "at the top", with(ScannedFiles.file("s/.git/x", A)), "UNSIGNED_FILES"),
        arguments("6.2.1", "subtree", with(ScannedFiles.file("cache/deep/x", A)), "OK"),
        arguments("6.2.1", "exact", with(ScannedFiles.file("sub/cache", A)), "UNSIGNED_FILES"),
        arguments("6.2.1", "exact", with(ScannedFiles.file("cache.bin", A)), "UNSIGNED_FILES"),
        arguments("8.4", "missing", List.of(INTACT[0]), "DIGEST_MISMATCH"),
        arguments("8.4", "changed", with(ScannedFiles.file("a.bin", B)), "DIGEST_MISMATCH"),
        arguments("8.5", "not listed", with(ScannedFiles.file("c.bin", A)), "UNSIGNED_FILES"));
  }

  /** The intact files with another one, or with one in another's place. */
  private static List<ScannedFile> with(ScannedFile other) {
    return Stream.concat(
            Stream.of(INTACT).filter(file -> !file.file().name().equals(other.file().name())),
            Stream.of(other))
        .toList();
  }

  /** Section 11.2: what the reference implementation's version 0.2.0 did is for its form alone. */
  @ParameterizedTest
  @CsvSource({
    "0.2.0, SHA384withECDSA, false, OK",
    "0.2.0, SHA384withECDSA, true,  SIGNATURE_INVALID",
    "0.2.0, SHA256withECDSA, true,  OK",
    "0.2.0, SHA256withECDSA, false, SIGNATURE_INVALID",
    "0.2.0, SHA512withECDSA, false, SIGNATURE_INVALID",
    "1.0,   SHA384withECDSA, false, OK",
    "1.0,   SHA384withECDSA, true,  SIGNATURE_INVALID",
    "1.0,   SHA256withECDSA, true,  SIGNATURE_INVALID",
    "1.0,   SHA256withECDSA, false, SIGNATURE_INVALID",
    "1.0,   SHA512withECDSA, false, SIGNATURE_INVALID"
  })
  void theRelaxationsForTheOldestFormAreForItAlone(
      String version, String algorithm, boolean mistakenEncoding, String outcome) throws Exception {
    boolean old = version.equals("0.2.0");
    byte[] statement = (old ? DIGESTS : STATEMENT).getBytes(UTF_8);
    byte[] signature =
        sign(
            algorithm,
            KEY.getPrivate(),
            mistakenEncoding
                ? PreAuthenticationEncoding.ofVersion020(statement)
                : PreAuthenticationEncoding.of(statement));
    String bundle =
        replace(
            bundle(new String(statement, UTF_8)),
            "\"sig\":\"[^\"]+\"",
            "\"sig\":\"" + Base64.getEncoder().encodeToString(signature) + "\"");

    assertThat(outcome(bundle, old ? new ScannedFile[] {INTACT[0]} : INTACT)).isEqualTo(outcome);
  }

  @ParameterizedTest
  @CsvSource({
    "secp256r1, SHA256withECDSA, OK",
    "secp256r1, SHA384withECDSA, SIGNATURE_INVALID",
    "secp256r1, SHA512withECDSA, SIGNATURE_INVALID",
    "secp384r1, SHA256withECDSA, SIGNATURE_INVALID",
    "secp384r1, SHA384withECDSA, OK",
    "secp384r1, SHA512withECDSA, SIGNATURE_INVALID",
    "secp521r1, SHA256withECDSA, SIGNATURE_INVALID",
    "secp521r1, SHA384withECDSA, SIGNATURE_INVALID",
    "secp521r1, SHA512withECDSA, OK"
  })
  void eachCurveHasOneHash(String curve, String algorithm, String outcome) throws Exception {
    KeyPair pair = TestKeys.generate(curve);
    byte[] statement = STATEMENT.getBytes(UTF_8);
    byte[] signature = sign(algorithm, pair.getPrivate(), PreAuthenticationEncoding.of(statement));
    String sig = "\"sig\":\"" + Base64.getEncoder().encodeToString(signature) + "\"";
    KeySigner signer = KeySigner.of(TestKeys.privatePem(pair));
    KeySigner certified =
        signer.withCertificates(List.of(ROOT.leaf("CN=Leaf", pair, KeyUsage.digitalSignature)));

    for (KeySigner each : List.of(signer, certified)) {
      String made = new String(each.sign(statement), UTF_8);
      assertThat(outcome(made, pair, INTACT)).isEqualTo("OK");
      assertThat(outcome(replace(made, "\"sig\":\"[^\"]+\"", sig), pair, INTACT))
          .isEqualTo(outcome);
    }
  }

  private static String outcome(String bundle, ScannedFile... files) throws Exception {
    return outcome(bundle, KEY, files);
  }

  private static String outcome(String bundle, KeyPair key, ScannedFile... files) throws Exception {
    String policy =
        """
        version: 1
        trust_roots:
          - {name: key, public_key: key.pem}
          - {name: ca, certificates: ca.pem}
        """;
    var verifier =
        new BundleVerifier(
            TrustPolicy.parse(
                PolicySource.of(
                    "policy.yaml",
                    policy.getBytes(UTF_8),
                    Map.of("key.pem", TestKeys.publicPem(key), "ca.pem", ROOT.pem()))),
            Clock.fixed(TestCertificates.FROM, ZoneOffset.UTC));
    CheckedStatement checked =
        verifier.check("acme/base", "", "model.sig", bundle.getBytes(UTF_8), "").get(0);
    Optional<Problem> problem =
        checked
            .signature()
            .failure()
            .or(
                () ->
                    checked
                        .manifest()
                        .flatMap(
                            m ->
                                ManifestCheck.check(
                                    "model.sig", m, List.of(files), Coverage.ALL_BUT_SIDECARS)));
    return problem
        .map(found -> found.reason().name())
        .orElse(checked.manifest().isPresent() ? "OK" : "no model signature");
  }

  private static String bundle(String statement) throws Exception {
    return new String(
        KeySigner.of(TestKeys.privatePem(KEY)).sign(statement.getBytes(UTF_8)), UTF_8);
  }

  private static byte[] sign(String algorithm, PrivateKey key, byte[] message) throws Exception {
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(key);
    signer.update(message);
    return signer.sign();
  }

  private static String base64(X509Certificate certificate) {
    try {
      return Base64.getEncoder().encodeToString(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String replace(String text, String regex, String with) {
    assertThat(text).containsPattern(regex);
    return text.replaceFirst(regex, with);
  }
}
