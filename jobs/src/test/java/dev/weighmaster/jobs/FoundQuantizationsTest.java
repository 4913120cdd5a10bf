package dev.weighmaster.jobs;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.jobs.AgreedVerdicts.Agreed;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a hub gets a verdict, and what is no defect of honest weights. */
@TestInstance(Lifecycle.PER_CLASS)
class FoundQuantizationsTest {
  private static final String AWQ = "{\"quantization_config\": {\"quant_method\": \"awq\"}}";
  private Map<String, Agreed> verdicts;

  private static byte[] packed() {
    return new SafetensorsWriter()
        .tensor("model.a.qweight", SafetensorsType.I32, List.of(8L), new byte[32])
        .tensor("model.a.scales", SafetensorsType.F16, List.of(8L), new byte[16])
        .toByteArray();
  }

  private static String index(String... names) {
    StringBuilder map = new StringBuilder();
    for (String name : names) {
      map.append(map.isEmpty() ? "" : ", ").append("\"%s\": \"%s\"".formatted(name, name));
    }
    return "{\"weight_map\": {" + map + "}}";
  }

  @BeforeAll
  void judge(@TempDir Path folder) throws Exception {
    TestHub hub = new TestHub(folder.resolve("hub"));
    hub.model("acme/base").sign("acme/base", ACME);
    byte[] q4 = gguf(GgmlType.Q4_0, "hidden");
    for (String name : List.of("model.safetensors", "README.md", "config.json", "x.sig")) {
      hub.write("quants/in-" + name + "/" + name, q4);
    }
    hub.write("quants/in-index/model.safetensors.index.json", q4);
    hub.write("quants/cut-short/x.sig", Arrays.copyOf(q4, 30));

    hub.write("quants/nested/config.json", "{\"text_config\": " + AWQ + "}")
        .write("quants/nested/model.safetensors", packed())
        .write("quants/mlx/config.json", "{\"quantization\": {\"group_size\": 64, \"bits\": 4}}")
        .write("quants/mlx/model.safetensors", packed())
        .write(
            "quants/modelopt/hf_quant_config.json", "{\"quantization\": {\"quant_algo\": \"FP8\"}}")
        .write("quants/modelopt/model.safetensors", packed())
        .write("quants/nothing-says-it/model.safetensors", packed())
        .write("quants/full/model.safetensors", safetensors("full"))
        .write("quants/attested/weights.dat", "no format that is known")
        .attest("quants/attested/weights.dat")
        .from("acme/base")
        .format("dat")
        .by(QUANTS);

    hub.write("quants/refused/config.json", AWQ)
        .write("quants/refused/model.safetensors.index.json", index("../a.safetensors"))
        .write("quants/refused/x/y/a.safetensors", packed())
        .write("quants/broken/config.json", "{\"quantization_config\": 7}")
        .write("quants/broken/x/a.safetensors", packed());

    hub.write("quants/only-config/config.json", AWQ)
        .write("quants/only-index/config.json", AWQ)
        .write("quants/only-index/model.safetensors.index.json", index("a.safetensors"))
        .write("quants/copied/config.json", AWQ)
        .write("quants/copied/model.safetensors.index.json", index("a.safetensors"))
        .write("quants/copied/m.gguf", q4)
        .write("quants/part/m-00001-of-00002.gguf", q4)
        .write("quants/shards/config.json", AWQ)
        .write("quants/shards/a-00001-of-00002.safetensors", packed())
        .write("quants/shards/a-00002-of-00002.safetensors", safetensors("b"))
        .attest(
            "quants/shards/a-00001-of-00002.safetensors",
            "quants/shards/a-00002-of-00002.safetensors")
        .from("acme/base")
        .format("safetensors")
        .method("AWQ")
        .by(QUANTS)
        .remove("quants/shards/a-00002-of-00002.safetensors");

    hub.write("quants/stale/config.json", AWQ)
        .write("quants/stale/model.safetensors.index.json", index("b.safetensors"))
        .write("quants/stale/model.safetensors", packed());

    hub.write("quants/pickles/config.json", AWQ)
        .write("quants/pickles/pytorch_model.bin.index.json", index("sub/p-1.bin"))
        .write("quants/pickles/sub/p-1.bin", "pickle")
        .write("quants/odd-name/config.json", AWQ)
        .write("quants/odd-name/pytorch_model.bin.index.json", index("w.dat"))
        .write("quants/odd-name/w.dat", "pickle")
        .write("quants/odd-name/onnx/model.onnx", "onnx")
        .write("quants/odd-beside-gguf/config.json", AWQ)
        .write("quants/odd-beside-gguf/pytorch_model.bin.index.json", index("w.dat"))
        .write("quants/odd-beside-gguf/w.dat", "pickle")
        .write("quants/odd-beside-gguf/f.gguf", gguf(GgmlType.F16, "f"))
        .write("quants/bad-index/config.json", AWQ)
        .write("quants/bad-index/pytorch_model.bin.index.json", index("../w.dat"))
        .write("quants/bad-index/sub/w.bin", "pickle")
        .write(
            "quants/named-weights/config.json",
            AWQ.replace("}}", "}, \"transformers_weights\": \"sub/w.safetensors\"}"))
        .write("quants/named-weights/sub/w.safetensors", safetensors("w"));
    hub.write("quants/versioned/config.json", "{\"configuration_files\": [\"config.4.0.0.json\"]}")
        .write("quants/versioned/config.4.0.0.json", AWQ)
        .write("quants/versioned/pytorch_model.bin", "pickle")
        .write(
            "quants/versioned-below/config.json",
            "{\"configuration_files\": [\"x/config.4.0.0.json\"]}")
        .write("quants/versioned-below/x/config.4.0.0.json", AWQ)
        .write("quants/versioned-below/pytorch_model.bin", "pickle");
    String pad = "{\"pad\": \"" + "x".repeat(5 << 20) + "\", ";
    hub.write("quants/padded/config.json", pad + AWQ.substring(1))
        .write("quants/padded/model.safetensors", safetensors("padded"))
        .write("quants/long-full/config.json", pad + "\"model_type\": \"llama\"}")
        .write("quants/long-full/model.safetensors", safetensors("long-full"));

    byte[] large =
        new GgufWriter()
            .tensor("n".repeat(127), GgmlType.F32, List.of(2L, 2L, 1L, 2L, 2L), new byte[64])
            .tensor("a", GgmlType.Q8_0, List.of(64L), new byte[68])
            .toByteArray();
    hub.write("quants/five/m.gguf", large)
        .write("quants/pieces/m.gguf.part1of2", Arrays.copyOf(large, large.length - 50))
        .write(
            "quants/pieces/m.gguf.part2of2",
            Arrays.copyOfRange(large, large.length - 50, large.length))
        .write("quants/lost-piece/m.gguf-split-a", Arrays.copyOf(large, large.length - 50));
    verdicts =
        AgreedVerdicts.of(folder.resolve("hub"), hub.writePolicy(folder.resolve("policy")), folder);
  }

  private void assertReason(String quantization, Reason reason) {
    AgreedVerdicts.assertReason(verdicts, quantization, reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "in-model.safetensors/model.safetensors",
        "in-README.md/README.md",
        "in-config.json/config.json",
        "in-x.sig/x.sig",
        "in-index/model.safetensors.index.json"
      })
  void ggufIsFoundInAFileOfAnyName(String name) {
    assertReason("quants/" + name, Reason.NO_ATTESTATION);
  }

  @Test
  void ggufThatIsCutShortIsFoundInAFileOfAnyName() {
    assertReason("quants/cut-short/x.sig", Reason.MALFORMED_WEIGHTS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nested", "mlx", "modelopt", "nothing-says-it"})
  void settingsAndTensorsTellAQuantization(String repository) {
    assertReason("quants/" + repository + "/model.safetensors", Reason.NO_ATTESTATION);
  }

  @Test
  void fullPrecisionWeightsAreNone() {
    assertThat(verdicts.keySet()).noneMatch(name -> name.startsWith("quants/full/"));
  }

  @Test
  void whatIsAttestedIsFoundWhateverItIs() {
    assertReason("quants/attested/weights.dat", Reason.OK);
  }

  @ParameterizedTest
  @CsvSource({
    "refused/x/y/a.safetensors, MALFORMED_WEIGHTS",
    "broken/x/a.safetensors, UNSUPPORTED"
  })
  void aRefusedIndexOrABrokenConfigurationHidesNoWeights(String name, Reason reason) {
    assertReason("quants/" + name, reason);
  }

  @ParameterizedTest
  @CsvSource({
    "only-config/config.json",
    "only-index/a.safetensors",
    "part/m-00001-of-00002.gguf",
    "lost-piece/m.gguf-split-a"
  })
  void whatIsNotHereIsNoContradiction(String name) {
    assertReason("quants/" + name, Reason.IO_ERROR);
    assertThat(verdicts.get("quants/" + name).detail()).contains("not here");
  }

  @Test
  void aRepositoryOfGgufMayCopyItsSourcesConfigurationAndIndex() {
    assertThat(verdicts.keySet().stream().filter(name -> name.startsWith("quants/copied/")))
        .containsExactly("quants/copied/m.gguf");
  }

  @Test
  void aShardThatIsGoneTogetherWithItsIndexIsMissed() {
    assertThat(verdicts.get("quants/shards/a-00001-of-00002.safetensors").verdict())
        .isNotEqualTo(Verdict.VERIFIED);
  }

  @Test
  void anIndexOfAnotherBuildIsNoDefectOfTheWeights() {
    assertReason("quants/stale/model.safetensors", Reason.NO_ATTESTATION);
  }

  @ParameterizedTest
  @CsvSource({
    "pickles/sub/p-1.bin, NO_ATTESTATION",
    "odd-name/w.dat, NO_ATTESTATION",
    "odd-beside-gguf/w.dat, NO_ATTESTATION",
    "bad-index/pytorch_model.bin.index.json, UNSUPPORTED",
    "named-weights/sub/w.safetensors, NO_ATTESTATION",
    "versioned/pytorch_model.bin, NO_ATTESTATION",
    "versioned-below/pytorch_model.bin, UNSUPPORTED",
    "padded/model.safetensors, UNSUPPORTED"
  })
  void whatALoaderWouldFindIsNotLost(String name, Reason reason) {
    assertReason("quants/" + name, reason);
  }

  @Test
  void fullPrecisionWeightsMayHaveALongConfiguration() {
    assertThat(verdicts.keySet()).noneMatch(name -> name.startsWith("quants/long-full/"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"five/m.gguf", "pieces/m.gguf.part1of2"})
  void ggufBeyondTheLimitsOfLlamaCppIsSound(String name) {
    assertReason("quants/" + name, Reason.NO_ATTESTATION);
  }
}
