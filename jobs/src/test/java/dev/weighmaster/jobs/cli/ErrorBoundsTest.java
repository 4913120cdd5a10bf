package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.jobs.serve.ServedVerdicts;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.trust.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Error bounds from the weights into an attestation, and from there held against the weights. */
class ErrorBoundsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LENGTH = 512;
  private static final float[] MATRIX = weights(LENGTH * 8, 1);
  private static final float[] NORM = weights(LENGTH, 2);

  @TempDir private Path folder;
  private Path source;
  private Path weights;

  @BeforeEach
  void aSignedSourceAndAQuantizationOfIt() throws IOException {
    TwoParties.write(folder);
    source = write("hub/acme/base/base-F16.gguf", model(GgmlType.F16));
    sign(source.getParent());
    weights = write("hub/quants/base-GGUF/base-Q4_K.gguf", model(GgmlType.Q4_K));
  }

  @Test
  void whatIsMeasuredIsAttestedAndHolds() throws Exception {
    for (Path from : List.of(source, source.getParent())) {
      String out = attest(from, weights, "--measure").succeeded();

      assertThat(out).contains("\n  measured     2 of 2 tensors, relative errors up to 0.0");
      JsonNode bounds = statement().at("/predicate/errorBounds");
      assertThat(bounds).hasSize(2);
      assertThat(bounds.at("/0/tensor").textValue()).isEqualTo("blk.0.attn_q.weight");
      assertThat(bounds.at("/0/type").textValue()).isEqualTo("Q4_K");
      assertThat(bounds.at("/0/maxAbsError").doubleValue()).isBetween(0.001, 0.1);
      assertThat(bounds.at("/0/rmse").doubleValue()).isBetween(0.0001, 0.01);
      assertThat(bounds.at("/0/relativeRmse").doubleValue()).isBetween(0.03, 0.1);
      assertThat(bounds.at("/1/maxAbsError").doubleValue()).as("a copy").isZero();
      assertThat(verify())
          .startsWith("VERIFIED")
          .contains("\n  error bounds: 2 claimed, 2 hold, 0 exceeded, 0 not checked\n");
    }
  }

  @Test
  void whatNobodyClaimsIsNotMeasured() {
    attest(source, weights).succeeded();

    assertThat(verify()).startsWith("VERIFIED").doesNotContain("error bounds");
  }

  @ParameterizedTest
  @CsvSource({
    "maxAbsError, largest error",
    "rmse, root mean square error",
    "relativeRmse, relative error"
  })
  void aBoundThatWasLoweredByHandIsExceeded(String field, String what) throws Exception {
    attest(source, weights, "--measure").succeeded();
    resign(bound -> bound.put(field, bound.get(field).doubleValue() * 0.999));

    Commands.Result result = verification("--json");

    assertThat(result.exitCode()).isEqualTo(2);
    JsonNode quantization = JSON.readTree(result.out()).at("/quantizations/0");
    assertThat(quantization.get("verdict").textValue()).isEqualTo("BROKEN");
    assertThat(quantization.get("reason").textValue()).isEqualTo("BOUNDS_EXCEEDED");
    assertThat(quantization.get("detail").textValue())
        .startsWith("the " + what + " of tensor \"blk.0.attn_q.weight\" is 0.");
    assertThat(quantization.at("/chain/0/reason").textValue()).isEqualTo("BOUNDS_EXCEEDED");
    assertThat(quantization.at("/error_bounds/claimed").intValue()).isEqualTo(2);
    assertThat(quantization.at("/error_bounds/hold").intValue()).isEqualTo(1);
    assertThat(quantization.at("/error_bounds/exceeded").intValue()).isEqualTo(1);
    assertThat(quantization.at("/error_bounds/detail")).isEqualTo(quantization.get("detail"));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 1.01, 1e300})
  void aGreaterBoundHoldsAsWell(double factor) throws Exception {
    attest(source, weights, "--measure").succeeded();
    resign(bound -> bound.put("rmse", bound.get("rmse").doubleValue() * factor));

    assertThat(verify()).startsWith("VERIFIED").contains("2 hold");
  }

  @Test
  void aTamperedFileExceedsTheBoundsOfTheHonestOne() throws Exception {
    attest(source, weights, "--measure").succeeded();
    Path honest =
        Files.writeString(
            folder.resolve("honest.json"), statement().at("/predicate/errorBounds").toString());
    byte[] matrix = encoded(GgmlType.Q4_K, MATRIX);
    // The scale of the fourth block, twice or half of it.
    matrix[3 * GgmlType.Q4_K.blockBytes() + 1] ^= 4;
    weights = write("hub/quants/base-GGUF/base-Q4_K.gguf", model(GgmlType.Q4_K, matrix));

    attest(source, weights, "--error-bounds", honest).succeeded();

    assertThat(verify())
        .startsWith("BROKEN")
        .contains("BOUNDS_EXCEEDED: the largest error of tensor \"blk.0.attn_q.weight\" is ");
  }

  @Test
  void anotherAttestationThatHoldsIsBetter() throws Exception {
    attest(source, weights, "--measure").succeeded();
    Path honest = Path.of(weights + ".quantization.sigstore.json");
    Files.copy(honest, honest.resolveSibling("honest.sigstore.json"));
    resign(bound -> bound.put("rmse", 0));

    assertThat(verify()).startsWith("VERIFIED").contains("2 hold", "✗", "BOUNDS_EXCEEDED");
  }

  @Test
  void boundsAreCheckedAcrossAConversion() throws Exception {
    Path base = folder.resolve("hub/acme/tensors");
    write(
        "hub/acme/tensors/model.safetensors",
        new SafetensorsWriter()
            .tensor("w", SafetensorsType.BF16, List.of(2L, 32L), new byte[128])
            .toByteArray());
    sign(base);
    Path conversion = write("hub/quants/base-F16/base-F16.gguf", model(GgmlType.F16));
    attest("acme/tensors", "F16", base, conversion).succeeded();
    attest("quants/base-F16", "Q4_K", conversion, weights, "--measure").succeeded();
    assertThat(verify()).startsWith("VERIFIED").contains("2 claimed, 2 hold");

    resign(bound -> bound.put("rmse", 0));

    assertThat(verify()).startsWith("BROKEN").contains("BOUNDS_EXCEEDED");
  }

  /** In the order of rows that the converter leaves, which the repository has not. */
  @Test
  void boundsAreMeasuredFromARepositoryOfSafetensors() throws Exception {
    Path repository = folder.resolve("hub/acme/tensors");
    write(
        "hub/acme/tensors/config.json",
        "{\"architectures\": [\"LlamaForCausalLM\"], \"num_attention_heads\": 1}".getBytes(UTF_8));
    write(
        "hub/acme/tensors/model.safetensors",
        new SafetensorsWriter()
            .tensor(
                "model.layers.0.self_attn.q_proj.weight",
                SafetensorsType.F16,
                List.of(8L, (long) LENGTH),
                encoded(GgmlType.F16, halvesOfHeads(MATRIX)))
            .tensor(
                "model.layers.0.input_layernorm.weight",
                SafetensorsType.F32,
                List.of((long) LENGTH),
                encoded(GgmlType.F32, NORM))
            .toByteArray());
    sign(repository);

    String out = attest("acme/tensors", "Q4_K", repository, weights, "--measure").succeeded();

    assertThat(out).contains("\n  measured     2 of 2 tensors, relative errors up to 0.0");
    assertThat(verify()).startsWith("VERIFIED").contains("2 claimed, 2 hold");

    resign(bound -> bound.put("rmse", 0));

    assertThat(verify()).startsWith("BROKEN").contains("BOUNDS_EXCEEDED");
  }

  /** The rows of a head in the order of Hugging Face's: those with even places first. */
  private static float[] halvesOfHeads(float[] rows) {
    float[] moved = new float[rows.length];
    for (int row = 0; row < 8; row++) {
      System.arraycopy(rows, row * LENGTH, moved, (row % 2 * 4 + row / 2) * LENGTH, LENGTH);
    }
    return moved;
  }

  @Test
  void theBoundsOfAnAttestationStoredElsewhereAreCheckedToo() throws Exception {
    attest(source, weights, "--measure").succeeded();
    resign(bound -> bound.put("rmse", 0));
    Path store = Files.createDirectories(folder.resolve("store"));
    Files.move(Path.of(weights + ".quantization.sigstore.json"), store.resolve("a.sigstore.json"));

    Commands.Result result = verification("--attestations", store);

    assertThat(result.out()).startsWith("BROKEN").contains("BOUNDS_EXCEEDED");
  }

  @Test
  void withoutTheSourceNoVerdictRestsOnBounds() throws Exception {
    attest(source.getParent(), weights, "--measure", "--embed-signature").succeeded();
    resign(bound -> bound.put("rmse", 0));
    Path away = Files.createDirectories(folder.resolve("away"));
    Files.move(folder.resolve("hub/acme"), away.resolve("acme"));

    assertThat(verify())
        .startsWith("UNVERIFIED")
        .contains("SOURCE_MISSING")
        .contains(
            "error bounds: 2 claimed, 0 hold, 0 exceeded, 2 not checked: the chain to the source"
                + " does not hold\n");

    Files.writeString(
        folder.resolve("policy.yaml"),
        "require: {source_in_hub: false}\n",
        StandardOpenOption.APPEND);
    assertThat(verify())
        .startsWith("VERIFIED")
        .contains(
            "error bounds: 2 claimed, 0 hold, 0 exceeded, 2 not checked: the source's weights are"
                + " not in the hub\n");
  }

  @Test
  void ofSeveralModelsNobodyKnowsWhichWasMeant() throws Exception {
    attest(source, weights, "--measure").succeeded();
    ArrayNode bounds = (ArrayNode) statement().at("/predicate/errorBounds");
    Path file = Files.writeString(folder.resolve("bounds.json"), bounds.toString());
    write("hub/acme/base/other-F16.gguf", model(GgmlType.F16));
    sign(source.getParent());

    assertThat(attest(source.getParent(), weights, "--measure").failed(3))
        .isEqualTo(
            source.getParent()
                + " does not hold one GGUF or safetensors model; --measure needs the file that was"
                + " quantized");
    attest(source.getParent(), weights, "--error-bounds", file).succeeded();
    assertThat(verify())
        .startsWith("VERIFIED")
        .contains("2 not checked: the source acme/base does not hold one GGUF or safetensors");
  }

  @ParameterizedTest
  @ValueSource(strings = {"no such tensor", "", "blk.0.attn_q.weight\u0000", "\u001b[31mred"})
  void aClaimOfATensorThatIsNotThereIsNotChecked(String name) throws Exception {
    attest(source, weights, "--measure").succeeded();
    resign(bound -> bound.put("tensor", name).put("rmse", 0));

    assertThat(verify())
        .startsWith("VERIFIED")
        .contains("2 claimed, 1 hold, 0 exceeded, 1 not checked: tensor \"")
        .contains("\": the quantization does not have it")
        .doesNotContain("\u001b[31mred");
  }

  @ParameterizedTest
  @CsvSource({"type, \"Q6_K\"", "rmse, 0", "maxAbsError, 1e-320", "relativeRmse, 0.0"})
  void aClaimThatIsFalseIsBroken(String field, String value) throws Exception {
    attest(source, weights, "--measure").succeeded();
    JsonNode lie = JSON.readTree(value);
    resign(bound -> bound.set(field, lie));

    assertThat(verify()).startsWith("BROKEN").contains("BOUNDS_EXCEEDED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "-1e-9", "1e400", "\"0.1\"", "null", "Infinity"})
  void aBoundThatIsNoNumberIsMalformed(String value) throws Exception {
    attest(source, weights, "--measure").succeeded();
    String statement = statement().toString();
    resign(statement.replaceFirst("\"rmse\":[^,]*,", "\"rmse\":" + value + ","));

    assertThat(verify()).startsWith("BROKEN").contains("MALFORMED_BUNDLE");
  }

  @Test
  void aTensorThatIsClaimedTwiceIsMalformed() throws Exception {
    attest(source, weights, "--measure").succeeded();
    resign(bound -> bound.put("tensor", "blk.0.attn_norm.weight"));

    assertThat(verify()).startsWith("BROKEN").contains("MALFORMED_BUNDLE").contains("twice");
  }

  /** They don't measure: docs/verdicts.md says so. */
  @Test
  void theServiceGivesTheVerdictOfTheChainAlone() throws Exception {
    attest(source, weights, "--measure").succeeded();
    resign(bound -> bound.put("rmse", 0));
    try (ServedVerdicts service =
        new ServedVerdicts(folder.resolve("hub"), folder.resolve("policy.yaml"))) {
      JsonNode served =
          service.ask("{\"repository\": \"quants/base-GGUF\"}").at("/quantizations/0");

      assertThat(served.get("verdict").textValue()).isEqualTo("VERIFIED");
      assertThat(served.has("error_bounds")).isFalse();
    }
    assertThat(verify()).startsWith("BROKEN").contains("BOUNDS_EXCEEDED");
  }

  @Test
  void whatCantBeMeasuredIsNotAttested() throws Exception {
    Path tensors =
        write(
            "hub/acme/other/model.safetensors",
            new SafetensorsWriter()
                .tensor("w", SafetensorsType.BF16, List.of(2L, 32L), new byte[128])
                .toByteArray());
    assertThat(attest("acme/other", "Q4_K", tensors.getParent(), weights, "--measure").failed(3))
        .startsWith(
            "no tensor could be measured: tensor \"blk.0.attn_q.weight\": the source has no config.json")
        .endsWith("a GGUF in full precision, or the model's repository of safetensors");

    byte[] infinite = encoded(GgmlType.Q4_K, MATRIX);
    infinite[0] = 0;
    infinite[1] = 0x7C;
    Path broken = write("hub/quants/inf/base-Q4_K.gguf", model(GgmlType.Q4_K, infinite));
    assertThat(attest(source, broken, "--measure").failed(3))
        .isEqualTo(
            "tensor \"blk.0.attn_q.weight\" has weights that are not finite, though the source's"
                + " are: no bound holds of it");
    assertThat(Path.of(broken + ".quantization.sigstore.json")).doesNotExist();

    Path bounds = Files.writeString(folder.resolve("bounds.json"), "[]");
    assertThat(attest(source, weights, "--measure", "--error-bounds", bounds).failed(64))
        .startsWith("--measure finds the error bounds itself; leave out --error-bounds");
  }

  @Test
  void tensorsThatTheSourceLacksAreNamedAndNotClaimed() throws Exception {
    weights =
        write(
            "hub/quants/base-GGUF/base-Q4_K.gguf",
            gguf(GgmlType.Q4_K, encoded(GgmlType.Q4_K, MATRIX))
                .tensor("output.weight", GgmlType.F32, List.of(1L), new byte[4])
                .toByteArray());

    JsonNode printed =
        JSON.readTree(attest(source, weights, "--measure", "--json").succeeded()).get("measured");

    assertThat(printed.get("tensors").intValue()).isEqualTo(3);
    assertThat(printed.get("attested").intValue()).isEqualTo(2);
    assertThat(printed.get("unmeasured").textValue())
        .isEqualTo("tensor \"output.weight\": it is not in the source");
    assertThat(printed.get("greatest_relative_error").doubleValue()).isBetween(0.03, 0.1);
    assertThat(verify()).startsWith("VERIFIED").contains("2 claimed, 2 hold");
  }

  private static float[] weights(int count, long seed) {
    Random random = new Random(seed);
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) {
      weights[i] = (float) random.nextGaussian() * 0.05f;
    }
    return weights;
  }

  private static byte[] encoded(GgmlType type, float[] weights) {
    GgmlCodec codec = GgmlCodecs.of(type).orElseThrow();
    int row = LENGTH / type.blockElements() * type.blockBytes();
    byte[] bytes = new byte[weights.length / LENGTH * row];
    for (int i = 0; i < weights.length / LENGTH; i++) {
      codec.encode(weights, i * LENGTH, LENGTH, new float[0], bytes, i * row);
    }
    return bytes;
  }

  private static byte[] model(GgmlType type) {
    return model(type, encoded(type, MATRIX));
  }

  private static byte[] model(GgmlType type, byte[] matrix) {
    return gguf(type, matrix).toByteArray();
  }

  private static GgufWriter gguf(GgmlType type, byte[] matrix) {
    return new GgufWriter()
        .put("general.architecture", "llama")
        .tensor("blk.0.attn_q.weight", type, List.of((long) LENGTH, 8L), matrix)
        .tensor(
            "blk.0.attn_norm.weight",
            GgmlType.F32,
            List.of((long) LENGTH),
            encoded(GgmlType.F32, NORM));
  }

  private Path write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private void sign(Path model) throws IOException {
    Files.deleteIfExists(model.resolve("model.sig"));
    Commands.run("sign", model, "--key", folder.resolve("acme.pem")).succeeded();
  }

  private Commands.Result attest(Path from, Path file, Object... options) {
    return attest("acme/base", "Q4_K", from, file, options);
  }

  private Commands.Result attest(
      String model, String method, Path from, Path file, Object... options) {
    List<Object> line = new ArrayList<>(List.of("attest", file, "--source", from));
    line.addAll(List.of("--model", model, "--method", method, "--tool", "t@1"));
    line.addAll(List.of("--key", folder.resolve("quants.pem")));
    line.addAll(List.of(options));
    return Commands.run(line.toArray());
  }

  private JsonNode statement() throws Exception {
    byte[] bundle = Files.readAllBytes(Path.of(weights + ".quantization.sigstore.json"));
    return JSON.readTree(JsonFields.parse(bundle).object("dsseEnvelope").bytes("payload"));
  }

  /** Changes the first bound, and signs that as the quantizer. */
  private void resign(Consumer<ObjectNode> change) throws Exception {
    JsonNode statement = statement();
    change.accept((ObjectNode) statement.at("/predicate/errorBounds/0"));
    resign(statement.toString());
  }

  private void resign(String statement) throws Exception {
    Files.write(
        Path.of(weights + ".quantization.sigstore.json"),
        KeySigner.of(TestKeys.privatePem(TwoParties.QUANTS)).sign(statement.getBytes(UTF_8)));
  }

  private String verify() {
    return verification().out();
  }

  private Commands.Result verification(Object... options) {
    List<Object> line =
        new ArrayList<>(
            List.of(
                "verify",
                weights,
                "--hub",
                folder.resolve("hub"),
                "--policy",
                folder.resolve("policy.yaml")));
    line.addAll(List.of(options));
    return Commands.run(line.toArray());
  }
}
