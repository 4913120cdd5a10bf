package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.trust.KeyFingerprint;
import dev.weighmaster.trust.PemCertificates;
import dev.weighmaster.trust.TestCertificates;
import dev.weighmaster.trust.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignCommandTest {
  private static final KeyPair PAIR = TestKeys.generate("secp256r1");

  @TempDir private Path folder;
  private Path model;
  private Path key;

  @BeforeEach
  void aModelAndAPolicyThatNamesItsPublisher() throws IOException {
    model = Files.createDirectories(folder.resolve("hub/acme/base"));
    Files.writeString(model.resolve("weights.bin"), "weights");
    Files.writeString(model.resolve("README.md"), "a card");
    key = use(PAIR);
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp256r1", "secp384r1", "secp521r1"})
  void aModelIsVerifiedAsItWasSignedByAKeyOnAnyCurve(String curve) throws IOException {
    KeyPair pair = TestKeys.generate(curve);

    String out = Commands.run("sign", model, "--key", use(pair)).succeeded();

    assertThat(out)
        .startsWith("signed base, 2 files\n  root digest  sha256:")
        .contains("  key          sha256:" + KeyFingerprint.of(pair.getPublic()) + "\n")
        .endsWith("  signature    " + model.resolve("model.sig") + "\n");
    assertThat(verify()).isZero();
    Files.writeString(model.resolve("weights.bin"), "Weights");
    assertThat(verify()).isEqualTo(2);
  }

  @Test
  void signingAgainReplacesTheSignatureAndLeavesNothingElse() throws IOException {
    Commands.run("sign", model, "--key", key).succeeded();
    Files.writeString(model.resolve("weights.bin"), "better weights");
    assertThat(verify()).isEqualTo(2);

    String out = Commands.run("sign", model, "--key", key).succeeded();

    assertThat(out).contains("2 files").endsWith("model.sig (replaced)\n");
    assertThat(verify()).isZero();
    try (Stream<Path> files = Files.list(model)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("README.md", "model.sig", "weights.bin");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(sig())))
        .isEqualTo(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(model.resolve("weights.bin"))));
  }

  @Test
  void aMachineReadsWhatWasSignedAndByWhom() {
    String json = Commands.run("sign", model, "--key", key, "--json").succeeded();

    assertThat(json)
        .startsWith("{\"model\":\"" + model.getFileName() + "\",\"files\":2,\"root_digest\":\"")
        .contains("\"signature\":\"" + sig() + "\",\"replaced\":false,\"signing_method\":\"KEY\"")
        .containsPattern("\"signer_identity\":\"sha256:[0-9a-f]{64}\"}\n$");
  }

  @Test
  void otherSidecarsAreRecordedAsIgnored() throws IOException {
    Files.writeString(model.resolve("claims.jsonl"), "{}");

    Commands.run("sign", model, "--key", key).succeeded();

    assertThat(Commands.run("inspect", sig()).succeeded())
        .contains("ignore paths    .git, .gitattributes, .github, .gitignore, claims.jsonl, model");
  }

  @Test
  void theSignatureOfASingleFileSaysNothingOfTheOthers() throws IOException {
    Path weights = model.resolve("weights.bin");

    assertThat(Commands.run("sign", weights, "--key", key).succeeded())
        .startsWith("signed weights.bin, 1 file\n");

    assertThat(verify(weights)).isZero();
    assertThat(verify()).as("the other files are not signed").isEqualTo(2);
    Files.writeString(model.resolve("README.md"), "another card");
    assertThat(verify(weights)).isZero();
    Files.writeString(weights, "Weights");
    assertThat(verify(weights)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--hash=sha256",
        "--hash=blake2b",
        "--hash=blake3",
        "--shard-size=3",
        "--hash=blake2b --shard-size=3",
        "--hash=blake3 --shard-size=1000000000"
      })
  void everyHashAndSerializationIsVerifiedAsItWasSigned(String options) throws IOException {
    List<Object> command = new ArrayList<>(List.of("sign", model, "--key", key));
    command.addAll(List.of(options.split(" ")));

    assertThat(Commands.run(command.toArray()).succeeded()).startsWith("signed base, 2 files\n");

    assertThat(verify()).isZero();
    Files.writeString(model.resolve("weights.bin"), "Weights");
    assertThat(verify()).isEqualTo(2);
  }

  @Test
  void ignoredPathsMayChange() throws IOException {
    Files.createDirectories(model.resolve("logs/today"));
    Files.writeString(model.resolve("logs/today/x"), "x");
    Commands.run("sign", model, "--key", key, "--ignore-path", "./logs/").succeeded();

    assertThat(verify()).isZero();
    Files.writeString(model.resolve("logs/y"), "y");
    assertThat(verify()).isZero();
    Files.writeString(model.resolve("logs.txt"), "not ignored");
    assertThat(verify()).isEqualTo(2);
  }

  @Test
  void linksAreSignedOnlyWhereTheyAreAllowed() throws IOException {
    Files.createSymbolicLink(model.resolve("link.bin"), Path.of("weights.bin"));

    assertThat(Commands.run("sign", model, "--key", key).failed(3))
        .isEqualTo(model.resolve("link.bin") + ": is a symbolic link, and links are not allowed");
    assertThat(Commands.run("sign", model, "--key", key, "--allow-symlinks").succeeded())
        .startsWith("signed base, 3 files\n");
    assertThat(verify()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--hash=md5",
        "--shard-size=0",
        "--shard-size=x",
        "--ignore-path=..",
        "--ignore-path=/x",
        "--ignore-path=*.bin"
      })
  void optionsThatMakeNoSenseAreRefused(String option) {
    assertThat(Commands.run("sign", model, "--key", key, option).exitCode()).isEqualTo(64);
    assertThat(sig()).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource("unusable")
  void anUnusableKeyIsNamedInOneLineThatShowsNothingOfIt(byte[] pem, String message)
      throws IOException {
    Path unusable = Files.write(folder.resolve("unusable.pem"), pem);

    assertThat(Commands.run("sign", model, "--key", unusable).failed(3))
        .isEqualTo(unusable + ": " + message);
    assertThat(sig()).doesNotExist();
  }

  static List<Arguments> unusable() {
    byte[] pem = TestKeys.privatePem(PAIR);
    byte[] broken = pem.clone();
    broken[60] = '!';
    String isBroken = "the private key is broken, or in another form than PKCS#8 or SEC 1 in PEM";
    return List.of(
        arguments(
            TestKeys.privatePem(TestKeys.generateRsa()),
            "the private key is not an ECDSA key on the curve P-256, P-384 or P-521"),
        arguments(broken, isBroken),
        arguments(TestKeys.pem("OPENSSH PRIVATE KEY", new byte[100]), isBroken),
        arguments(TestKeys.publicPem(PAIR), "there is no private key in PEM (BEGIN PRIVATE KEY)"),
        arguments(new byte[100], "there is no private key in PEM (BEGIN PRIVATE KEY)"));
  }

  @Test
  void aSignedModelOfWhichTheWeightsAreRevokedIsBroken() throws IOException {
    Commands.run("sign", model, "--key", key).succeeded();
    Path weights = model.resolve("weights.bin");
    String revoked = Sha256Hex.of(Files.readAllBytes(weights));
    Files.writeString(
        folder.resolve("policy.yaml"),
        "revoked: {digests: [" + revoked + "]}\n",
        StandardOpenOption.APPEND);

    assertThat(verify(model)).isEqualTo(2);
    assertThat(verify(weights)).isEqualTo(2);
    assertThat(verify(model.resolve("README.md"))).isEqualTo(1);
  }

  @Test
  void verifyDoesNotAnswerForWhatNoSignatureCovers() throws IOException {
    Path signed = model.resolve("weights.bin");
    Path other = Files.writeString(model.resolve("other.bin"), "nobody signs these");

    Commands.run("sign", signed, "--key", key).succeeded();

    assertThat(verify(signed)).isZero();
    assertThat(verify(other)).isEqualTo(1);
    assertThat(verify()).isEqualTo(1);
  }

  @Test
  void aSignatureThatCanNotBeReadIsSaidSoAlsoWhereThereAreNoWeights() throws IOException {
    Files.delete(model.resolve("weights.bin"));
    Commands.run("sign", model, "--key", key).succeeded();
    assertThat(verify()).isZero();
    Files.writeString(sig(), "{\"mediaType\":" + "[".repeat(100_000));

    assertThat(verify()).isEqualTo(2);
  }

  @Test
  void aModelIsSignedByACertificateWithOrWithoutItsRoot() throws IOException {
    TestCertificates root = TestCertificates.root("CN=Acme Root");
    String leaf = pem(root.leaf("CN=Acme Release", PAIR, KeyUsage.digitalSignature));
    Files.write(folder.resolve("ca.pem"), root.pem());
    Files.writeString(
        folder.resolve("policy.yaml"),
        """
        version: 1
        trust_roots: [{name: acme, certificates: ca.pem}]
        publishers:
          - {models: "acme/*", signers: [{root: acme, subject: "CN=Acme Release"}]}
        """);
    Path chain = folder.resolve("chain.pem");
    for (String certificates : List.of(leaf, leaf + pem(root.certificate()))) {
      Files.writeString(chain, certificates);

      assertThat(Commands.run("sign", model, "--key", key, "--certificate", chain).succeeded())
          .contains("  certificate  CN=Acme Release\n");
      assertThat(verify()).isZero();
    }
  }

  @Test
  void aCertificateThatDoesNotFitIsNamed() throws IOException {
    TestCertificates root = TestCertificates.root("CN=Acme Root");
    TestCertificates another = TestCertificates.root("CN=Another");
    String leaf = pem(root.leaf("CN=Acme Release", PAIR, KeyUsage.digitalSignature));
    String otherLeaf =
        pem(
            root.leaf(
                "CN=Acme Release", TestKeys.generate("secp256r1"), KeyUsage.digitalSignature));
    Path chain = folder.resolve("chain.pem");
    var messages =
        Map.of(
            "",
            ": has no certificate in PEM",
            otherLeaf,
            ": the first certificate is not for the private key",
            leaf + otherLeaf,
            ": a certificate after the first is not an authority's",
            leaf + pem(another.certificate()),
            " was not written, its signature does not verify");
    for (var entry : messages.entrySet()) {
      Files.writeString(chain, entry.getKey());

      assertThat(Commands.run("sign", model, "--key", key, "--certificate", chain).failed(3))
          .contains(entry.getValue());
      assertThat(sig()).doesNotExist();
    }
    assertThat(Commands.run("sign", model, "--key", key, "--certificate", sig()).failed(3))
        .isEqualTo(sig() + ": no such certificate file");
  }

  private static String pem(X509Certificate certificate) {
    return PemCertificates.pem(certificate);
  }

  @Test
  void whatCanNotBeSignedIsSaid() throws IOException {
    assertThat(Commands.run("sign", folder.resolve("none"), "--key", key).failed(3))
        .isEqualTo(folder.resolve("none") + ": no such file or folder");
    assertThat(Commands.run("sign", model, "--key", folder.resolve("none")).failed(3))
        .isEqualTo(folder.resolve("none") + ": no such key file");
    assertThat(Commands.run("sign", folder, "--key", key).failed(3))
        .isEqualTo(
            key + ": the private key lies in the model that it is to sign; move it out first");
    assertThat(
            Commands.run("sign", Files.createDirectory(folder.resolve("empty")), "--key", key)
                .failed(3))
        .isEqualTo(folder.resolve("empty") + ": has no files to sign");
    Commands.run("sign", model, "--key", key).succeeded();
    assertThat(Commands.run("sign", sig(), "--key", key).failed(3))
        .isEqualTo(sig() + " is itself a signature or attestation");
    assertThat(Commands.run("sign", model).exitCode()).isEqualTo(64);
  }

  private Path sig() {
    return model.resolve("model.sig");
  }

  private int verify() {
    return verify(model);
  }

  private int verify(Path path) {
    return Commands.run(
            "verify",
            path,
            "--hub",
            folder.resolve("hub"),
            "--policy",
            folder.resolve("policy.yaml"))
        .exitCode();
  }

  private Path use(KeyPair pair) throws IOException {
    Files.write(folder.resolve("public.pem"), TestKeys.publicPem(pair));
    Files.writeString(
        folder.resolve("policy.yaml"),
        """
        version: 1
        trust_roots: [{name: acme, public_key: public.pem}]
        publishers: [{models: "acme/*", signers: [{key: acme}]}]
        """);
    return Files.write(folder.resolve("private.pem"), TestKeys.privatePem(pair));
  }
}
