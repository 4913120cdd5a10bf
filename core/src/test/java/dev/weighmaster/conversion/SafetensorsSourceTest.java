package dev.weighmaster.conversion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufType;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.SourceModel.Missing;
import dev.weighmaster.tensor.UnreadableModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsSourceTest {
  private static final String Q = "model.layers.0.self_attn.q_proj.weight";

  @TempDir Path folder;

  private SafetensorsSource open(SmallRepository repository) throws IOException {
    repository.write(folder);
    return SmallRepository.open(folder, MappingTables.STANDARD);
  }

  /** The names that a GGUF with these tensors should have, with the reasons. */
  private List<String> missing(SafetensorsSource source, String... names) throws IOException {
    GgufWriter gguf = new GgufWriter();
    for (String name : names) {
      gguf.tensor(name, GgmlType.F32, List.of(1L), new byte[4]);
    }
    Files.write(folder.resolve("q.gguf"), gguf.toByteArray());
    return source.missing(ModelTensors.open(new LocalStorage(folder), "q.gguf")).stream()
        .map(SafetensorsSourceTest::text)
        .toList();
  }

  private static String text(Missing missing) {
    return "%s %s %s: %s".formatted(missing.name(), missing.type(), missing.shape(), missing.why());
  }

  @ParameterizedTest
  @CsvSource({
    "'\"num_attention_heads\": 0', would be 0 parts",
    "'\"num_attention_heads\": 3', would be 3 parts",
    "'\"num_attention_heads\": 1000000000', would be 1000000000 parts",
    "'\"num_attention_heads\": 9223372036854775807', num_attention_heads would be 9223372036854775807",
    "'\"num_attention_heads\": 18446744073709551616', is not a whole number",
    "'\"num_attention_heads\": -4', num_attention_heads would be -4",
    "'\"num_attention_heads\": 1e400', is not a whole number",
    "'\"num_attention_heads\": \"4\"', is not a whole number",
    "'\"num_attention_heads\": [4]', is not a whole number",
    "'\"num_attention_heads\": {}', is not a whole number",
    "'\"num_attention_heads\": NaN', is not a whole number",
    "'\"num_attention_heads\": null', has no num_attention_heads",
    "'\"num_hidden_layers\": 1000000000', has no num_attention_heads",
    "'\"text_config\": 7', has no num_attention_heads"
  })
  void aHostileConfigurationLeavesATensorUncomparedWithTheReason(String fields, String reason)
      throws IOException {
    SafetensorsSource source =
        open(
            new SmallRepository("LlamaForCausalLM", fields)
                .with(Q, 8, 2)
                .with("model.norm.weight", 2));

    assertThat(SmallRepository.found(source, "blk.0.attn_q.weight")).contains(reason);
    assertThat(SmallRepository.found(source, "output_norm.weight")).isEqualTo("[2] [17.0, 18.0]");
    assertThat(missing(source, "blk.0.attn_q.weight", "output_norm.weight")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    ", the source has no config.json",
    "'', the source's config.json is not a JSON object of at most 4 MiB",
    "null, the source's config.json is not a JSON object of at most 4 MiB",
    "[], the source's config.json is not a JSON object of at most 4 MiB",
    "'{\"architectures\": [\"LlamaForCausalLM\"]', the source's config.json is not a JSON object of at most 4 MiB",
    "'{\"architectures\": \"LlamaForCausalLM\"}', the source's config.json names no architecture",
    "'{\"architectures\": []}', the source's config.json names no architecture",
    "'{\"architectures\": [7]}', the source's config.json names no architecture"
  })
  void withoutAConfigurationTensorsAreComparedByTheirNamesAlone(String config, String why)
      throws IOException {
    new SmallRepository("", "").with("same", 2).with("other", 3).write(folder);
    if (config == null) {
      Files.delete(folder.resolve("config.json"));
    } else {
      Files.writeString(folder.resolve("config.json"), config);
    }
    SafetensorsSource source = SmallRepository.open(folder, MappingTables.STANDARD);

    assertThat(SmallRepository.found(source, "other")).isEqualTo(why);
    assertThat(SmallRepository.found(source, "blk.0.attn_q.weight")).isEqualTo(why);
    assertThat(missing(source, "same")).hasSize(1);
  }

  @Test
  void aConfigurationThatBeginsWithAByteOrderMarkIsRead() throws IOException {
    new SmallRepository("", "").with("model.norm.weight", 2).write(folder);
    Files.writeString(
        folder.resolve("config.json"), "\uFEFF{\"architectures\": [\"LlamaForCausalLM\"]}");

    assertThat(
            SmallRepository.found(
                SmallRepository.open(folder, MappingTables.STANDARD), "output_norm.weight"))
        .isEqualTo("[2] [1.0, 2.0]");
  }

  @ParameterizedTest
  @CsvSource({
    "outside, it is a link that leads outside the hub",
    "none, it is a link that leads nowhere"
  })
  void aConfigurationThatCanNotBeReadIsNotTakenForAbsent(String target, String why)
      throws IOException {
    Path hub = Files.createDirectories(folder.resolve("hub"));
    Files.writeString(folder.resolve("outside"), "{}");
    new SmallRepository("", "").with("same", 2).write(hub);
    Files.delete(hub.resolve("config.json"));
    Files.createSymbolicLink(hub.resolve("config.json"), folder.resolve(target));

    assertThatThrownBy(() -> SmallRepository.open(hub, MappingTables.STANDARD))
        .isInstanceOf(UnreadableModelException.class)
        .hasMessage("config.json: " + why);
  }

  /** Where shards lie in a folder of their own. */
  @Test
  void theConfigurationIsTheOneBesideTheIndex() throws IOException {
    Path shards = Files.createDirectories(folder.resolve("shards"));
    new SmallRepository("UnheardOf", "").with("model.norm.weight", 2).write(shards);
    Files.writeString(folder.resolve("config.json"), "{\"architectures\": [\"LlamaForCausalLM\"]}");
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"model.norm.weight\": \"shards/model.safetensors\"}}");
    LocalStorage storage = new LocalStorage(folder);

    SafetensorsSource source =
        SafetensorsSource.open(storage, ModelTensors.open(storage, "model.safetensors.index.json"));

    assertThat(SmallRepository.found(source, "output_norm.weight")).isEqualTo("[2] [1.0, 2.0]");
  }

  @Test
  void withoutATableOrARuleTensorsOfOneNameAndShapeAreCompared() throws IOException {
    for (String architecture : List.of("UnheardOf", "LlamaForCausalLM")) {
      SafetensorsSource source = open(new SmallRepository(architecture, "").with("same", 1));

      assertThat(SmallRepository.found(source, "same")).isEqualTo("[1] [1.0]");
      assertThat(SmallRepository.found(source, "other"))
          .isEqualTo(
              architecture.equals("UnheardOf")
                  ? "there is no table of tensors for UnheardOf"
                  : "the table llama has no rule for it");
    }
  }

  @Test
  void whatARuleNeedsAndTheSourceHasNotIsNamed() throws IOException {
    SafetensorsSource source = open(new SmallRepository("LlamaForCausalLM", ""));

    assertThat(SmallRepository.found(source, "blk.7.attn_q.bias"))
        .isEqualTo("the source has no model.layers.7.self_attn.q_proj.bias");
    assertThat(SmallRepository.found(source, "rope_freqs.weight"))
        .isEqualTo("by the source's config.json there is no such tensor");
  }

  /** Rows of V that a quantization leaves out, and tensors that no converter keeps. */
  @Test
  void whatTheQuantizationHasNotOrOnlyInPartIsNamed() throws IOException {
    SafetensorsSource source =
        open(
            new SmallRepository("BaichuanForCausalLM", "\"num_attention_heads\": 1")
                .with("model.layers.0.self_attn.W_pack.weight", 6, 2)
                .with("model.layers.0.self_attn.rotary_emb.inv_freq", 1)
                .with("model.norm.weight", 2));

    assertThat(missing(source, "blk.0.attn_q.weight", "blk.0.attn_k.weight"))
        .containsExactly(
            "model.layers.0.self_attn.W_pack.weight F32 [2, 6]: only a part of it is in the"
                + " quantization",
            "model.norm.weight F32 [2]: it is in the source, and not in the quantization");
    assertThat(
            missing(
                source,
                "blk.0.attn_q.weight",
                "blk.0.attn_k.weight",
                "blk.0.attn_v.weight",
                "output_norm.weight"))
        .isEmpty();
  }

  @Test
  void aTensorByTheSourcesOwnNameTakesThePlaceOfNoOther() throws IOException {
    SafetensorsSource source =
        open(
            new SmallRepository("LlamaForCausalLM", "")
                .with("lm_head.weight", 2)
                .with("model.norm.weight", 2));

    assertThat(missing(source, "lm_head.weight", "output_norm.weight"))
        .containsExactly(
            "lm_head.weight F32 [2]: the quantization has it by the source's own name, and not as a"
                + " converter writes it");
    assertThat(missing(source, "output.weight", "output_norm.weight")).isEmpty();
  }

  @Test
  void aCopyOfTheEmbeddingTakesNotItsPlace() throws IOException {
    SafetensorsSource source =
        open(new SmallRepository("LlamaForCausalLM", "").with("model.embed_tokens.weight", 3, 2));

    assertThat(missing(source, "output.weight"))
        .containsExactly(
            "model.embed_tokens.weight F32 [2, 3]: it is in the source, and not in the"
                + " quantization");
    assertThat(missing(source, "output.weight", "token_embd.weight")).isEmpty();
    assertThat(missing(source, "token_embd.weight")).isEmpty();
  }

  @Test
  void whatIsComputedAndNotThereIsNamed() throws IOException {
    SafetensorsSource source =
        open(
            new SmallRepository(
                "LlamaForCausalLM",
                "\"head_dim\": 4, \"rope_scaling\": {\"rope_type\": \"llama3\"}"));

    assertThat(missing(source))
        .containsExactly(
            "rope_freqs.weight F32 [2]: it is computed from the source's config.json, and not in"
                + " the quantization");
    assertThat(missing(source, "rope_freqs.weight")).isEmpty();
  }

  /** Powers that a library rounds otherwise, in the seven dimensions where that shows. */
  @Test
  void factorsAreThoseOfAnyLibraryThatRoundsPowersWell() throws Exception {
    ModelConfig llama =
        ModelConfig.parse(
                """
                {"head_dim": 128, "rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3",
                 "factor": 8.0, "original_max_position_embeddings": 8192}}
                """
                    .getBytes(UTF_8))
            .orElseThrow();

    List<float[]> vectors = Llama3Factors.vectors(llama);

    assertThat(vectors).hasSizeBetween(2, 2187).doesNotHaveDuplicates();
    for (float[] vector : vectors) {
      for (int i = 0; i < 64; i++) {
        assertThat(vector[i]).isCloseTo(vectors.get(0)[i], within(1e-5f));
      }
    }
    assertThat(vectors.get(0)[0]).isEqualTo(1);
    assertThat(vectors.get(0)[63]).isEqualTo(8);
  }

  /** DeepSeek's layers that predict further tokens, and none before them. */
  @Test
  void layersBeyondTheModelsOwnAreLeftOut() throws IOException {
    SafetensorsSource source =
        open(
            new SmallRepository("DeepseekV3ForCausalLM", "\"num_hidden_layers\": 2")
                .with("model.layers.1.mlp.gate_proj.weight", 2, 2)
                .with("model.layers.2.mlp.gate_proj.weight", 2, 2));

    assertThat(missing(source))
        .containsExactly(
            "model.layers.1.mlp.gate_proj.weight F32 [2, 2]: it is in the source, and not in the"
                + " quantization");
  }

  @ParameterizedTest
  @CsvSource({
    "'2,2;2,3', its experts are not of one shape in the source",
    "'2,2;4', its experts are not of one shape in the source",
    "'0,2;0,2', its source has no weights"
  })
  void expertsThatDoNotStackAreNotCompared(String shapes, String reason) throws IOException {
    SmallRepository repository = new SmallRepository("Qwen3MoeForCausalLM", "");
    int expert = 0;
    for (String shape : List.of(shapes.split(";", -1))) {
      int[] lengths = List.of(shape.split(",", -1)).stream().mapToInt(Integer::parseInt).toArray();
      repository.with("model.layers.0.mlp.experts.%d.up_proj.weight".formatted(expert++), lengths);
    }

    assertThat(SmallRepository.found(open(repository), "blk.0.ffn_up_exps.weight"))
        .isEqualTo(reason);
  }

  @Test
  void anExpertThatIsMissingLeavesTheOthersAfterItUnused() throws IOException {
    SafetensorsSource source =
        open(
            new SmallRepository("Qwen3MoeForCausalLM", "")
                .with("model.layers.0.mlp.experts.0.up_proj.weight", 1, 2)
                .with("model.layers.0.mlp.experts.2.up_proj.weight", 1, 2));

    assertThat(SmallRepository.found(source, "blk.0.ffn_up_exps.weight"))
        .isEqualTo("[2, 1, 1] [1.0, 2.0]");
    assertThat(missing(source, "blk.0.ffn_up_exps.weight"))
        .containsExactly(
            "model.layers.0.mlp.experts.2.up_proj.weight F32 [2, 1]: it is in the source, and not"
                + " in the quantization");
  }

  @Test
  void moreExpertsThanAnyModelHasAreNotStacked() throws IOException {
    SmallRepository repository = new SmallRepository("Qwen3MoeForCausalLM", "");
    for (int expert = 0; expert <= TensorMapping.MOST_EXPERTS; expert++) {
      repository.with("model.layers.0.mlp.experts.%d.up_proj.weight".formatted(expert), 1, 1);
    }

    assertThat(SmallRepository.found(open(repository), "blk.0.ffn_up_exps.weight"))
        .isEqualTo("the source has more than 4096 experts");
  }

  /** As embedding models are stored. */
  @Test
  void aModelWithoutAHeadHasShorterNames() throws IOException {
    SafetensorsSource source =
        open(
            new SmallRepository("Qwen3Model", "")
                .with("layers.1.self_attn.q_norm.weight", 2)
                .with("norm.weight", 1));

    assertThat(SmallRepository.found(source, "blk.1.attn_q_norm.weight"))
        .isEqualTo("[2] [1.0, 2.0]");
    assertThat(SmallRepository.found(source, "output_norm.weight")).isEqualTo("[1] [3.0]");
  }

  @Test
  void typesThatNoConverterReadsAreNotCompared() throws IOException {
    SafetensorsSource source =
        open(
            new SmallRepository("LlamaForCausalLM", "")
                .with("model.norm.weight", SafetensorsType.I64, new byte[16], 2));

    assertThat(SmallRepository.found(source, "output_norm.weight"))
        .isEqualTo("how a converter reads I64 of the source's is not known");
  }

  @Test
  void codesAndScalesThatDoNotBelongTogetherAreNotCompared() throws IOException {
    String down = "model.layers.0.mlp.experts.down_proj";
    SafetensorsSource source =
        open(
            new SmallRepository("GptOssForCausalLM", "")
                .with(down + "_blocks", SafetensorsType.U8, new byte[32], 1, 2, 1, 16)
                .with(down + "_scales", SafetensorsType.U8, new byte[3], 1, 3, 1));

    assertThat(SmallRepository.found(source, "blk.0.ffn_down_exps.weight"))
        .isEqualTo("its codes and its scales do not belong together");
  }

  /** Two tensors that would have one name: the one whose own name it is counts. */
  @Test
  void aTensorsOwnNameGoesBeforeARenamedOne() throws IOException {
    SafetensorsSource source =
        open(
            new SmallRepository("Qwen2ForCausalLM", "")
                .with("language_model.model.norm.weight", 1)
                .with("model.norm.weight", 1));

    assertThat(SmallRepository.found(source, "output_norm.weight")).isEqualTo("[1] [2.0]");
    assertThat(missing(source, "output_norm.weight"))
        .containsExactly(
            "language_model.model.norm.weight F32 [1]: it is in the source, and not in the"
                + " quantization");
  }

  @Test
  void oneIsAddedInTheArithmeticOfTheSource() throws IOException {
    // 0.0009765625 + 1 lies between two halves; bfloat16 is made a float first.
    byte[] half = {0, 0x14, 0, 0x10};
    byte[] bfloat16 = {(byte) 0x80, 0x3A, 0, 0x3A};
    for (SafetensorsType type : List.of(SafetensorsType.F16, SafetensorsType.BF16)) {
      SafetensorsSource source =
          open(
              new SmallRepository("GemmaForCausalLM", "")
                  .with(
                      "model.norm.weight", type, type == SafetensorsType.F16 ? half : bfloat16, 2));

      assertThat(SmallRepository.found(source, "output_norm.weight"))
          .isEqualTo(
              type == SafetensorsType.F16 ? "[2] [1.0009766, 1.0]" : "[2] [1.0009766, 1.0004883]");
    }
  }

  /** What a converter would have written, beside a GGUF of the same keys. */
  private Map<String, String> written(String fields, String... files) throws IOException {
    new SmallRepository("LlamaForCausalLM", fields).with("w", 1).write(folder);
    for (int i = 0; i < files.length; i += 2) {
      Files.writeString(folder.resolve(files[i]), files[i + 1]);
    }
    GgufWriter gguf =
        new GgufWriter()
            .put("general.architecture", "llama")
            .put("llama.block_count", 1)
            .put("llama.rope.freq_base", new GgufValue.Real(GgufType.FLOAT32, 1));
    Files.write(folder.resolve("q.gguf"), gguf.toByteArray());
    Map<String, String> texts = new TreeMap<>();
    SmallRepository.open(folder, MappingTables.STANDARD)
        .written(ModelTensors.open(new LocalStorage(folder), "q.gguf"))
        .forEach((key, value) -> texts.put(key, value.map(GgufValue::display).orElse("none")));
    return texts;
  }

  @Test
  void hyperparametersAndTheTemplateAreThoseOfTheRepository() throws IOException {
    assertThat(written("\"num_hidden_layers\": 7, \"rope_theta\": 5e5, \"hidden_size\": 3"))
        .containsExactly(
            entry("general.architecture", "llama"),
            entry("llama.block_count", "7"),
            entry("llama.rope.freq_base", "500000.0"));
    assertThat(written("\"num_hidden_layers\": \"7\", \"rope_theta\": null"))
        .containsOnlyKeys("general.architecture");
  }

  @Test
  void theTemplateIsTheOneThatAConverterTakes() throws IOException {
    String key = "tokenizer.chat_template";
    assertThat(written("", "chat_template.json", "{\"chat_template\": \"json\"}"))
        .containsEntry(key, "json");
    assertThat(written("", "chat_template.jinja", "a\r\nb\rc")).containsEntry(key, "a\nb\nc");
    assertThat(written("", "tokenizer_config.json", "{\"chat_template\": \"own\"}"))
        .containsEntry(key, "own");
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"model\": {\"vocab\": {\"a\": {\"b\": 1}, \"c\": 2}}, \"added_tokens\": [[1], 2]}', 4",
    "'{\"model\": {\"vocab\": [[\"a\", 1], [\"b\", 2], [\"c\", 3]]}}', 3",
    "'{\"model\": 3, \"added_tokens\": 4}', 0",
    "'{\"x\": {\"model\": {\"vocab\": [1]}}}', 0",
    "'[]', ",
    "'{\"model\": ', "
  })
  void theTokensOfATokenizerAreCounted(String json, Long count) throws Exception {
    Files.writeString(folder.resolve("tokenizer.json"), json);

    assertThat(TokenCount.in(new LocalStorage(folder), "", config()).orElse(null)).isEqualTo(count);
  }

  private static ModelConfig config() {
    return ModelConfig.parse("{}".getBytes(UTF_8)).orElseThrow();
  }

  /** Field 1 twice, others between, and a message that ends early. */
  @Test
  void thePiecesOfATokenizerAreCounted() throws Exception {
    byte[] message = {0x0A, 2, 9, 9, 0x10, (byte) 0x80, 1, 0x0A, 0, 0x1A, 1, 7, 0x25, 1, 2, 3, 4};
    LocalStorage storage = new LocalStorage(folder);
    Files.write(folder.resolve("tokenizer.model"), message);
    assertThat(TokenCount.in(storage, "", config())).contains(2L);

    for (byte[] malformed : new byte[][] {{0x0A}, {0x0A, 3, 1}, {0x0B}, {(byte) 0x80}}) {
      Files.write(folder.resolve("tokenizer.model"), malformed);
      assertThat(TokenCount.in(storage, "", config())).isEmpty();
    }
  }
}
