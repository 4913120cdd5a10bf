package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.sign.KeySigner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttestCommandTest {

  @TempDir private Path folder;
  private Path source;
  private Path weights;

  @BeforeEach
  void aSignedSourceAndAQuantizationOfIt() throws IOException {
    TwoParties.write(folder);
    source = Files.createDirectories(folder.resolve("hub/acme/base"));
    Files.write(
        source.resolve("model.safetensors"),
        new SafetensorsWriter()
            .tensor("w", SafetensorsType.BF16, List.of(2L, 32L), new byte[128])
            .toByteArray());
    Files.writeString(source.resolve("config.json"), "{}");
    signSource();
    weights = gguf("hub/quants/base-GGUF/base-Q8_0.gguf", GgmlType.Q8_0, 7);
  }

  @Test
  void whatIsAttestedIsVerified() throws IOException {
    String out = attest("Q8_0", source, weights).succeeded();

    assertThat(out)
        .startsWith(
            "attested Q8_0 from acme/base\n  weights      sha256:"
                + Sha256Hex.of(Files.readAllBytes(weights))
                + "  base-Q8_0.gguf\n")
        .contains("(signed)")
        .endsWith("  attestation  " + weights + ".quantization.sigstore.json\n");
    assertThat(verify()).startsWith("VERIFIED");
    assertThat(attest("Q8_0", source, weights).succeeded()).endsWith(" (replaced)\n");
    assertThat(verify()).startsWith("VERIFIED");
  }

  @Test
  void aSourceThatChangesAfterwardsBreaksTheChain() throws IOException {
    attest("Q8_0", source, weights).succeeded();
    Files.writeString(source.resolve("config.json"), "{ }");

    assertThat(verify()).startsWith("BROKEN").contains("SOURCE_DIGEST_MISMATCH");
  }

  @Test
  void aQuantizationThatChangesAfterwardsIsBroken() throws IOException {
    attest("Q8_0", source, weights).succeeded();
    gguf("hub/quants/base-GGUF/base-Q8_0.gguf", GgmlType.Q8_0, 8);

    assertThat(verify()).startsWith("BROKEN").contains("DIGEST_MISMATCH");
  }

  @Test
  void aSourceThatIsSignedAfterTheAttestationIsTheSameSource() throws IOException {
    Files.delete(source.resolve("model.sig"));
    assertThat(attest("Q8_0", source, weights).succeeded()).contains("(not signed yet)");
    assertThat(verify()).startsWith("UNVERIFIED").contains("SOURCE_UNSIGNED");

    signSource();

    assertThat(verify()).startsWith("VERIFIED");
  }

  @Test
  void aChainGoesThroughAConversion() throws IOException {
    Path conversion = gguf("hub/quants/base-F16/base-F16.gguf", GgmlType.F16, 1);
    attest("F16", source, conversion).succeeded();
    attestFrom("quants/base-F16", "Q8_0", conversion, weights).succeeded();

    assertThat(verify())
        .startsWith("VERIFIED")
        .contains("base-F16.gguf.quantization.sigstore.json")
        .contains("acme/base/model.sig");
  }

  @Test
  void aFileCanBeTheSourceBySignatureOfItsModelOrOfItsOwn() throws IOException {
    Path file = source.resolve("model.safetensors");
    attest("Q8_0", file, weights).succeeded();
    assertThat(verify()).startsWith("VERIFIED");

    Files.delete(source.resolve("model.sig"));
    Commands.run("sign", file, "--key", folder.resolve("acme.pem")).succeeded();
    assertThat(attest("Q8_0", file, weights).succeeded()).contains("(signed)");
    assertThat(verify()).startsWith("VERIFIED");
  }

  @ParameterizedTest
  @CsvSource({
    "f16.gguf.sig, --hash, sha256",
    "f16.gguf.sig, --hash, blake2b",
    "f16.gguf.sig, --shard-size, 64",
    "model.sig, --hash, sha256",
    "model.sig, --hash, blake2b",
    "model.sig, --shard-size, 64"
  })
  void aModelOfASingleFileCanBeTheSourceByItsFolderOrByItself(
      String sidecar, String option, String value) throws Exception {
    Path file = gguf("hub/acme/one/f16.gguf", GgmlType.F16, 1);
    Path folderOfIt = file.getParent();
    Path made =
        Path.of(
            Commands.run("sign", file, "--key", folder.resolve("acme.pem"), option, value)
                .succeeded()
                .replaceFirst("(?s).*signature\\s+(\\S+).*", "$1"));
    if (sidecar.equals("model.sig")) {
      // As the reference implementation has it, which leaves the name out.
      byte[] key = Files.readAllBytes(folder.resolve("acme.pem"));
      var bundle = new ObjectMapper().readTree(Files.readAllBytes(made));
      String statement = new String(bundle.at("/dsseEnvelope/payload").binaryValue(), UTF_8);
      String unnamed = statement.replaceAll("\"f16\\.gguf(:\\d+:\\d+)?\"", "\".$1\"");
      Files.write(folderOfIt.resolve(sidecar), KeySigner.of(key).sign(unnamed.getBytes(UTF_8)));
      Files.delete(made);
    }

    for (Path given : List.of(folderOfIt, file)) {
      assertThat(attestFrom("acme/one", "Q8_0", given, weights).succeeded()).contains("(signed)");
      assertThat(verify()).startsWith("VERIFIED");
    }
    gguf("hub/acme/one/f16.gguf", GgmlType.F16, 9);
    assertThat(attestFrom("acme/one", "Q8_0", folderOfIt, weights).err())
        .contains("does not hold for the source as it is now");
  }

  @Test
  void theWeightsOfAConfiguredModelAreOneSet() throws IOException {
    Path set = Files.createDirectories(folder.resolve("hub/quants/base-AWQ"));
    Files.writeString(
        set.resolve("config.json"),
        "{\"quantization_config\": {\"quant_method\": \"awq\", \"bits\": 4}}");
    for (String part : List.of("a.safetensors", "b.safetensors")) {
      Files.write(
          set.resolve(part),
          new SafetensorsWriter()
              .tensor(part + ".qweight", SafetensorsType.I32, List.of(4L), new byte[16])
              .toByteArray());
    }

    attest("AWQ", source, set.resolve("b.safetensors"), set.resolve("a.safetensors")).succeeded();

    assertThat(set.resolve("a.safetensors.quantization.sigstore.json")).exists();
    assertThat(verify(set)).startsWith("VERIFIED");
    assertThat(
            attest("GPTQ", source, set.resolve("a.safetensors"), set.resolve("b.safetensors"))
                .failed(3))
        .isEqualTo("--method says GPTQ, but a.safetensors is AWQ by what it holds");
  }

  @ParameterizedTest
  @CsvSource({
    "--model, acme, '--model must be an id like org/name, not ''acme'''",
    "--model, ../base, '--model must be an id like org/name, not ''../base'''",
    "--tool, llama-quantize, '--tool must be like llama.cpp/llama-quantize@b6942, not"
        + " ''llama-quantize'''",
    "--tool, '@1', '--tool must be like llama.cpp/llama-quantize@b6942, not ''@1'''",
    "--method, ' ', --method is empty",
  })
  void anOptionThatMakesNoSenseIsExplained(String option, String value, String message) {
    List<Object> line =
        new ArrayList<>(
            List.of("attest", weights, "--source", source, "--key", folder.resolve("quants.pem")));
    line.addAll(List.of("--model", "acme/base", "--tool", "t@1", "--method", "Q8_0"));
    line.set(line.indexOf(option) + 1, value);

    assertThat(Commands.run(line.toArray()).failed(64)).startsWith(message + "\nTry '");
  }

  @Test
  void whatAnAuditWouldCallBrokenIsNotAttested() throws IOException {
    assertThat(attest("Q4_0", source, weights).failed(3))
        .isEqualTo("--method says Q4_0, but base-Q8_0.gguf is Q8_0 by what it holds");

    Path other = gguf("hub/quants/base-GGUF/base-Q4_0.gguf", GgmlType.Q4_0, 7);
    assertThat(attest("Q8_0", source, weights, other).failed(3))
        .endsWith(" are not one quantization; attest each by itself");
    assertThat(attest("Q8_0", source, weights, source.resolve("model.safetensors")).failed(3))
        .contains("does not lie beside");

    Path part = gguf("hub/quants/base-GGUF/base-00001-of-00002.gguf", GgmlType.Q8_0, 7);
    assertThat(attest("Q8_0", source, part).failed(3))
        .contains("part 2 is not here")
        .endsWith("; name all files of the set, and no other");

    Path truncated = Files.write(folder.resolve("hub/t.gguf"), new byte[] {'G', 'G', 'U', 'F', 3});
    assertThat(attest("Q8_0", source, truncated).failed(3)).contains("(at byte 4)");
    Path text = Files.writeString(folder.resolve("hub/notes.txt"), "notes");
    assertThat(attest("Q8_0", source, text).failed(3))
        .startsWith("notes.txt is neither GGUF nor safetensors");
    assertThat(attest("Q8_0", source, folder.resolve("none.gguf")).failed(3))
        .isEqualTo(folder.resolve("none.gguf") + ": no such file");
    assertThat(attest("Q8_0", weights, weights).failed(3))
        .isEqualTo(weights + " is the quantization itself");
    assertThat(attest("Q8_0", folder.resolve("none"), weights).failed(3))
        .isEqualTo(folder.resolve("none") + ": no such file or folder");
    assertThat(Path.of(weights + ".quantization.sigstore.json")).doesNotExist();
  }

  @Test
  void howItWasMadeIsAttestedToo() throws Exception {
    Path calibration = Files.writeString(folder.resolve("imatrix.gguf"), "imatrix");
    Path tool = Files.writeString(folder.resolve("llama-quantize"), "tool");
    Path bounds =
        Files.writeString(
            folder.resolve("bounds.json"),
            "[{\"tensor\": \"w\", \"type\": \"Q8_0\", \"maxAbsError\": 1e-2, \"rmse\": 0.002}]\n");

    attestWith(
            "--calibration",
            calibration,
            "--tool-file",
            tool,
            "--error-bounds",
            bounds,
            "--parameter",
            "group_size=128",
            "--parameter",
            "note=a=b",
            "--tool-uri",
            "https://t")
        .succeeded();

    assertThat(verify()).startsWith("VERIFIED");
    assertThat(statement())
        .contains(
            "\"name\" : \"imatrix.gguf\"",
            Sha256Hex.of("imatrix".getBytes(UTF_8)),
            Sha256Hex.of("tool".getBytes(UTF_8)),
            "\"maxAbsError\" : 0.01",
            "\"group_size\" : \"128\"",
            "\"note\" : \"a=b\"",
            "\"uri\" : \"https://t\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--parameter|x|64|--parameter must be like group_size=128, not 'x'",
        "--parameter|=x|64|--parameter must be like group_size=128, not '=x'",
        "--calibration|none.gguf|3|none.gguf: no such file",
        "--tool-file|.|3|.: no such file",
        "--error-bounds|none.json|3|none.json: no such file",
      })
  void detailsThatMakeNoSenseAreExplained(String option, String value, int exit, String message) {
    assertThat(attestWith(option, value).failed(exit)).startsWith(message);
    assertThat(Path.of(weights + ".quantization.sigstore.json")).doesNotExist();
  }

  @Test
  void aParameterIsNamedOnce() {
    assertThat(attestWith("--parameter", "a=1", "--parameter", "a=2").failed(64))
        .startsWith("--parameter names a twice");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "{}",
        "[7]",
        "[], \"more\": 1",
        "[{\"tensor\": \"w\"}]",
        "[{\"tensor\": \"w\", \"type\": \"Q8_0\", \"maxAbsError\": \"1\", \"rmse\": 0}]",
        "[{\"tensor\": \"w\", \"type\": \"Q8_0\", \"maxAbsError\": -1, \"rmse\": 0}]",
        "[{\"tensor\": \"w\", \"type\": \"Q8_0\", \"maxAbsError\": 1e999, \"rmse\": 0}]",
      })
  void errorBoundsThatAreNoneAreNotAttested(String content) throws IOException {
    Path bounds = Files.writeString(folder.resolve("bounds.json"), content);

    assertThat(attestWith("--error-bounds", bounds).failed(3))
        .startsWith(bounds + " is not a list of error bounds: ");
  }

  @Test
  void aSignatureComesAlongForHubsWithoutTheSource() throws IOException {
    attestWith("--embed-signature").succeeded();
    Path away = Files.createDirectories(folder.resolve("away"));
    Files.move(folder.resolve("hub/acme"), away.resolve("acme"));
    assertThat(verify()).startsWith("UNVERIFIED").contains("SOURCE_MISSING");

    Files.writeString(
        folder.resolve("policy.yaml"),
        "require: {source_in_hub: false}\n",
        StandardOpenOption.APPEND);

    assertThat(verify())
        .startsWith("VERIFIED")
        .contains("✓ embedded signature", "its bytes were not checked");
  }

  @Test
  void onlyASignatureOfTheSourceComesAlong() throws IOException {
    assertThat(
            attestFrom("acme/base", "Q8_0", source.resolve("model.safetensors"), true, weights)
                .failed(3))
        .endsWith(" is of a whole model; to embed it, attest the model's folder as the source");

    Files.delete(source.resolve("model.sig"));
    assertThat(attestWith("--embed-signature").failed(3))
        .isEqualTo(source + " is not signed, so there is no signature to embed; sign it first");
  }

  @Test
  void aMachineReadsWhatWasAttested() throws IOException {
    assertThat(attestWith("--json").succeeded())
        .startsWith("{\"method\":\"Q8_0\",\"source_model\":\"acme/base\",\"source_digest\":\"")
        .contains(
            "\"source_signed\":true",
            "\"replaced\":false",
            "\"sha256\":\"" + Sha256Hex.of(Files.readAllBytes(weights)) + "\"",
            "\"signing_method\":\"KEY\"");
  }

  private Commands.Result attestWith(Object... options) {
    List<Object> line = new ArrayList<>(List.of("attest", weights, "--source", source));
    line.addAll(List.of("--model", "acme/base", "--tool", "t@1", "--method", "Q8_0"));
    line.addAll(List.of("--key", folder.resolve("quants.pem")));
    line.addAll(List.of(options));
    return Commands.run(line.toArray());
  }

  private String statement() throws Exception {
    byte[] bundle = Files.readAllBytes(Path.of(weights + ".quantization.sigstore.json"));
    return new String(JsonFields.parse(bundle).object("dsseEnvelope").bytes("payload"), UTF_8);
  }

  @Test
  void aSourceThatIsNoLongerWhatWasSignedHasToBeSignedAgain() throws IOException {
    Files.writeString(source.resolve("new.bin"), "new");
    assertThat(attest("Q8_0", source, weights).failed(3))
        .isEqualTo(
            source.resolve("model.sig")
                + " does not hold for the source as it is now: the model signature does not cover"
                + " \"new.bin\"; sign the source again");

    Files.writeString(source.resolve("model.safetensors"), "other");
    assertThat(attest("Q8_0", source.resolve("model.safetensors"), weights).failed(3))
        .contains("has the sha256")
        .endsWith("; sign the source again");

    Files.writeString(source.resolve("model.sig"), "{}");
    assertThat(attest("Q8_0", source, weights).failed(3))
        .startsWith(source.resolve("model.sig") + " is not a model signature: ")
        .endsWith("; sign the source again");
  }

  private Path gguf(String name, GgmlType type, int seed) throws IOException {
    byte[] data = new byte[type.quantized() ? 2 * type.blockBytes() : 64 * type.blockBytes()];
    data[0] = (byte) seed;
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(
        file,
        new GgufWriter()
            .put("general.architecture", "llama")
            .tensor("w", type, List.of(32L, 2L), data)
            .toByteArray());
  }

  private void signSource() {
    Commands.run("sign", source, "--key", folder.resolve("acme.pem")).succeeded();
  }

  private Commands.Result attest(String method, Path from, Path... files) {
    return attestFrom("acme/base", method, from, files);
  }

  private Commands.Result attestFrom(String model, String method, Path from, Path... files) {
    return attestFrom(model, method, from, false, files);
  }

  private Commands.Result attestFrom(
      String model, String method, Path from, boolean embed, Path... files) {
    List<Object> line = new ArrayList<>(List.of("attest"));
    line.addAll(List.of(files));
    line.addAll(List.of("--source", from, "--model", model, "--method", method));
    line.addAll(List.of("--tool", "llama.cpp/llama-quantize@b6942"));
    line.addAll(List.of("--key", folder.resolve("quants.pem")));
    if (embed) {
      line.add("--embed-signature");
    }
    return Commands.run(line.toArray());
  }

  private String verify() {
    return verify(weights);
  }

  private String verify(Path path) {
    return Commands.run(
            "verify",
            path,
            "--hub",
            folder.resolve("hub"),
            "--policy",
            folder.resolve("policy.yaml"))
        .out();
  }
}
