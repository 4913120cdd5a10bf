package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an attestation names as a quantization, though nothing in the file shows that it is one. */
class AttestedFilesTest {
  private static final String REPOSITORY = "quants/attested";

  private TestHub hub;

  @BeforeEach
  void aSignedModel(@TempDir Path folder) {
    hub = new TestHub(folder);
    hub.model("acme/base").sign("acme/base", ACME);
  }

  private static String path(String name) {
    return REPOSITORY + "/" + name;
  }

  private void attest(String method, String... names) {
    attestAs("gguf", method, names);
  }

  private void attestAs(String format, String method, String... names) {
    String[] files = Arrays.stream(names).map(AttestedFilesTest::path).toArray(String[]::new);
    hub.attest(files).from("acme/base").format(format).method(method).by(QUANTS);
  }

  private List<String> quantizations() {
    return hub.evidence(REPOSITORY).cases().stream()
        .map(each -> each.quantization().name())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"weights.bin", "weights.mlx", "weights.zip", "weights"})
  void filesOfAnyFormatAreQuantizationsIfAttestedAsSuch(String name) {
    hub.write(path(name), "weights");
    assertThat(quantizations()).isEmpty();

    attest("Q4_0", name);
    assertThat(quantizations()).containsExactly(name);
  }

  @Test
  void fullPrecisionWeightsAreAQuantizationIfAttestedAsOne() {
    hub.write(path("a.gguf"), gguf(GgmlType.F16, "a"));
    hub.write(path("b.safetensors"), safetensors("b"));
    attest("Q4_0", "a.gguf");
    attest("AWQ", "b.safetensors");

    assertThat(quantizations()).containsExactly("a.gguf", "b.safetensors");
  }

  @ParameterizedTest
  @ValueSource(strings = {"F16", " bf16 ", "float32"})
  void fullPrecisionWeightsAreALinkIfAttestedAsSuch(String method) {
    hub.write(path("a.gguf"), gguf(GgmlType.F16, "a"));
    attest(method, "a.gguf");

    assertThat(quantizations()).isEmpty();
  }

  @Test
  void whatIsAppliedToAModelIsNoQuantizationOfIt() {
    hub.write(
        path("a.gguf"),
        new GgufWriter()
            .put("general.type", "adapter")
            .tensor("blk.0.attn_q.weight.lora_a", GgmlType.F16, List.of(32L), new byte[64])
            .toByteArray());
    attest("Q4_0", "a.gguf");

    assertThat(quantizations()).isEmpty();
  }

  @Test
  void whatLiesBesideWeightsIsNoWeights() {
    hub.write(path("README.md"), "# a").write(path("config.json"), "{}");
    attest("Q4_0", "README.md", "config.json");
    assertThat(quantizations()).isEmpty();

    hub.write(path("a.gguf"), gguf(GgmlType.Q4_0, "a")).write(path("notes"), "notes");
    attest("Q4_0", "a.gguf", "notes");
    assertThat(quantizations()).containsExactly("a.gguf");
  }

  /** Each GGUF file is loaded by itself, also where one statement attests several. */
  @Test
  void anAttestedFileThatIsGoneCostsNoOtherGguf() {
    hub.write(path("a.gguf"), gguf(GgmlType.Q4_0, "a")).write(path("notes.txt"), "notes");
    hub.write(path("b.gguf"), gguf(GgmlType.Q4_0, "b"));
    attest("Q4_0", "a.gguf", "b.gguf", "notes.txt");
    hub.remove(path("b.gguf")).remove(path("notes.txt"));

    assertThat(hub.judge(path("a.gguf")).reason()).isEqualTo(Reason.OK);
  }

  private void anOnnxModelWithExternalData(String data) {
    hub.write(path("model_q4.onnx"), "graph").write(path(data), "weights");
    attestAs("onnx", "Q4_0", "model_q4.onnx", data);
    assertThat(hub.judge(path("model_q4.onnx")).reason()).isEqualTo(Reason.OK);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model_q4.onnx_data", "model_q4.onnx_data_1", "model_q4.onnx.data"})
  void externalDataOfAnOnnxModelAreOneQuantizationWithIt(String data) {
    anOnnxModelWithExternalData(data);
    assertThat(quantizations()).containsExactly("model_q4.onnx");

    hub.write(path(data), "other weights");
    assertThat(hub.judge(path("model_q4.onnx")).reason()).isEqualTo(Reason.DIGEST_MISMATCH);

    hub.remove(path(data));
    assertThat(hub.judge(path("model_q4.onnx")).reason()).isEqualTo(Reason.SUBJECT_INCOMPLETE);
  }

  @Test
  void externalDataThatAreAPointerAreNotHere() {
    anOnnxModelWithExternalData("model_q4.onnx_data");
    hub.write(path("model_q4.onnx_data"), pointer());

    assertThat(hub.judge(path("model_q4.onnx")).reason()).isEqualTo(Reason.IO_ERROR);
  }

  @Test
  void fullPrecisionOnnxModelsWithExternalDataAreNoQuantizations() {
    hub.write(path("model.onnx"), "graph").write(path("model.onnx_data"), "weights");
    hub.write(path("config.json"), "{}");

    assertThat(quantizations()).isEmpty();
  }

  private static String pointer() {
    return "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 7\n"
        .formatted("a".repeat(64));
  }

  @ParameterizedTest
  @CsvSource({"openvino_model.bin, pytorch", "a.gguf, gguf"})
  void whatIsAttestedBesideWeightsMustNotChange(String weights, String format) {
    byte[] content = format.equals("gguf") ? gguf(GgmlType.Q4_0, "a") : new byte[8];
    hub.write(path(weights), content).write(path("openvino_model.xml"), "graph");
    attestAs(format, "Q4_0", weights, "openvino_model.xml");
    assertThat(hub.judge(path(weights)).reason()).isEqualTo(Reason.OK);

    hub.write(path("openvino_model.xml"), "other graph");
    Judgement judgement = hub.judge(path(weights));
    assertThat(judgement.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(judgement.detail())
        .contains("openvino_model.xml: the attestation covers sha256:")
        .contains("the file is now sha256:" + hub.sha256(path("openvino_model.xml")));

    hub.write(path("openvino_model.xml"), pointer());
    assertThat(hub.judge(path(weights)).reason()).isEqualTo(Reason.IO_ERROR);
  }

  @ParameterizedTest
  @ValueSource(strings = {"new/a.xml", "new/A.XML"})
  void whatWasMovedAlongWithWeightsMustNotChange(String moved) {
    hub.write(path("old/a.bin"), "weights").write(path("old/a.xml"), "graph");
    hub.attest(path("old/a.bin"), path("old/a.xml"))
        .as("old/a.bin", "old/a.xml")
        .from("acme/base")
        .format("pytorch")
        .in(path("all.sigstore.json"))
        .by(QUANTS);
    hub.remove(path("old/a.bin")).remove(path("old/a.xml"));
    hub.write(path("new/a.bin"), "weights").write(path(moved), "graph");
    assertThat(hub.judge(path("new/a.bin")).reason()).isEqualTo(Reason.OK);

    hub.write(path(moved), "other graph");
    assertThat(hub.judge(path("new/a.bin")).reason()).isEqualTo(Reason.DIGEST_MISMATCH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"OPENVINO_MODEL.XML", "openvino_model.XML", "Openvino_model.xml"})
  void whatIsAttestedBesideWeightsIsComparedHoweverItsNameIsSpelled(String spelled) {
    String weights = "openvino_model.bin";
    hub.write(path(weights), new byte[8]).write(path("openvino_model.xml"), "graph");
    attestAs("pytorch", "Q4_0", weights, "openvino_model.xml");
    hub.remove(path("openvino_model.xml")).write(path(spelled), "graph");
    assertThat(hub.judge(path(weights)).reason()).isEqualTo(Reason.OK);

    hub.write(path(spelled), "other graph");
    assertThat(hub.judge(path(weights)).reason()).isEqualTo(Reason.DIGEST_MISMATCH);

    hub.write(path("openvino_model.xml"), "graph");
    assertThat(hub.judge(path(weights)).reason()).isEqualTo(Reason.OK);
  }
}
