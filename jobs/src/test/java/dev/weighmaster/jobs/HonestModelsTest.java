package dev.weighmaster.jobs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.jobs.AgreedVerdicts.Agreed;
import dev.weighmaster.verdict.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands beside honest models: odd configurations, trainer states, adapters, pointers. */
@TestInstance(Lifecycle.PER_CLASS)
class HonestModelsTest {
  private static final String GPTQ =
      "{\"quantization_config\":{\"quant_method\":\"gptq\",\"bits\":4}}";

  private Map<String, Agreed> verdicts;

  @BeforeAll
  void judge(@TempDir Path folder) throws Exception {
    TestHub hub = new TestHub(folder.resolve("hub"));
    model(hub, "long", "{\"a\":\"" + "x".repeat(2 << 20) + "\"}");
    model(hub, "too-long", "{\"a\":\"" + "x".repeat(5 << 20) + "\"}");
    model(hub, "empty", "");
    model(hub, "comments", "{\"a\":1, // one\n}");
    model(hub, "no-object", "[]");
    model(hub, "latin-1", "");
    hub.write("acme/latin-1/config.json", "{\"author\":\"Jos\u00E9\"}".getBytes(ISO_8859_1));
    for (String config : List.of("", "{\"a\":1,}")) {
      String repository = "acme/pickles" + config.length();
      hub.write(repository + "/pytorch_model.bin", "PK").write(repository + "/config.json", config);
    }
    hub.write("acme/training/config.json", GPTQ)
        .write("acme/training/optimizer.pt", "PK")
        .write("acme/training/rng_state_0.pth", "PK")
        .write("acme/training/scheduler.bin", "PK")
        .write("acme/training/adapter_model.bin", "PK")
        .write("acme/training/adapter_config.json", "{}");

    quantized(hub, "twice", "{\"quantization_config\":7," + GPTQ.substring(1));
    quantized(hub, "commented", GPTQ + " // by hand");
    quantized(hub, "unsound", "{");
    quantized(hub, "very-long", "{\"a\":\"" + "x".repeat(5 << 20) + "\"}");
    hub.write("quants/pickle/pytorch_model.bin", "PK").write("quants/pickle/config.json", "{");
    pointer(hub, "hawser", "version https://hawser.github.com/spec/v1\noid sha256:%s\nsize 7\n");
    pointer(hub, "xet", "# xet version 0\nfilesize = 7\nhash = '%s'\n");
    headed(hub, "no-metadata", "{'__metadata__':null,'a':%s}");
    headed(hub, "refused", "{'__metadata__':7,'a':%s}");
    verdicts =
        AgreedVerdicts.of(folder.resolve("hub"), hub.writePolicy(folder.resolve("policy")), folder);
  }

  private static void model(TestHub hub, String name, String config) {
    hub.model("acme/" + name).write("acme/" + name + "/config.json", config);
  }

  private static void quantized(TestHub hub, String name, String config) {
    byte[] weights =
        new SafetensorsWriter()
            .tensor("q.qweight", SafetensorsType.I32, List.of(1L, 1L), new byte[4])
            .toByteArray();
    hub.write("quants/" + name + "/model.safetensors", weights)
        .write("quants/" + name + "/config.json", config);
  }

  private static void pointer(TestHub hub, String name, String pointer) {
    hub.write("quants/" + name + "/model.safetensors", pointer.formatted("a".repeat(64)))
        .write("quants/" + name + "/config.json", GPTQ);
  }

  private static void headed(TestHub hub, String name, String header) {
    byte[] bytes =
        header
            .formatted("{'dtype':'U8','shape':[4],'data_offsets':[0,4]}")
            .replace('\'', '"')
            .getBytes(UTF_8);
    byte[] file =
        ByteBuffer.allocate(Long.BYTES + bytes.length + 4)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(bytes.length)
            .put(bytes)
            .array();
    hub.write("quants/" + name + "/model.safetensors", file)
        .write("quants/" + name + "/config.json", GPTQ);
  }

  @Test
  void fullPrecisionModelsHaveNoRow() {
    assertThat(verdicts.keySet()).noneMatch(name -> name.startsWith("acme/"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"commented", "unsound", "very-long"})
  void aConfigurationThatCanNotBeReadHidesNoQuantization(String repository) {
    assertReason(repository + "/model.safetensors", Reason.UNSUPPORTED);
  }

  @Test
  void aConfigurationThatCanNotBeReadHidesNoPickle() {
    assertReason("pickle/pytorch_model.bin", Reason.UNSUPPORTED);
  }

  @Test
  void ofTwoSettingsTheLastCounts() {
    assertReason("twice/model.safetensors", Reason.NO_ATTESTATION);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hawser", "xet"})
  void aPointerOfAnotherKindIsNoMalformedFile(String repository) {
    assertReason(repository + "/model.safetensors", Reason.IO_ERROR);
  }

  @Test
  void whatTheReferenceReaderTakesIsSoundAndWhatItRefusesIsNot() {
    assertReason("no-metadata/model.safetensors", Reason.NO_ATTESTATION);
    assertReason("refused/model.safetensors", Reason.MALFORMED_WEIGHTS);
  }

  private void assertReason(String quantization, Reason reason) {
    AgreedVerdicts.assertReason(verdicts, "quants/" + quantization, reason);
  }
}
