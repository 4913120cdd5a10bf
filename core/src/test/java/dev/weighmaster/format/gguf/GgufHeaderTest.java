package dev.weighmaster.format.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.InMemoryByteSource;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.WeightsSummary.Split;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufHeaderTest {

  private static WeightsSummary summary(GgufWriter writer) throws IOException {
    return GgufReader.read(new InMemoryByteSource(writer.toByteArray())).summary();
  }

  private static GgufWriter add(GgufWriter writer, String name, GgmlType type, int elements) {
    int bytes = elements / type.blockElements() * type.blockBytes();
    return writer.tensor(name, type, List.of((long) elements), new byte[bytes]);
  }

  private static GgufWriter model(GgmlType... types) {
    var writer = new GgufWriter().put("general.architecture", "llama");
    for (int i = 0; i < types.length; i++) {
      add(writer, "blk.%d.weight".formatted(i), types[i], 256);
    }
    return writer;
  }

  @Test
  void countsTensorsByTypeMostBytesFirst() throws IOException {
    WeightsSummary summary = summary(model(GgmlType.Q4_K, GgmlType.F32, GgmlType.Q4_K));

    assertThat(summary.format()).isEqualTo("GGUF v3");
    assertThat(summary.architecture()).contains("llama");
    assertThat(summary.types())
        .containsExactly(
            new TypeCount("F32", false, 1, 256, 1024), new TypeCount("Q4_K", true, 2, 512, 288));
    assertThat(summary.split()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "15, Q4_K Q6_K F32, Q4_K_M",
    "14, Q4_K Q6_K F32, Q4_K_S",
    "7, Q8_0 F32, Q8_0",
    "30, IQ4_XS Q6_K, IQ4_XS",
    "28, IQ2_XS Q4_K, IQ2_S",
    "38, MXFP4 Q8_0, MXFP4_MOE",
    // The tensors contradict.
    "15, Q8_0 F32, Q8_0",
    "15, Q5_0 F32, Q5_0",
    "1, MXFP4 F16, MXFP4",
    "0, Q4_0, Q4_0",
    // Nothing is claimed.
    "1039, Q4_K Q6_K Q6_K, Q6_K",
    "4711, Q4_K F32, Q4_K",
    // Nothing is quantized.
    "15, F16 F32, ",
    "1, F16 F32, ",
    "32, BF16 F32, ",
    "7, I8 I32 F64, "
  })
  void takesTheClaimedMethodWhereTheTensorsBearItOut(int fileType, String types, String method)
      throws IOException {
    GgmlType[] tensors =
        List.of(types.split(" ", -1)).stream().map(GgmlType::valueOf).toArray(GgmlType[]::new);

    assertThat(summary(model(tensors).put("general.file_type", fileType)).method())
        .isEqualTo(Optional.ofNullable(method));
  }

  @Test
  void takesTheMethodFromTheTensorsWithoutAClaim() throws IOException {
    assertThat(summary(model(GgmlType.F32, GgmlType.Q3_K, GgmlType.Q6_K)).method())
        .contains("Q6_K");
  }

  @Test
  void acceptsTheFallbackForRowsThatTheClaimedTypeCannotHold() throws IOException {
    var writer = new GgufWriter().put("general.file_type", 15);

    assertThat(summary(add(writer, "a", GgmlType.Q5_0, 64)).method()).contains("Q4_K_M");
    assertThat(summary(add(writer, "b", GgmlType.Q5_0, 256)).method()).contains("Q5_0");
  }

  @Test
  void readsThePlaceInASplitSet() throws IOException {
    WeightsSummary summary =
        summary(
            model(GgmlType.Q6_K)
                .put("general.file_type", 15)
                .put("split.no", new GgufValue.Whole(GgufType.UINT16, 1))
                .put("split.count", new GgufValue.Whole(GgufType.UINT16, 3))
                .put("split.tensors.count", new GgufValue.Whole(GgufType.INT32, 291)));

    assertThat(summary.split()).contains(new Split(1, 3, Optional.of(291L)));
    assertThat(summary.method()).contains("Q4_K_M");
  }

  @ParameterizedTest
  @CsvSource({"3, 3", "-1, 3", "0, 0", "0, -5", "0, 4294967296"})
  void ignoresAPlaceThatIsNone(long index, long count) throws IOException {
    assertThat(
            summary(
                    model(GgmlType.F32)
                        .put("split.no", new GgufValue.Whole(GgufType.INT64, index))
                        .put("split.count", new GgufValue.Whole(GgufType.INT64, count)))
                .split())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "llama, model, blk.0.weight, MODEL",
    "clip, model, v.patch_embd.weight, PROJECTOR",
    "llama, mmproj, v.a mm.b a.c, PROJECTOR",
    "llama, adapter, blk.0.weight.lora_a blk.0.weight.lora_b, ADAPTER",
    "llama, imatrix, blk.0.weight.in_sum2 blk.0.weight.counts, IMATRIX",
    "llama, model, blk.0.weight.in_sum2 blk.0.weight.counts, IMATRIX",
    // A claim that the tensors do not bear out changes nothing.
    "llama, mmproj, v.a blk.0.weight, MODEL",
    "llama, adapter, blk.0.weight.lora_a blk.0.weight, MODEL",
    "llama, model, blk.0.weight.lora_a blk.0.weight.lora_b, MODEL",
    "llama, imatrix, blk.0.weight.counts blk.0.weight, MODEL",
    "llama, vocab, blk.0.weight, MODEL"
  })
  void tellsTheRoleByTheTensors(String architecture, String type, String names, Role role)
      throws IOException {
    var writer =
        new GgufWriter().put("general.architecture", architecture).put("general.type", type);
    for (String name : names.split(" ", -1)) {
      add(writer, name, GgmlType.F32, 1);
    }

    assertThat(summary(writer).role()).isEqualTo(role);
  }

  @Test
  void knowsAVocabularyFromAFirstPartWithoutTensors() throws IOException {
    assertThat(summary(model()).role()).isEqualTo(Role.VOCABULARY);
    assertThat(summary(model().put("split.no", 0).put("split.count", 1)).role())
        .isEqualTo(Role.VOCABULARY);

    WeightsSummary first =
        summary(model().put("general.file_type", 15).put("split.no", 0).put("split.count", 2));
    assertThat(first.role()).isEqualTo(Role.MODEL);
    assertThat(first.method()).contains("Q4_K_M");
    assertThat(first.quantized()).isFalse();
  }

  @Test
  void namesTheModelsThatTheFileWasMadeFrom() throws IOException {
    WeightsSummary summary =
        summary(
            model()
                .put("general.source.url", "https://huggingface.co/acme/base-7b/tree/main")
                .put("general.source.repo_url", "https://huggingface.co/acme/base-7b")
                .put("general.source.huggingface.repository", "acme/base-7b-v2")
                .put("general.base_model.count", 4)
                .put("general.base_model.0.repo_url", "https://huggingface.co/Acme_2/b.a-se/")
                .put("general.base_model.1.name", "Base")
                .put("general.base_model.2.repo_url", "https://example.com/acme/base")
                .put("general.base_model.3.repo_url", "http://hf.co/acme/other")
                .put("general.base_model.4.repo_url", "https://huggingface.co/acme/uncounted"));

    assertThat(summary.sourceModels()).containsExactly("acme/base-7b", "acme/base-7b-v2");
    assertThat(summary.baseModels()).containsExactly("Acme_2/b.a-se", "acme/other");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "base-7b",
        "./acme/base-7b",
        "/models/acme/base-7b",
        "models/acme/base-7b",
        "https://huggingface.co/acme",
        "https://huggingface.co/acme/",
        "https://huggingface.co/datasets/acme",
        "https://huggingface.co/acme/base/discussions",
        "https://huggingface.co/../base",
        "https://huggingface.co/acme/..",
        "https://huggingface.co/acme/ba se",
        "https://huggingface.co/acme/ba\nse",
        "https://huggingface.co.example.com/acme/base",
        "https://example.com/https://huggingface.co/acme/base",
        "javascript:https://huggingface.co/acme/base",
      })
  void ignoresASourceThatIsNoModel(String url) throws IOException {
    assertThat(summary(model().put("general.source.url", url)).sourceModels()).isEmpty();
  }

  @Test
  void ignoresValuesOfAnotherType() throws IOException {
    WeightsSummary summary =
        summary(
            model(GgmlType.Q4_K)
                .put("general.type", 1)
                .put("general.file_type", "15")
                .put("general.source.url", 5)
                .put(
                    "general.base_model.count",
                    new GgufValue.Whole(GgufType.UINT64, Long.MAX_VALUE))
                .put("split.count", new GgufValue.Real(GgufType.FLOAT32, 2)));

    assertThat(summary.method()).contains("Q4_K");
    assertThat(summary.role()).isEqualTo(Role.MODEL);
    assertThat(summary.sourceModels()).isEmpty();
    assertThat(summary.baseModels()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BF16", "F16", "IQ4_NL", "IQ4_XS", "Q2_K", "Q3_K_M", "Q4_0", "Q4_1", "Q4_K_M", "Q5_0",
        "Q5_1", "Q5_K_M", "Q6_K", "Q8_0"
      })
  void readsWhatLlamaQuantizeWrites(String method) throws IOException {
    Path file =
        Path.of(
            System.getProperty("weighmaster.root"),
            "../shared/fixtures/gguf/tiny-llama-%s.gguf".formatted(method));
    Assumptions.assumeThat(file).as("a file that llama.cpp has written").exists();
    GgufHeader header = GgufReader.read(new InMemoryByteSource(Files.readAllBytes(file)));
    WeightsSummary summary = header.summary();

    assertThat(summary.role()).isEqualTo(Role.MODEL);
    assertThat(summary.method())
        .isEqualTo(method.contains("F16") ? Optional.empty() : Optional.of(method));
    assertThat(header.trailingBytes()).isZero();
  }
}
