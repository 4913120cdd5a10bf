package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.trust.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustExplainCommandTest {
  private static final KeyPair ACME = TestKeys.generate("secp256r1");
  private static final KeyPair OTHER = TestKeys.generate("secp256r1");

  /** Before the name of each list of an entry. */
  private static final Pattern LIST = Pattern.compile("(?m)^(?=\\w)");

  @TempDir private Path folder;
  private Path model;
  private Path policy;

  @BeforeEach
  void aModelThatItsPublisherHasSigned() throws IOException {
    model = Files.createDirectories(folder.resolve("hub/acme/base"));
    Files.writeString(model.resolve("weights.bin"), "weights");
    Files.write(folder.resolve("acme.pub.pem"), TestKeys.publicPem(ACME));
    Files.write(folder.resolve("other.pub.pem"), TestKeys.publicPem(OTHER));
    policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            version: 1
            trust_roots:
              - {name: acme, public_key: acme.pub.pem}
              - {name: other, public_key: other.pub.pem}
            publishers:
              - {models: "acme/*", signers: [{key: acme}]}
              - {models: "other/*", signers: [{key: other}]}
            """);
    sign(ACME);
  }

  @Test
  void aTrustedSignerIsTrustedByAnEntryThatIsNamed() {
    assertThat(
            Commands.run(
                    "trust", "explain", model, "--hub", folder.resolve("hub"), "--policy", policy)
                .succeeded())
        .startsWith(
            """
            acme/base under policy.yaml
            publishers: 1 of 2 entries apply
              policy.yaml:6:5  acme/*
                key acme
            quantizers: 0 of 0 entries apply
            signers:
              ✓ as a publisher, model.sig
            """)
        .containsPattern(
            """
            \\[key, trust root acme]
                payload sha256:[0-9a-f]{64}
                trusted by policy.yaml:6:5  acme/\\*
            """)
        .doesNotContain("✗");
  }

  @Test
  void ofAnotherSignerItIsSaidHowItDiffersFromThoseThatTheEntryNames() throws IOException {
    sign(OTHER);

    assertThat(
            Commands.run(
                    "trust", "explain", model, "--hub", folder.resolve("hub"), "--policy", policy)
                .succeeded())
        .contains(
            """
                policy.yaml:6:5  acme/* names others:
                  key acme, but it is verified under the trust root other
            """);
  }

  @Test
  void anUnknownSignerHasTheFingerprintThatSigningHasPrinted() throws IOException {
    String signed = sign(TestKeys.generate("secp384r1"));
    String fingerprint = fingerprint(signed);

    assertThat(
            Commands.run(
                    "trust", "explain", model, "--hub", folder.resolve("hub"), "--policy", policy)
                .succeeded())
        .contains("✗ as a publisher, model.sig")
        .contains("signed by " + fingerprint + " [key, no trust root of the policy]");
  }

  @Test
  void theEntryForAnUnknownSignerMakesItTrustedOnceItIsPasted() throws IOException {
    String fingerprint = fingerprint(sign(TestKeys.generate("secp256r1")));
    String before =
        Commands.run("trust", "explain", model, "--hub", folder.resolve("hub"), "--policy", policy)
            .succeeded();
    JsonNode signer = explained().at("/signers/0");
    String entry = signer.get("policy_entry").asText();
    assertThat(before)
        .contains("to trust this signer, add to policy.yaml")
        .contains(indented(entry));

    JsonNode file = signer.get("policy_file");
    Files.writeString(folder.resolve(file.get("name").asText()), file.get("content").asText());
    paste(entry);

    assertThat(
            Commands.run(
                    "trust", "explain", model, "--hub", folder.resolve("hub"), "--policy", policy)
                .succeeded())
        .contains("✓ as a publisher, model.sig")
        .contains("signed by " + fingerprint + " [key, trust root acme-2]")
        .doesNotContain("to trust this signer");
    assertThat(
            Commands.run("verify", model, "--hub", folder.resolve("hub"), "--policy", policy).out())
        .contains(fingerprint);
  }

  @Test
  void theEntryForASignerUnderARootOfThePolicyIsOnlyAGrant() throws IOException {
    sign(OTHER);
    String entry = explained().at("/signers/0/policy_entry").asText();
    assertThat(entry)
        .isEqualTo(
            """
            publishers:
              - models: acme/base
                signers:
                  - key: other
            """);

    paste(entry);

    assertThat(
            Commands.run(
                    "trust", "explain", model, "--hub", folder.resolve("hub"), "--policy", policy)
                .succeeded())
        .contains("✓ as a publisher, model.sig");
  }

  @Test
  void aTrustedSignerNeedsNoEntry() throws IOException {
    assertThat(explained().at("/signers/0").has("policy_entry")).isFalse();
    assertThat(
            Commands.run(
                    "trust", "explain", model, "--hub", folder.resolve("hub"), "--policy", policy)
                .succeeded())
        .doesNotContain("to trust");
  }

  @Test
  void noEntryIsOfferedForASignerWhomThePolicyRevokes() throws IOException {
    String key = fingerprint(sign(TestKeys.generate("secp256r1")));
    Files.writeString(policy, "revoked: {keys: [\"" + key + "\"]}\n", APPEND);

    assertThat(
            Commands.run(
                    "trust", "explain", model, "--hub", folder.resolve("hub"), "--policy", policy)
                .succeeded())
        .contains(key)
        .doesNotContain("to trust");
  }

  @Test
  void noEntryIsOfferedWhereALogEntryIsMissingToo() throws IOException {
    sign(TestKeys.generate("secp256r1"));
    Files.writeString(policy, "require: {transparency_log: true}\n", APPEND);

    assertThat(explained().at("/signers/0").has("policy_entry")).isFalse();
  }

  @Test
  void anEditedStatementIsNoReasonToTrustAnybody() throws IOException {
    Path signature = model.resolve("model.sig");
    JsonNode bundle = new JsonMapper().readTree(signature.toFile());
    String payload = bundle.at("/dsseEnvelope/payload").asText();
    String statement = new String(Base64.getDecoder().decode(payload), UTF_8);
    String edited = statement.replace("weights.bin", "Weights.bin");
    Files.writeString(
        signature,
        Files.readString(signature)
            .replace(payload, Base64.getEncoder().encodeToString(edited.getBytes(UTF_8))));

    assertThat(
            Commands.run(
                    "trust", "explain", model, "--hub", folder.resolve("hub"), "--policy", policy)
                .succeeded())
        .contains("SIGNATURE_INVALID")
        .doesNotContain("to trust")
        .doesNotContain("no trust root");
  }

  @Test
  void whatManyStatementsLackIsPrintedOnce() throws IOException {
    sign(OTHER);
    Files.copy(model.resolve("model.sig"), model.resolve("another.sig"));

    String out =
        Commands.run("trust", "explain", model, "--hub", folder.resolve("hub"), "--policy", policy)
            .succeeded();

    assertThat(out).containsOnlyOnce("to trust this signer");
  }

  @Test
  void anIdIsExplainedWithoutItsFiles() {
    assertThat(Commands.run("trust", "explain", "other/x", "--policy", policy).succeeded())
        .isEqualTo(
            """
            other/x under policy.yaml
            publishers: 1 of 2 entries apply
              policy.yaml:7:5  other/*
                key other
            quantizers: 0 of 0 entries apply
            """);
    assertThat(Commands.run("trust", "explain", "nowhere", "--policy", policy).exitCode())
        .isEqualTo(64);
  }

  @Test
  void machinesGetTheSame() throws IOException {
    JsonNode json = explained();

    assertThat(json.at("/publishers/0/pattern").asText()).isEqualTo("acme/*");
    assertThat(json.at("/signers/0/role").asText()).isEqualTo("publisher");
    assertThat(json.at("/signers/0/trusted").asBoolean()).isTrue();
    assertThat(json.at("/signers/1").isMissingNode()).isTrue();
  }

  @Test
  void aSignatureOfARepositoryOfQuantizationsIsAQuantizersToo() throws IOException {
    Files.writeString(
        policy, "quantizers: [{repositories: \"acme/*\", signers: [{key: other}]}]\n", APPEND);

    JsonNode json = explained();

    assertThat(json.at("/signers/1/role").asText()).isEqualTo("quantizer");
    assertThat(json.at("/signers/1/trusted").asBoolean()).isFalse();
    assertThat(json.at("/signers/1/reason").asText()).isEqualTo("SIGNER_NOT_TRUSTED");
  }

  private String sign(KeyPair pair) throws IOException {
    Path key = Files.write(folder.resolve("key.pem"), TestKeys.privatePem(pair));
    return Commands.run("sign", model, "--key", key).succeeded();
  }

  /** As the command that signed has printed it. */
  private static String fingerprint(String signed) {
    Matcher printed = Pattern.compile("key +(sha256:[0-9a-f]{64})").matcher(signed);
    assertThat(printed.find()).as(signed).isTrue();
    return printed.group(1);
  }

  private JsonNode explained() throws IOException {
    return new JsonMapper()
        .readTree(
            Commands.run(
                    "trust",
                    "explain",
                    model,
                    "--hub",
                    folder.resolve("hub"),
                    "--policy",
                    policy,
                    "--json")
                .succeeded());
  }

  private static String indented(String entry) {
    return entry.indent(6);
  }

  /** Adds each item of an entry to the list of its name, as the command says. */
  private void paste(String entry) throws IOException {
    String pasted = Files.readString(policy);
    for (String list : LIST.splitAsStream(entry).toList()) {
      String name = list.lines().findFirst().orElseThrow();
      String items = list.substring(name.length() + 1);
      assertThat(pasted).contains(name + "\n");
      pasted = pasted.replace(name + "\n", name + "\n" + items);
    }
    Files.writeString(policy, pasted);
  }
}
