package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.jobs.cli.Commands.Result;
import dev.weighmaster.packing.PackedWriter;
import dev.weighmaster.weigh.packed.PackedLayer;
import dev.weighmaster.weigh.packed.PackedLayer.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Repositories that quantizers for Python publish, weighed against what they were made from. */
class WeighPackedTest {
  private static final PackedLayer LAYER = new PackedLayer(3);
  private static final String NORM = "model.layers.0.input_layernorm.weight";
  private static final String MATRIX = "model.layers.0.mlp.gate_proj";

  @TempDir private Path folder;
  private Path source;
  private Path quantization;

  @BeforeEach
  void write() throws IOException {
    source = Files.createDirectories(folder.resolve("hub/acme/base"));
    quantization = Files.createDirectories(folder.resolve("hub/quantco/base-quantized"));
    Files.writeString(source.resolve("config.json"), "{\"architectures\": [\"LlamaForCausalLM\"]}");
    Files.write(source.resolve("model.safetensors"), LAYER.source().toByteArray());
  }

  private void publish(PackedWriter tensors, String config) throws IOException {
    Files.write(quantization.resolve("model.safetensors"), tensors.toByteArray());
    Files.writeString(
        quantization.resolve("config.json"),
        "{\"architectures\": [\"LlamaForCausalLM\"], \"quantization_config\": " + config + "}");
  }

  private void publish(Method method) throws IOException {
    publish(LAYER.quantized(method), method.config());
  }

  private Result weigh(Object... options) {
    List<Object> words = new ArrayList<>(List.of("weigh", quantization, "--source", source));
    words.addAll(List.of(options));
    return Commands.run(words.toArray());
  }

  private JsonNode json(Object... options) throws IOException {
    List<Object> all = new ArrayList<>(List.of(options));
    all.add("--json");
    return Harmless.json(weigh(all.toArray()).out());
  }

  private static JsonNode tensor(JsonNode weighing, String name) {
    for (JsonNode tensor : weighing.path("tensors")) {
      if (tensor.path("name").asText().equals(name)) {
        return tensor;
      }
    }
    throw new AssertionError(name);
  }

  @ParameterizedTest
  @CsvSource({
    "AWQ, EQUIVALENT, 0",
    "GPTQ, WITHIN_BOUNDS, 1",
    "NF4, EXACT, 0",
    "INT8, EXACT, 0",
    "FP8, EXACT, 0",
    "COMPRESSED, EXACT, 0"
  })
  void anHonestRepositoryHasTheLevelThatItsMethodAllows(Method method, String level, int exitCode)
      throws IOException {
    publish(method);

    Result result = weigh();

    assertThat(result.out()).contains("base-quantized is " + level, "11 tensors: ");
    assertThat(result.exitCode()).isEqualTo(exitCode);
    assertThat(tensor(json(), "model.embed_tokens.weight").path("level").asText())
        .isEqualTo("EXACT");
  }

  /** Of GPTQ, a code in one of the first columns; integers may have been moved by it. */
  @ParameterizedTest
  @CsvSource({
    "AWQ, .qweight, DEVIATES",
    "GPTQ, .qweight, DEVIATES",
    "NF4, .weight, DEVIATES",
    "INT8, .weight, DEVIATES",
    "FP8, .weight, DEVIATES",
    "COMPRESSED, .weight_packed, WITHIN_BOUNDS"
  })
  void aChangedCodeIsSeenAsFarAsTheMethodAllows(Method method, String codes, String level)
      throws IOException {
    PackedWriter changed = LAYER.quantized(method);
    changed.get(MATRIX + codes).bytes()[9] ^= 1;
    publish(changed, method.config());

    JsonNode weighing = json();

    assertThat(weighing.path("level").asText()).isEqualTo(level);
    assertThat(tensor(weighing, MATRIX + ".weight").path("level").asText()).isEqualTo(level);
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void theMatrixOfAnotherModelDeviates(Method method) throws IOException {
    PackedWriter other = new PackedLayer(4).quantized(method);
    PackedWriter changed = LAYER.quantized(method);
    for (String name : changed.names()) {
      if (name.startsWith(MATRIX + ".")) {
        changed.put(name, other.get(name).type(), other.get(name).shape(), other.get(name).bytes());
      }
    }
    publish(changed, method.config());

    Result result = weigh();

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).contains("DEVIATES  " + MATRIX + ".weight: ");
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void aChangedNormDeviates(Method method) throws IOException {
    PackedWriter changed = LAYER.quantized(method);
    changed.get(NORM).bytes()[7] ^= 3;
    publish(changed, method.config());

    assertThat(weigh().exitCode()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void aMissingTensorIsNamed(Method method) throws IOException {
    publish(LAYER.quantized(method).remove("lm_head.weight"), method.config());

    Result result = weigh();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .contains(
            "NOT_COMPARED  lm_head.weight: it is in the source, and not in the quantization\n");
  }

  @Test
  void whichColumnsOfGptqAreDecidedIsShown() throws IOException {
    publish(Method.GPTQ);

    Result result = weigh();
    JsonNode certificate =
        tensor(json(), "model.layers.0.self_attn.k_proj.weight").path("certificate");

    assertThat(result.out())
        .containsPattern(
            "\nmethod: GPTQ\nGPTQ's certificate: of 512 columns in 7 matrices, \\d+ can be GPTQ's,"
                + " 0 can't, \\d+ are not decided\n");
    assertThat(certificate.path("matrices")).hasSize(3);
    assertThat(certificate.path("rows").asInt()).isEqualTo(192);
    assertThat(certificate.path("columns").asInt()).isEqualTo(64);
    assertThat(certificate.path("fit")).hasSize(12);
    assertThat(certificate.path("deviate")).isEmpty();
  }

  @Test
  void atTheDepthOfCodesNoCertificateIsComputed() throws IOException {
    publish(Method.GPTQ);

    assertThat(tensor(json("--depth", "codes"), MATRIX + ".weight").path("certificate").isNull())
        .isTrue();
  }

  @Test
  void ofMatricesThatWereRoundedTogetherTheChangedOneIsAccused() throws IOException {
    PackedWriter changed = LAYER.quantized(Method.GPTQ);
    changed.get("model.layers.0.self_attn.k_proj.qweight").bytes()[5] ^= 1;
    publish(changed, Method.GPTQ.config());

    JsonNode weighing = json();

    assertThat(weighing.path("level").asText()).isEqualTo("DEVIATES");
    assertThat(tensor(weighing, "model.layers.0.self_attn.k_proj.weight").path("level").asText())
        .isEqualTo("DEVIATES");
  }

  @Test
  void otherAlgorithmsThatStoreTheSameAreNotHeldToGptqs() throws IOException {
    PackedWriter changed = LAYER.quantized(Method.GPTQ);
    changed.get(MATRIX + ".qweight").bytes()[5] ^= 1;
    publish(
        changed, Method.GPTQ.config().replace("\"sym\"", "\"autoround_version\": \"1\", \"sym\""));

    JsonNode matrix = tensor(json(), MATRIX + ".weight");

    assertThat(matrix.path("level").asText()).isEqualTo("WITHIN_BOUNDS");
    assertThat(matrix.path("detail").asText()).contains("no certificate was asked for");
  }

  @Test
  void anUnknownMethodIsNamedAndTheOtherTensorsAreCompared() throws IOException {
    publish(LAYER.quantized(Method.AWQ), "{\"quant_method\": \"unheard-of\"}");

    Result result = weigh();

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out())
        .contains("NOT_COMPARED  " + MATRIX + ".weight: how UNHEARD-OF packs it is not known\n")
        .contains("DEVIATES  " + NORM);
  }

  @Test
  void aFormThatIsNotKnownIsNamedByItsMethod() throws IOException {
    PackedWriter other = LAYER.quantized(Method.FP8);
    other.putAll(LAYER.quantized(Method.FP8), "gate_proj.weight", "gate_proj.W_q");
    for (String name : LAYER.quantized(Method.FP8).names()) {
      if (name.startsWith(MATRIX + ".weight")) {
        other.remove(name);
      }
    }
    publish(other, "{\"quant_method\": \"hqq\"}");

    assertThat(weigh().out())
        .contains("NOT_COMPARED  " + MATRIX + ".weight: how HQQ stores it is not known\n")
        .contains("NOT_COMPARED  " + MATRIX + ".W_q: it is not in the source\n");
  }

  /** AutoGPTQ stores one for each matrix, whether the model has it or not. */
  @ParameterizedTest
  @CsvSource({"0, EQUIVALENT", "1, NOT_COMPARED"})
  void aBiasThatTheSourceLacksAddsNothingIfItIsZero(float value, String level) throws IOException {
    float[] bias = new float[128];
    bias[100] = value;
    publish(
        LAYER.quantized(Method.GPTQ).vector(MATRIX + ".bias", SafetensorsType.F16, bias),
        Method.GPTQ.config());

    assertThat(tensor(json(), MATRIX + ".bias").path("level").asText()).isEqualTo(level);
  }

  @Test
  void aHeadThatTheSourceTakesFromItsEmbeddingIsComparedWithThat() throws IOException {
    Files.write(
        source.resolve("model.safetensors"), LAYER.source().remove("lm_head.weight").toByteArray());
    publish(Method.FP8);
    assertThat(tensor(json(), "lm_head.weight").path("level").asText()).isEqualTo("DEVIATES");

    PackedWriter tied = LAYER.quantized(Method.FP8);
    var embedding = tied.get("model.embed_tokens.weight");
    tied.put("lm_head.weight", embedding.type(), embedding.shape(), embedding.bytes());
    publish(tied, Method.FP8.config());
    assertThat(tensor(json(), "lm_head.weight").path("level").asText()).isEqualTo("EXACT");
  }

  /** What loaders would decode by it is not what the tensors are; nothing is guessed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"bits\": 4|\"bits\": 8|its configuration has codes of 8 bits; by its shapes they have 4",
        "\"group_size\": 32|\"group_size\": 64|its configuration has groups of 64 columns; it has",
        "\"group_size\": 32|\"group_size\": 1e30|config.json quantization_config.group_size must",
        "\"checkpoint_format\": \"gptq\"|\"checkpoint_format\": \"marlin\"|no GPTQ format is marlin",
        "\"gptq\", \"bits\"|\"awq\", \"bits\"|no AWQ format is gptq",
        "\"gptq\", \"bits\"|\"bitsandbytes\", \"bits\"|how BITSANDBYTES packs it is not known",
        "\"sym\"|\"rotation\": \"hadamard\", \"sym\"|weights were rotated before they were quantized"
      })
  void aConfigurationThatLiesIsSaidOfEachMatrix(String honest, String lie, String message)
      throws IOException {
    publish(LAYER.quantized(Method.GPTQ), Method.GPTQ.config().replace(honest, lie));

    Result result = weigh();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("NOT_COMPARED  " + MATRIX + ".weight: ", message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"awq\"|quantization_config must be an object",
        "[[[]]]|quantization_config must be an object",
        "{\"quant_method\": 7}|quantization_config.quant_method must be a string",
        "{|is not JSON"
      })
  void aConfigurationThatNobodyWritesIsSaidOfEachMatrix(String config, String message)
      throws IOException {
    publish(LAYER.quantized(Method.FP8), config);

    Result result = weigh();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .contains("NOT_COMPARED  " + MATRIX + ".weight: config.json ", message)
        .containsPattern("lm_head.weight +│ F16 +│ EXACT");
  }

  @Test
  void aConfigurationThatIsNestedWithoutEndIsSaidOfEachMatrix() throws IOException {
    publish(LAYER.quantized(Method.FP8), "[".repeat(100_000));

    assertThat(weigh().exitCode()).isEqualTo(1);
  }

  @Test
  void twoConfigurationsThatContradictEachOtherAreSaid() throws IOException {
    publish(Method.GPTQ);
    Files.writeString(quantization.resolve("quantize_config.json"), "{\"group_size\": 128}");

    assertThat(weigh().out())
        .contains("config.json and quantize_config.json say different things of how it is packed");
  }

  /** Loaders of columns in order read none of it, and others do. */
  @Test
  void groupsInAnotherOrderThanTheConfigurationHasAreNotCompared() throws IOException {
    PackedWriter changed = LAYER.quantized(Method.GPTQ);
    byte[] groups = changed.get(MATRIX + ".g_idx").bytes();
    groups[0] = 1;
    groups[32 * Integer.BYTES] = 0;
    publish(changed, Method.GPTQ.config());

    Result result = weigh();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .contains("NOT_COMPARED  " + MATRIX + ".weight: its configuration has columns in order");
  }

  @Test
  void aScaleBesideAWeightAsItIsHidesNothing() throws IOException {
    PackedWriter changed = LAYER.quantized(Method.FP8);
    var weight = LAYER.source().get(MATRIX + ".weight");
    weight.bytes()[8] ^= 0x10;
    changed.put(MATRIX + ".weight", weight.type(), weight.shape(), weight.bytes());
    publish(changed, Method.FP8.config());

    assertThat(weigh().exitCode()).isEqualTo(2);
  }

  @Test
  void aGptqWeightBesideItsCodesIsComparedToo() throws IOException {
    PackedWriter both = LAYER.quantized(Method.GPTQ);
    var weight = LAYER.source().get(MATRIX + ".weight");
    weight.bytes()[8] ^= 0x10;
    both.put(MATRIX + ".weight", weight.type(), weight.shape(), weight.bytes());
    publish(both, Method.GPTQ.config());

    assertThat(weigh().exitCode()).isEqualTo(2);
  }

  @Test
  void aPageIsWrittenBesideTheResult() throws IOException {
    publish(Method.GPTQ);
    Path page = folder.resolve("page.html");

    weigh("--html", page);

    assertThat(page)
        .content()
        .contains(
            "<dt>Method</dt><dd><bdi>GPTQ</bdi></dd>",
            "s certificate: of 512 columns in 7 matrices")
        .contains("GPTQ INT4", "weighed as one of 3 matrices");
  }

  @Test
  void jsonNamesTheMethodAndEveryFile() throws IOException {
    publish(Method.AWQ);

    JsonNode weighing = json();

    assertThat(weighing.path("method").asText()).isEqualTo("AWQ");
    assertThat(weighing.path("quantization").path(0).path("sha256").asText()).hasSize(64);
    assertThat(weighing.path("totals").path("tensors").asInt()).isEqualTo(11);
  }

  @Test
  void whatIsForAGgufIsRefused() throws IOException {
    publish(Method.AWQ);
    Path imatrix = Files.writeString(folder.resolve("imatrix.dat"), "x");

    assertThat(weigh("--imatrix", imatrix).exitCode()).isEqualTo(3);
  }

  @Test
  void twoThatAreSwappedAreNotWeighed() throws IOException {
    publish(Method.AWQ);

    assertThat(Commands.run("weigh", source, "--source", quantization).failed(3))
        .isEqualTo(quantization + " is quantized and " + source + " is not: are the two swapped?");
  }
}
