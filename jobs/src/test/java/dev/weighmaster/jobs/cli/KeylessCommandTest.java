package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.sign.LocalServices;
import dev.weighmaster.sign.LocalServices.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

class KeylessCommandTest {
  private static final String PUBLISHER = "release@acme.example";
  private static final String QUANTIZER = "quants@acme.example";

  @TempDir private Path folder;
  private Path model;
  private Path weights;

  @BeforeEach
  void aModelAndItsQuantization() throws IOException {
    model = Files.createDirectories(folder.resolve("hub/acme/base"));
    Files.writeString(model.resolve("model.bin"), "weights");
    weights = Files.createDirectories(folder.resolve("hub/quants/base-GGUF"));
    weights = weights.resolve("base-Q8_0.gguf");
    Files.write(
        weights,
        new GgufWriter()
            .put("general.architecture", "llama")
            .tensor("w", GgmlType.Q8_0, List.of(32L, 2L), new byte[68])
            .toByteArray());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aChainThatIsSignedByIdentitiesIsVerified(int rekor) throws IOException {
    try (LocalServices services = LocalServices.start(Fault.NONE)) {
      use(services, rekor);

      String signed = sign(services.token(PUBLISHER)).succeeded();
      String attested = attest(services.token(QUANTIZER)).succeeded();

      assertThat(signed)
          .containsPattern(
              "  identity     "
                  + PUBLISHER
                  + "\\n  issuer       "
                  + LocalServices.ISSUER
                  + "\\n  log index    \\d+\\n  signature ");
      assertThat(attested).contains("(signed)").contains("  identity     " + QUANTIZER + "\n");
      assertThat(verify(model).succeeded()).contains(PUBLISHER);
      assertThat(verify(weights).succeeded()).startsWith("VERIFIED");
    }
  }

  @Test
  void anotherIdentityOrIssuerOrInstanceVerifiesNothing() throws IOException {
    try (LocalServices services = LocalServices.start(Fault.NONE);
        LocalServices other = LocalServices.start(Fault.NONE)) {
      use(services, 2);
      sign(services.token(PUBLISHER)).succeeded();
      attest(services.token("mallory@acme.example")).succeeded();
      assertThat(verify(weights).out()).startsWith("UNVERIFIED").contains("SIGNER_NOT_TRUSTED");

      attest(services.token(QUANTIZER)).succeeded();
      assertThat(verify(weights).out()).startsWith("VERIFIED");
      Path policy = folder.resolve("policy.yaml");
      Files.writeString(
          policy,
          Files.readString(policy).replace(LocalServices.ISSUER, "https://accounts.example"));
      assertThat(verify(weights).out()).startsWith("UNVERIFIED").contains("SIGNER_NOT_TRUSTED");

      use(other, 2);
      assertThat(verify(weights).out()).startsWith("UNVERIFIED").contains("SIGNER_NOT_TRUSTED");
    }
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
  void whenAServiceFailsNothingIsWrittenAndTheTokenIsNotShown(Fault fault) throws IOException {
    try (LocalServices services = LocalServices.start(fault)) {
      use(services, 2);
      String token = services.token(PUBLISHER);

      Commands.Result result = sign(token, "--debug");

      assertThat(result.exitCode()).isEqualTo(3);
      assertThat(result.out()).isEmpty();
      assertThat(result.err()).startsWith("weighmaster: ").doesNotContain(token.split("\\."));
      try (Stream<Path> files = Files.list(model)) {
        assertThat(files).containsExactly(model.resolve("model.bin"));
      }
    }
  }

  @Test
  void aTokenThatIsNoneOrHasExpiredOrIsForgedIsSaidSoWithoutShowingIt() throws IOException {
    try (LocalServices services = LocalServices.start(Fault.NONE)) {
      use(services, 1);
      for (String token :
          List.of(
              "not-a-token-but-a-secret",
              services.expiredToken(PUBLISHER),
              services.forgedToken(PUBLISHER))) {
        assertThat(sign(token).failed(3))
            .contains("the identity token ")
            .hasLineCount(1)
            .doesNotContain(token.split("\\."));
      }
      assertThat(model.resolve("model.sig")).doesNotExist();
    }
  }

  @Test
  void optionsThatMakeNoSenseTogetherAreRefused() throws IOException {
    try (LocalServices services = LocalServices.start(Fault.NONE)) {
      use(services, 1);
      Path root = folder.resolve("root.json");
      assertThat(Commands.run("sign", model, "--keyless", "--key", root).exitCode()).isEqualTo(64);
      assertThat(Commands.run("sign", model, "--staging").exitCode()).isEqualTo(64);
      assertThat(Commands.run("sign", model, "--certificate", root).exitCode()).isEqualTo(64);
      assertThat(Commands.run("sign", model, "--keyless", "--trusted-root", root).err())
          .startsWith("weighmaster: --trusted-root and --signing-config go together\n");
      assertThat(sign(services.token(PUBLISHER), "--staging").exitCode()).isEqualTo(64);
    }
  }

  @Test
  void whatHasToBeReadAndIsNotThereIsNamed() throws IOException {
    try (LocalServices services = LocalServices.start(Fault.NONE)) {
      use(services, 1);
      Path token = folder.resolve("token");
      sign(services.token(PUBLISHER)).succeeded();
      Files.delete(token);
      assertThat(signWith(token).failed(3)).isEqualTo(token + ": no such token file");

      Path inside = Files.writeString(model.resolve("token"), services.token(PUBLISHER));
      assertThat(signWith(inside).failed(3))
          .isEqualTo(
              inside
                  + ": the identity token lies in the model that it is to sign; move it out"
                  + " first");
    }
  }

  private Commands.Result sign(String token, Object... more) throws IOException {
    return signWith(Files.writeString(folder.resolve("token"), token), more);
  }

  private Commands.Result signWith(Path token, Object... more) {
    return run(token, List.of("sign", model), more);
  }

  private Commands.Result attest(String token) throws IOException {
    return run(
        Files.writeString(folder.resolve("token"), token),
        List.of(
            "attest",
            weights,
            "--source",
            model,
            "--model",
            "acme/base",
            "--method",
            "Q8_0",
            "--tool",
            "llama.cpp/llama-quantize@b6942"));
  }

  private Commands.Result run(Path token, List<?> command, Object... more) {
    var arguments = new ArrayList<Object>(command);
    arguments.addAll(List.of("--keyless", "--identity-token-file", token));
    arguments.addAll(List.of("--trusted-root", folder.resolve("root.json")));
    arguments.addAll(List.of("--signing-config", folder.resolve("config.json")));
    arguments.addAll(List.of(more));
    return Commands.run(arguments.toArray());
  }

  private Commands.Result verify(Path path) {
    return Commands.run(
        "verify", path, "--policy", folder.resolve("policy.yaml"), "--hub", folder.resolve("hub"));
  }

  private void use(LocalServices services, int rekor) throws IOException {
    Files.write(folder.resolve("root.json"), services.trustedRoot());
    Files.write(folder.resolve("config.json"), services.signingConfig(rekor));
    Files.writeString(
        folder.resolve("policy.yaml"),
        """
        version: 1
        trust_roots: [{name: local, sigstore: root.json}]
        publishers:
          - models: "acme/*"
            signers: [{root: local, identity: %s, issuer: %s}]
        quantizers:
          - repositories: "quants/*"
            signers: [{root: local, identity: %s, issuer: %s}]
        """
            .formatted(PUBLISHER, LocalServices.ISSUER, QUANTIZER, LocalServices.ISSUER));
  }
}
