package dev.weighmaster.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.safetensors.SafetensorsType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the tables make of small repositories, against the same worked out here weight by weight;
 * and that a table which is wrong in one line makes something else of just the tensors of that
 * line.
 */
class ConvertedByHandTest {
  private static final String FOUR_HEADS = "\"num_attention_heads\": 4";
  private static final String FOUR_AND_TWO = FOUR_HEADS + ", \"num_key_value_heads\": 2";

  @TempDir Path folder;

  /** A repository and what a converter makes of it: shapes, the row's length first, and weights. */
  private static final class Case {
    private final String table;
    private final String architecture;
    private final SmallRepository source;
    private final Map<String, String> expected = new LinkedHashMap<>();

    Case(String table, String architecture, String config) {
      this.table = table;
      this.architecture = architecture;
      this.source = new SmallRepository(architecture, config);
    }

    Case has(String name, int... shape) {
      source.with(name, shape);
      return this;
    }

    /** A tensor whose weights, in order, are those of a source at other places. */
    Case gives(String name, List<Integer> shape, String from, IntUnaryOperator place) {
      return gives(name, shape, List.of(from), place);
    }

    /** The same of several sources, one after the other. */
    Case gives(String name, List<Integer> shape, List<String> from, IntUnaryOperator place) {
      int size = shape.stream().reduce(1, (one, other) -> one * other);
      float[] all = new float[size];
      for (int i = 0; i < size; i++) {
        int part = i / (size / from.size());
        all[i] = source.weights(from.get(part))[place.applyAsInt(i % (size / from.size()))];
      }
      return gives(name, shape, all);
    }

    Case gives(String name, List<Integer> shape, float... weights) {
      expected.put(name, shape + " " + Arrays.toString(weights));
      return this;
    }

    float[] plusOne(String name) {
      float[] sums = source.weights(name).clone();
      for (int i = 0; i < sums.length; i++) {
        sums[i] += 1;
      }
      return sums;
    }

    @Override
    public String toString() {
      return table;
    }
  }

  /** Row 2 j + h of a head comes from row j of its half h. */
  private static IntUnaryOperator rope(int rowsOfHead, int columns) {
    return i -> {
      int row = i / columns;
      int head = row / rowsOfHead;
      int within = row % rowsOfHead;
      int from = head * rowsOfHead + within % 2 * (rowsOfHead / 2) + within / 2;
      return from * columns + i % columns;
    };
  }

  private static IntUnaryOperator transposed(int rows, int columns) {
    return i -> i % rows * columns + i / rows;
  }

  static Stream<Case> cases() {
    return Stream.of(
        llama(),
        mixtral(),
        granitemoe(),
        qwen(),
        gemma(),
        gemma2(),
        gemma3(),
        nemotron(),
        phi3(),
        deepseek2(),
        gptOss(),
        gptOssInFloats(),
        roberta(),
        gptneox(),
        falcon(),
        gpt2(),
        internlm2(),
        baichuan(),
        stablelm(),
        olmo(),
        bloom());
  }

  private static Case llama() {
    String q = "model.layers.0.self_attn.q_proj.";
    String k = "model.layers.0.self_attn.k_proj.weight";
    Case llama =
        new Case(
                "llama",
                "LlamaForCausalLM",
                FOUR_AND_TWO
                    + ", \"hidden_size\": 8, \"rope_theta\": 100.0, \"rope_scaling\": {\"rope_type\":"
                    + " \"llama3\", \"factor\": 8.0, \"original_max_position_embeddings\": 1000}")
            .has("model.embed_tokens.weight", 3, 2)
            .has(q + "weight", 16, 2)
            .has(q + "bias", 16)
            .has(k, 8, 2);
    return llama
        .gives("token_embd.weight", List.of(2, 3), "model.embed_tokens.weight", i -> i)
        .gives("output.weight", List.of(2, 3), "model.embed_tokens.weight", i -> i)
        .gives("blk.0.attn_q.weight", List.of(2, 16), q + "weight", rope(4, 2))
        .gives("blk.0.attn_q.bias", List.of(16), q + "bias", rope(4, 1))
        .gives("blk.0.attn_k.weight", List.of(2, 8), k, rope(4, 2))
        // The wavelength of the only pair is 2 pi: far shorter than 1000 / 4.
        .gives("rope_freqs.weight", List.of(1), 1);
  }

  private static Case mixtral() {
    String experts = "model.layers.3.block_sparse_moe.experts.";
    Case mixtral = new Case("llama", "MixtralForCausalLM", FOUR_AND_TWO);
    for (int expert = 0; expert < 3; expert++) {
      mixtral.has(experts + expert + ".w1.weight", 4, 2).has(experts + expert + ".w2.weight", 2, 4);
      mixtral.has(experts + expert + ".w3.weight", 4, 2);
    }
    List<String> gates = new ArrayList<>();
    List<String> ups = new ArrayList<>();
    List<String> downs = new ArrayList<>();
    for (int expert = 0; expert < 3; expert++) {
      gates.add(experts + expert + ".w1.weight");
      downs.add(experts + expert + ".w2.weight");
      ups.add(experts + expert + ".w3.weight");
    }
    return mixtral
        .gives("blk.3.ffn_gate_exps.weight", List.of(2, 4, 3), gates, i -> i)
        .gives("blk.3.ffn_down_exps.weight", List.of(4, 2, 3), downs, i -> i)
        .gives("blk.3.ffn_up_exps.weight", List.of(2, 4, 3), ups, i -> i);
  }

  private static Case granitemoe() {
    String both = "model.layers.0.block_sparse_moe.input_linear.weight";
    Case granite = new Case("granitemoe", "GraniteMoeForCausalLM", FOUR_AND_TWO).has(both, 2, 6, 2);
    return granite
        .gives("blk.0.ffn_gate_exps.weight", List.of(2, 3, 2), both, i -> i / 6 * 12 + i % 6)
        .gives("blk.0.ffn_up_exps.weight", List.of(2, 3, 2), both, i -> i / 6 * 12 + 6 + i % 6);
  }

  private static Case qwen() {
    String q = "model.layers.0.self_attn.q_proj.weight";
    String stacked = "model.layers.0.mlp.experts.gate_up_proj";
    return new Case("qwen", "Qwen3MoeForCausalLM", FOUR_AND_TWO)
        .has(q, 16, 2)
        .has(stacked, 2, 4, 3)
        .gives("blk.0.attn_q.weight", List.of(2, 16), q, i -> i)
        .gives("blk.0.ffn_gate_exps.weight", List.of(3, 2, 2), stacked, i -> i / 6 * 12 + i % 6)
        .gives("blk.0.ffn_up_exps.weight", List.of(3, 2, 2), stacked, i -> i / 6 * 12 + 6 + i % 6);
  }

  private static Case norms(String table, String architecture, String... namesAndSources) {
    Case norms = new Case(table, architecture, FOUR_HEADS);
    for (int i = 0; i < namesAndSources.length; i += 2) {
      norms.has(namesAndSources[i + 1], 4);
      norms.gives(namesAndSources[i], List.of(4), norms.plusOne(namesAndSources[i + 1]));
    }
    return norms;
  }

  private static Case gemma() {
    return norms(
        "gemma",
        "GemmaForCausalLM",
        "output_norm.weight",
        "model.norm.weight",
        "blk.1.attn_norm.weight",
        "model.layers.1.input_layernorm.weight",
        "blk.1.ffn_norm.weight",
        "model.layers.1.post_attention_layernorm.weight");
  }

  private static Case gemma2() {
    return norms(
        "gemma2",
        "Gemma2ForCausalLM",
        "output_norm.weight",
        "model.norm.weight",
        "blk.1.attn_norm.weight",
        "model.layers.1.input_layernorm.weight",
        "blk.1.post_attention_norm.weight",
        "model.layers.1.post_attention_layernorm.weight",
        "blk.1.ffn_norm.weight",
        "model.layers.1.pre_feedforward_layernorm.weight",
        "blk.1.post_ffw_norm.weight",
        "model.layers.1.post_feedforward_layernorm.weight");
  }

  /** With a tokenizer of four tokens. */
  private static Case gemma3() {
    String embedding = "language_model.model.embed_tokens.weight";
    Case gemma3 =
        norms(
            "gemma3",
            "Gemma3ForConditionalGeneration",
            "blk.1.attn_q_norm.weight",
            "language_model.model.layers.1.self_attn.q_norm.weight",
            "blk.1.attn_k_norm.weight",
            "language_model.model.layers.1.self_attn.k_norm.weight");
    return gemma3.has(embedding, 6, 2).gives("token_embd.weight", List.of(2, 4), embedding, i -> i);
  }

  private static Case nemotron() {
    String bias = "model.layers.1.input_layernorm.bias";
    return norms(
            "nemotron",
            "NemotronForCausalLM",
            "output_norm.weight",
            "model.norm.weight",
            "blk.1.attn_norm.weight",
            "model.layers.1.input_layernorm.weight",
            "blk.1.ffn_norm.weight",
            "model.layers.1.post_attention_layernorm.weight")
        .has(bias, 4)
        .gives("blk.1.attn_norm.bias", List.of(4), bias, i -> i);
  }

  private static Case phi3() {
    return new Case(
            "phi3",
            "Phi3ForCausalLM",
            "\"rope_scaling\": {\"long_factor\": [1.5, 2], \"short_factor\": [1, 1.25]}")
        .has("model.layers.0.self_attn.qkv_proj.weight", 6, 2)
        .gives("rope_factors_long.weight", List.of(2), 1.5f, 2)
        .gives("rope_factors_short.weight", List.of(2), 1, 1.25f)
        .gives(
            "blk.0.attn_qkv.weight",
            List.of(2, 6),
            "model.layers.0.self_attn.qkv_proj.weight",
            i -> i);
  }

  /** Two heads, of three rows of K and two of V. */
  private static Case deepseek2() {
    String both = "model.layers.0.self_attn.kv_b_proj.weight";
    return new Case(
            "deepseek2",
            "DeepseekV3ForCausalLM",
            "\"num_key_value_heads\": 2, \"qk_nope_head_dim\": 3, \"v_head_dim\": 2")
        .has(both, 10, 4)
        .gives("blk.0.attn_kv_b.weight", List.of(4, 10), both, i -> i)
        .gives(
            "blk.0.attn_k_b.weight",
            List.of(3, 4, 2),
            both,
            i -> i / 12 * 20 + i % 3 * 4 + i % 12 / 3)
        .gives("blk.0.attn_v_b.weight", List.of(4, 2, 2), both, i -> i / 8 * 20 + 12 + i % 8);
  }

  /** Codes of MXFP4: byte j has weights 2 j and 2 j + 1. */
  private static Case gptOss() {
    Case oss = new Case("gpt-oss", "GptOssForCausalLM", FOUR_AND_TWO);
    String experts = "model.layers.0.mlp.experts.";
    float[] values = {0, .5f, 1, 1.5f, 2, 3, 4, 6, 0, -.5f, -1, -1.5f, -2, -3, -4, -6};
    byte[] codes = new byte[2 * 4 * 16];
    byte[] scales = new byte[2 * 4];
    float[] gate = new float[2 * 2 * 32];
    float[] up = new float[2 * 2 * 32];
    for (int row = 0; row < 8; row++) {
      scales[row] = (byte) (120 + row);
      for (int i = 0; i < 32; i++) {
        int code = (row * 5 + i * 7 + i / 3) % 16;
        codes[row * 16 + i / 2] |= (byte) (code << (i % 2 * 4));
        float[] to = row % 2 == 0 ? gate : up;
        to[row / 2 * 32 + i] = values[code] * (float) Math.pow(2, row - 7);
      }
    }
    oss.source
        .with(experts + "gate_up_proj_blocks", SafetensorsType.U8, codes, 2, 4, 1, 16)
        .with(experts + "gate_up_proj_scales", SafetensorsType.U8, scales, 2, 4, 1);
    return oss.has(experts + "gate_up_proj_bias", 2, 6)
        .gives("blk.0.ffn_gate_exps.weight", List.of(32, 2, 2), gate)
        .gives("blk.0.ffn_up_exps.weight", List.of(32, 2, 2), up)
        .gives(
            "blk.0.ffn_gate_exps.bias",
            List.of(3, 2),
            experts + "gate_up_proj_bias",
            i -> i / 3 * 6 + i % 3 * 2)
        .gives(
            "blk.0.ffn_up_exps.bias",
            List.of(3, 2),
            experts + "gate_up_proj_bias",
            i -> i / 3 * 6 + i % 3 * 2 + 1);
  }

  private static Case gptOssInFloats() {
    String both = "model.layers.0.mlp.experts.gate_up_proj";
    String down = "model.layers.0.mlp.experts.down_proj";
    return new Case("gpt-oss", "GptOssForCausalLM", FOUR_AND_TWO)
        .has(both, 2, 3, 4)
        .has(down, 2, 2, 3)
        .gives(
            "blk.0.ffn_gate_exps.weight",
            List.of(3, 2, 2),
            both,
            i -> i / 6 * 12 + i % 3 * 4 + i % 6 / 3 * 2)
        .gives(
            "blk.0.ffn_up_exps.weight",
            List.of(3, 2, 2),
            both,
            i -> i / 6 * 12 + i % 3 * 4 + i % 6 / 3 * 2 + 1)
        .gives(
            "blk.0.ffn_down_exps.weight",
            List.of(2, 3, 2),
            down,
            i -> i / 6 * 6 + transposed(2, 3).applyAsInt(i % 6));
  }

  private static Case roberta() {
    String positions = "roberta.embeddings.position_embeddings.weight";
    return new Case("roberta", "XLMRobertaModel", "\"pad_token_id\": 1")
        .has(positions, 6, 2)
        .gives("position_embd.weight", List.of(2, 4), positions, i -> 4 + i);
  }

  /** Two heads of two rows: Q, K and V of the one, then of the other. */
  private static IntUnaryOperator regrouped(int columns) {
    return i -> {
      int row = i / columns;
      int kind = row / 4;
      int head = row % 4 / 2;
      return (head * 6 + kind * 2 + row % 2) * columns + i % columns;
    };
  }

  private static Case gptneox() {
    String all = "gpt_neox.layers.0.attention.query_key_value.";
    return new Case("gptneox", "GPTNeoXForCausalLM", "\"num_attention_heads\": 2")
        .has(all + "weight", 12, 3)
        .has(all + "bias", 12)
        .gives("blk.0.attn_qkv.weight", List.of(3, 12), all + "weight", regrouped(3))
        .gives("blk.0.attn_qkv.bias", List.of(12), all + "bias", regrouped(1));
  }

  private static Case bloom() {
    String all = "transformer.h.0.self_attention.query_key_value.weight";
    String embedding = "transformer.word_embeddings.weight";
    return new Case("bloom", "BloomForCausalLM", "\"n_head\": 2")
        .has(all, 12, 3)
        .has(embedding, 2, 2)
        .gives("blk.0.attn_qkv.weight", List.of(3, 12), all, regrouped(3))
        .gives("output.weight", List.of(2, 2), embedding, i -> i);
  }

  /** Two groups of two heads of Q, one of K and one of V, of one row each. */
  private static Case falcon() {
    String all = "transformer.h.0.self_attention.query_key_value.weight";
    int[] rows = {0, 1, 4, 5, 2, 6, 3, 7};
    return new Case("falcon", "FalconForCausalLM", FOUR_HEADS + ", \"num_kv_heads\": 2")
        .has(all, 8, 3)
        .has("transformer.h.0.ln_attn.weight", 3)
        .has("transformer.h.0.ln_mlp.weight", 3)
        .gives("blk.0.attn_qkv.weight", List.of(3, 8), all, i -> rows[i / 3] * 3 + i % 3)
        .gives("blk.0.attn_norm.weight", List.of(3), "transformer.h.0.ln_mlp.weight", i -> i)
        .gives("blk.0.attn_norm_2.weight", List.of(3), "transformer.h.0.ln_attn.weight", i -> i);
  }

  private static Case gpt2() {
    return new Case("gpt2", "GPT2LMHeadModel", "")
        .has("transformer.h.0.attn.c_attn.weight", 2, 6)
        .has("transformer.h.0.attn.c_proj.weight", 2, 2)
        .has("h.0.mlp.c_fc.weight", 2, 4)
        .has("h.0.mlp.c_proj.weight", 4, 2)
        .gives(
            "blk.0.attn_qkv.weight",
            List.of(2, 6),
            "transformer.h.0.attn.c_attn.weight",
            transposed(2, 6))
        .gives(
            "blk.0.attn_output.weight",
            List.of(2, 2),
            "transformer.h.0.attn.c_proj.weight",
            transposed(2, 2))
        .gives("blk.0.ffn_up.weight", List.of(2, 4), "h.0.mlp.c_fc.weight", transposed(2, 4))
        .gives("blk.0.ffn_down.weight", List.of(4, 2), "h.0.mlp.c_proj.weight", transposed(4, 2));
  }

  /** Two groups of two heads of Q, one of K and one of V, of four rows each. */
  private static Case internlm2() {
    String all = "model.layers.0.attention.wqkv.weight";
    return new Case("internlm2", "InternLM2ForCausalLM", FOUR_AND_TWO)
        .has(all, 32, 2)
        .gives(
            "blk.0.attn_q.weight",
            List.of(2, 16),
            all,
            i -> i / 16 * 32 + rope(4, 2).applyAsInt(i % 16))
        .gives(
            "blk.0.attn_k.weight",
            List.of(2, 8),
            all,
            i -> i / 8 * 32 + 16 + rope(4, 2).applyAsInt(i % 8))
        .gives("blk.0.attn_v.weight", List.of(2, 8), all, i -> i / 8 * 32 + 24 + i % 8);
  }

  private static Case baichuan() {
    String all = "model.layers.0.self_attn.W_pack.weight";
    return new Case("baichuan", "BaichuanForCausalLM", "\"num_attention_heads\": 2")
        .has(all, 24, 2)
        .gives("blk.0.attn_q.weight", List.of(2, 8), all, rope(4, 2))
        .gives("blk.0.attn_k.weight", List.of(2, 8), all, i -> 16 + rope(4, 2).applyAsInt(i))
        .gives("blk.0.attn_v.weight", List.of(2, 8), all, i -> 32 + i);
  }

  private static Case stablelm() {
    String norms = "model.layers.0.self_attn.q_layernorm.norms.";
    return new Case("stablelm", "StableLmForCausalLM", FOUR_AND_TWO)
        .has(norms + "1.weight", 3)
        .has(norms + "0.weight", 3)
        .gives(
            "blk.0.attn_q_norm.weight",
            List.of(3, 2),
            List.of(norms + "0.weight", norms + "1.weight"),
            i -> i);
  }

  private static Case olmo() {
    String q = "model.layers.0.self_attn.q_proj.weight";
    String k = "model.layers.0.self_attn.k_proj.weight";
    return new Case("olmo", "OlmoForCausalLM", FOUR_AND_TWO)
        .has(q, 16, 2)
        .has(k, 8, 2)
        .gives("blk.0.attn_q.weight", List.of(2, 16), q, rope(4, 2))
        .gives("blk.0.attn_k.weight", List.of(2, 8), k, rope(4, 2));
  }

  private void write(Case made) throws IOException {
    made.source.write(folder);
    Files.writeString(
        folder.resolve("tokenizer.json"),
        "{\"added_tokens\": [{\"id\": 3}], \"model\": {\"vocab\": {\"a\": 0, \"b\": 1, \"c\": 2}}}");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theTableMakesWhatAConverterMakes(Case made) throws IOException {
    write(made);
    SafetensorsSource source = SmallRepository.open(folder, MappingTables.STANDARD);

    for (Map.Entry<String, String> each : made.expected.entrySet()) {
      assertThat(SmallRepository.found(source, each.getKey()))
          .as(each.getKey())
          .isEqualTo(each.getValue());
    }
  }

  @Test
  void everyTableWithStepsIsTried() {
    assertThat(cases().map(made -> made.table).distinct())
        .containsAll(
            StandardTables.lines("tables.txt").stream()
                .filter(
                    table ->
                        MappingTable.read(table, StandardTables::ownLines).rules().stream()
                            .anyMatch(rule -> !rule.steps().stream().allMatch(Step::ties)))
                .toList());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aTableWithoutAStepExplainsNoneOfTheTensorsThatNeedIt(Case made) throws IOException {
    write(made);
    MappingTable table = MappingTables.STANDARD.of(made.architecture).orElseThrow();
    for (MappingRule rule : table.rules()) {
      if (rule.steps().stream().allMatch(Step::ties)) {
        continue;
      }
      String line = StandardTables.line(made.table, rule);
      SafetensorsSource right = SmallRepository.open(folder, MappingTables.STANDARD);
      SafetensorsSource wrong =
          SmallRepository.open(
              folder, StandardTables.with(line, line.substring(0, line.lastIndexOf('|'))));
      for (Map.Entry<String, String> each : made.expected.entrySet()) {
        String found = SmallRepository.found(wrong, each.getKey());
        if (right
            .rule(each.getKey())
            .map(MappingRule::gguf)
            .filter(rule.gguf()::equals)
            .isPresent()) {
          assertThat(found).as(line).isNotEqualTo(each.getValue());
        } else {
          assertThat(found).as(line).isEqualTo(each.getValue());
        }
      }
    }
  }
}
