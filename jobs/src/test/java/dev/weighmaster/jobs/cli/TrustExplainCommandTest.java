package dev.weighmaster.jobs.cli;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.trust.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustExplainCommandTest {
  private static final KeyPair ACME = TestKeys.generate("secp256r1");
  private static final KeyPair OTHER = TestKeys.generate("secp256r1");

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
    assertThat(Commands.run("trust", "explain", model, "--policy", policy).succeeded())
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
        .contains(
            """
            [key, trust root acme]
                trusted by policy.yaml:6:5  acme/*
            """)
        .doesNotContain("✗");
  }

  @Test
  void ofAnotherSignerItIsSaidHowItDiffersFromThoseThatTheEntryNames() throws IOException {
    sign(OTHER);

    assertThat(Commands.run("trust", "explain", model, "--policy", policy).succeeded())
        .contains(
            """
                policy.yaml:6:5  acme/* names others:
                  key acme, but it is vouched for by the trust root other
            """);
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
    String out = Commands.run("trust", "explain", model, "--policy", policy, "--json").succeeded();

    JsonNode json = new JsonMapper().readTree(out);
    assertThat(json.at("/publishers/0/pattern").asText()).isEqualTo("acme/*");
    assertThat(json.at("/signers/0/role").asText()).isEqualTo("publisher");
    assertThat(json.at("/signers/0/trusted").asBoolean()).isTrue();
    assertThat(json.at("/signers/1").isMissingNode()).isTrue();
  }

  @Test
  void aSignatureOfARepositoryOfQuantizationsIsAQuantizersToo() throws IOException {
    Files.writeString(
        policy, "quantizers: [{repositories: \"acme/*\", signers: [{key: other}]}]\n", APPEND);

    String out = Commands.run("trust", "explain", model, "--policy", policy, "--json").succeeded();

    JsonNode json = new JsonMapper().readTree(out);
    assertThat(json.at("/signers/1/role").asText()).isEqualTo("quantizer");
    assertThat(json.at("/signers/1/trusted").asBoolean()).isFalse();
    assertThat(json.at("/signers/1/reason").asText()).isEqualTo("SIGNER_NOT_TRUSTED");
  }

  private void sign(KeyPair pair) throws IOException {
    Path key = Files.write(folder.resolve("key.pem"), TestKeys.privatePem(pair));
    Commands.run("sign", model, "--key", key).succeeded();
  }
}
