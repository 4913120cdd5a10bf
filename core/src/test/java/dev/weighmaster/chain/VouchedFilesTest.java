package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.safetensors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.quantization.LoaderExtra;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An adapter beside weights is said to be loaded with them, unless a named signer covers it. */
class VouchedFilesTest {
  private static final String REPOSITORY = "quants/gptq";
  private static final String WEIGHTS = REPOSITORY + "/model.safetensors";
  private static final String ADAPTER = REPOSITORY + "/adapter_model.safetensors";
  private static final String ADAPTER_CONFIG = REPOSITORY + "/adapter_config.json";

  private TestHub hub;

  @BeforeEach
  void writeWeightsAndAnAdapter(@TempDir Path directory) {
    hub =
        new TestHub(directory)
            .write(
                REPOSITORY + "/config.json",
                "{\"quantization_config\": {\"bits\": 4, \"quant_method\": \"gptq\"}}")
            .write(WEIGHTS, safetensors("weights"))
            .write(ADAPTER, adapter(1))
            .write(ADAPTER_CONFIG, "{\"peft_type\": \"LORA\"}");
  }

  @Test
  void whatNobodyCoversIsLoadedToo() throws Exception {
    assertThat(loadedToo()).contains("adapter_model.safetensors");
  }

  @Test
  void whatAnAttestationThatCountsNamesIsVouchedFor() throws Exception {
    attestation(WEIGHTS, ADAPTER, ADAPTER_CONFIG).by(QUANTS);

    assertThat(loadedToo()).isEmpty();
  }

  @Test
  void whatAStrangerAttestsIsNot() throws Exception {
    attestation(WEIGHTS, ADAPTER, ADAPTER_CONFIG).by(STRANGER);

    assertThat(loadedToo()).contains("adapter_model.safetensors");
  }

  @ParameterizedTest
  @CsvSource({
    "adapter_model.safetensors, true",
    "gptq/adapter_model.safetensors, false",
    "model.safetensors, false",
    "model, false",
  })
  void aFileIsVouchedForByItsOwnName(String subject, boolean vouched) throws Exception {
    attestation(WEIGHTS).subject(subject, hub.sha256(ADAPTER)).by(QUANTS);

    assertThat(loadedToo().contains("adapter_model.safetensors")).isNotEqualTo(vouched);
  }

  @ParameterizedTest
  @CsvSource({
    "a/b/adapter_model.safetensors, true",
    "b/adapter_model.safetensors, true",
    "adapter_model.safetensors, true",
    "c/adapter_model.safetensors, false",
  })
  void aFileInAFolderIsVouchedForByTheEndOfItsPath(String subject, boolean vouched)
      throws Exception {
    String folder = REPOSITORY + "/a/b/";
    hub.remove(ADAPTER)
        .remove(ADAPTER_CONFIG)
        .remove(WEIGHTS)
        .remove(REPOSITORY + "/config.json")
        .write(
            folder + "config.json",
            "{\"quantization_config\": {\"bits\": 4, \"quant_method\": \"gptq\"}}")
        .write(folder + "model.safetensors", safetensors("weights"))
        .write(folder + "adapter_model.safetensors", adapter(1))
        .write(folder + "adapter_config.json", "{\"peft_type\": \"LORA\"}");
    attestation(folder + "model.safetensors")
        .subject(subject, hub.sha256(folder + "adapter_model.safetensors"))
        .by(QUANTS);

    assertThat(loadedToo().contains("a/b/adapter_model.safetensors")).isNotEqualTo(vouched);
  }

  @Test
  void whatAnAttestationNamesWithOtherContentIsNotVouchedFor() throws Exception {
    attestation(WEIGHTS, ADAPTER, ADAPTER_CONFIG).by(QUANTS);
    hub.write(ADAPTER, adapter(2));

    assertThat(loadedToo()).contains("adapter_model.safetensors");
  }

  @Test
  void whatAModelSignatureThatCountsListsIsVouchedForAndWhatCameLaterIsNot() throws Exception {
    hub.sign(REPOSITORY, QUANTS);
    assertThat(loadedToo()).isEmpty();

    hub.write(REPOSITORY + "/custom_generate/generate.py", "import os");

    assertThat(loadedToo()).containsExactly("custom_generate/generate.py");
  }

  @Test
  void aModelSignatureOfAStrangerOrOfOtherContentVouchesForNothing() throws Exception {
    hub.sign(REPOSITORY, STRANGER);
    assertThat(loadedToo()).contains("adapter_model.safetensors");

    hub.sign(REPOSITORY, QUANTS).write(WEIGHTS, safetensors("other weights"));

    assertThat(loadedToo()).contains("adapter_model.safetensors");
  }

  private static byte[] adapter(int seed) {
    byte[] data = new byte[64];
    data[0] = (byte) seed;
    return new SafetensorsWriter()
        .tensor(
            "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
            SafetensorsType.BF16,
            List.of(8L, 4L),
            data)
        .toByteArray();
  }

  private TestHub.Attestation attestation(String... files) {
    return hub.attest(files).method("GPTQ").format("safetensors").from("acme/base", "a".repeat(64));
  }

  /** Names of the files that a loader takes beside the weights. */
  private List<String> loadedToo() throws Exception {
    List<QuantizationCase> cases = hub.evidence(REPOSITORY).cases();
    assertThat(cases).hasSize(1);
    return cases.get(0).alsoLoaded().stream().map(LoaderExtra::file).toList();
  }
}
