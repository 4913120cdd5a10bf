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
    String[] files = Arrays.stream(names).map(AttestedFilesTest::path).toArray(String[]::new);
    hub.attest(files).from("acme/base").method(method).by(QUANTS);
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
}
