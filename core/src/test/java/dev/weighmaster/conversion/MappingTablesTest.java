package dev.weighmaster.conversion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables as data. */
class MappingTablesTest {
  /** Every table once. */
  static Set<MappingTable> tables() {
    return new HashSet<>(MappingTables.STANDARD.all().values());
  }

  @Test
  void thereIsATableForEachArchitectureOfTheFixtures() {
    assertThat(MappingTables.STANDARD.all())
        .containsKeys(
            "LlamaForCausalLM",
            "MixtralForCausalLM",
            "Qwen2ForCausalLM",
            "Qwen3MoeForCausalLM",
            "Gemma3ForCausalLM",
            "Phi3ForCausalLM",
            "DeepseekV3ForCausalLM",
            "Glm4MoeForCausalLM",
            "GptOssForCausalLM",
            "BertModel",
            "NomicBertModel",
            "GPTNeoXForCausalLM",
            "FalconForCausalLM",
            "GPT2LMHeadModel",
            "InternLM2ForCausalLM",
            "CohereForCausalLM",
            "StableLmForCausalLM",
            "GraniteMoeForCausalLM",
            "NemotronForCausalLM",
            "SmolLM3ForCausalLM");
    assertThat(tables()).hasSize(28);
  }

  @ParameterizedTest
  @MethodSource("tables")
  void aTableSaysWhatItIsForAndWhatConvertersCallIt(MappingTable table) {
    assertThat(table.architectures()).isNotEmpty().doesNotHaveDuplicates();
    assertThat(table.ggufArchitectures()).isNotEmpty();
    assertThat(table.rules()).isNotEmpty();
  }

  /** A place of a source that its name has not would be left as it is, and match nothing. */
  @ParameterizedTest
  @MethodSource("tables")
  void everyPlaceOfASourceIsAPlaceOfTheName(MappingTable table) {
    for (MappingRule rule : table.rules()) {
      for (NamePattern source : rule.sources()) {
        assertThat(source.fill(Map.of("N", "0", "E", "0", "S", "weight")))
            .as(source.template())
            .doesNotContain("{");
        for (String place : List.of("{N}", "{S}")) {
          assertThat(rule.gguf().has(place))
              .as(rule.gguf().template())
              .isEqualTo(source.has(place));
        }
        assertThat(rule.gguf().has("{E}")).isFalse();
      }
    }
  }

  /** Nothing decides between two rules of a name that have the same sources. */
  @ParameterizedTest
  @MethodSource("tables")
  void noRuleIsHiddenByAnEarlierOneOfItsOwnTable(MappingTable table) {
    Set<String> seen = new HashSet<>();
    for (MappingRule rule : MappingTable.read(table.name(), StandardTables::ownLines).rules()) {
      if (rule.computation().isEmpty()) {
        assertThat(seen.add(rule.gguf().template() + rule.sources())).isTrue();
      }
    }
  }

  /** With numbers for all that it asks for, each step of each rule has a value. */
  @ParameterizedTest
  @MethodSource("tables")
  void everyValueIsDefined(MappingTable table) throws UnmappedException {
    ModelConfig config =
        ModelConfig.parse(
                """
                {"num_attention_heads": 4, "n_head": 4, "num_key_value_heads": 2, "num_kv_heads": 2,
                 "num_hidden_layers": 2, "qk_nope_head_dim": 2, "v_head_dim": 2, "pad_token_id": 1}
                """
                    .getBytes(UTF_8))
            .orElseThrow()
            .withTokens(Optional.of(3L));
    Values values = table.values(config);
    for (MappingRule rule : table.rules()) {
      for (Step step : rule.steps()) {
        List<View> views = List.of(View.of(new CountedUnits(List.of(48L, 48L))));
        assertThat(step.apply(views, values)).as(step.text()).isNotEmpty();
      }
    }
    table.drops("model.layers.2.x", values);
  }

  @ParameterizedTest
  @CsvSource({
    "blk.{N}.a, blk.0.a, {N=0}",
    "blk.{N}.a, blk.12.a, {N=12}",
    "blk.{N}.a, blk.01.a, ",
    "blk.{N}.a, blk.-1.a, ",
    "blk.{N}.a, blk.1234567890.a, ",
    "blk.{N}.a, blk.1.b, ",
    "blk.{N}.a, 'blk.1.a ', ",
    "blk.{N}.a.{S}, blk.1.a.bias, '{N=1, S=bias}'",
    "blk.{N}.a.{S}, blk.1.a.scale, ",
    "x.*, x.y.z, {}",
    "x.y, xzy, "
  })
  void namesAreMatchedWhole(String template, String name, String places) {
    assertThat(new NamePattern(template).match(name).map(Object::toString).orElse(null))
        .isEqualTo(places);
  }

  @ParameterizedTest
  @CsvSource({
    "'blk.{N}.a', not a line of a table",
    "'a | b | c | d', not a line of a table",
    "'a | b | turn(3)', no step of this name",
    "'a | = guessed', no computation of this name"
  })
  void aLineThatIsNoneIsRefused(String line, String reason) {
    assertThatThrownBy(() -> MappingTable.read("t", name -> List.of(line)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void twoTablesForOneArchitectureAreRefused() {
    assertThatThrownBy(
            () ->
                MappingTables.read(
                    "list", name -> name.equals("list") ? List.of("a", "b") : List.of("for X")))
        .hasMessage("two tables are for X");
  }

  @Test
  void whatATableIncludesComesAfterItsOwnLines() {
    MappingTable table =
        MappingTable.read(
            "t",
            name ->
                name.equals("t")
                    ? List.of("include u", "H = a", "x | y")
                    : List.of("for Other", "H = b", "x | z", "rename p. > q."));

    assertThat(table.architectures()).isEmpty();
    assertThat(table.rules().get(0).sources().get(0).template()).isEqualTo("y");
    assertThat(table.rules().get(1).sources().get(0).template()).isEqualTo("z");
    assertThat(table.named("p.r")).isEqualTo("q.r");
  }
}
