package dev.weighmaster.conversion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StepTest {
  private static final String CONFIG =
      """
      {"heads": 2, "groups": 2, "zero": 0, "huge": 4000000000, "text": "4", "half": 2.5,
       "less": -1, "list": [4], "odd": 3}""";

  private static final Map<String, String> VALUES =
      Map.of(
          "H", "heads",
          "K", "kv_heads or H",
          "Z", "zero",
          "G", "huge",
          "T", "text",
          "F", "half",
          "M", "less",
          "L", "list",
          "O", "odd");

  private static Values values() {
    return new Values(VALUES, ModelConfig.parse(CONFIG.getBytes(UTF_8)).orElseThrow());
  }

  /** Shape and weights of what steps make of the numbers from 0. */
  private static String arranged(String shape, String steps) throws UnmappedException, IOException {
    List<Long> lengths =
        Arrays.stream(shape.split("x", -1)).map(Long::valueOf).collect(Collectors.toList());
    List<View> views = List.of(View.of(new CountedUnits(lengths)));
    for (String step : List.of(steps.split(" > ", -1))) {
      views = Step.parse(step).apply(views, values());
    }
    List<String> all = new ArrayList<>();
    for (View view : views) {
      String made = view.lengths().stream().map(String::valueOf).collect(Collectors.joining("x"));
      all.add(made + ": " + CountedUnits.read(view));
    }
    return String.join(" | ", all);
  }

  @ParameterizedTest
  @CsvSource({
    "8, rope(H), 8: 0 2 1 3 4 6 5 7",
    "8, rope(1), 8: 0 4 1 5 2 6 3 7",
    "4x2, rope(1), 4x2: 0 1 4 5 2 3 6 7",
    "2x4x1, rope(1), 2x4x1: 0 2 1 3 4 6 5 7",
    "6, 'select(1, 3, 1, 1)', 2: 2 3",
    "3x2, transpose, 2x3: 0 2 4 1 3 5",
    "2x2x3, transpose, 2x3x2: 0 3 1 4 2 5 6 9 7 10 8 11",
    "4x2, split(2), 2x2x2: 0 1 2 3 4 5 6 7",
    "4x2, split(2) > transpose, 2x2x2: 0 2 1 3 4 6 5 7",
    "1x3x1, squeeze, 3: 0 1 2",
    "4x2, skip(1), 3x2: 2 3 4 5 6 7",
    "4x2, first(3), 3x2: 0 1 2 3 4 5",
    "4x2, first(9), 4x2: 0 1 2 3 4 5 6 7",
    "2x4, 'pickColumns(2, 1)', 2x2: 1 3 5 7",
    "4x2, 'pick(2, 1)', 2x2: 2 3 6 7",
    "8, 'select(2, 4, 1, 2)', 4: 1 2 5 6",
    "12, 'select(K, 3, 0, 2) > rope(2)', 8: 0 2 1 3 6 8 7 9",
    "12, 'regroup(2, 2, 1)', '8: 0 1 2 3 6 7 8 9 | 4: 4 5 10 11'",
    "6x1, 'regroup(1, 1, 1, 1)', '2x1: 0 1 | 2x1: 2 3 | 2x1: 4 5'",
    "4, tied, 4: 0 1 2 3",
    "4, plusOne, 4: 0 1 2 3"
  })
  void weightsAreRearranged(String shape, String steps, String expected) throws Exception {
    assertThat(arranged(shape, steps)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "8, rope(Z), would be 0 parts",
    "8, rope(O), would be 3 parts",
    "6, rope(2), would be 2 parts",
    "8, rope(G), huge would be 4000000000",
    "8, rope(T), text in the source's config.json is not a whole number",
    "8, rope(F), half in the source's config.json is not a whole number",
    "8, rope(L), list in the source's config.json is not a whole number",
    "8, rope(M), less would be -1",
    "8, rope(H / Z), would be 2 / 0",
    "8, rope(O / H), would be 3 / 2",
    "8, rope(H - O), would be -1",
    "8, 'select(1, 2, 1, 2)', 'parts 2 to 3 of 2 would be taken'",
    "8, 'select(1, 2, 1, 0)', would be taken",
    "8, skip(8), would be taken",
    "8, skip(9), would be taken",
    "8, first(0), would be taken",
    "8, 'pick(3, 0)', 8 rows can't be picked from by 3",
    "8, transpose, it can't be transposed",
    "12, 'rope(2) > rope(12)', would be 2 parts",
    "16, 'rope(1) > select(1, 16, 0, 3)', are not next to each other"
  })
  void aConfigurationThatMakesNoSenseIsRefusedWithTheReason(
      String shape, String steps, String reason) {
    assertThatThrownBy(() -> arranged(shape, steps))
        .isInstanceOf(UnmappedException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void whatTheConfigurationLacksIsNamed() {
    assertThatThrownBy(() -> new Values(Map.of("X", "a.b or c"), config("{}")).of("X"))
        .hasMessage("the source's config.json has no a.b");
  }

  @Test
  void whatTheTextModelSaysGoesBeforeTheWhole() throws Exception {
    ModelConfig config = config("{\"n\": 1, \"m\": 2, \"text_config\": {\"n\": 3, \"m\": null}}");

    assertThat(new Values(Map.of("N", "n", "M", "m"), config).of("N * 10 + M")).isEqualTo(32);
  }

  private static ModelConfig config(String json) {
    return ModelConfig.parse(json.getBytes(UTF_8)).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "1", "{", "{}x", "\u0000", "{\"a\": }", "\"{}\""})
  void whatIsNoObjectIsNoConfiguration(String json) {
    assertThat(ModelConfig.parse(json.getBytes(UTF_8))).isEmpty();
  }

  @Test
  void nestingWithoutEndIsNoConfiguration() {
    assertThat(ModelConfig.parse("{\"a\":".repeat(100_000).getBytes(UTF_8))).isEmpty();
    assertThat(ModelConfig.parse(new byte[] {'{', (byte) 0xFF, '}'})).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotate(2)", "rope", "rope(", "rope(1) rope(2)"})
  void aStepThatThereIsNotIsRefused(String step) {
    assertThatThrownBy(
            () -> Step.parse(step).apply(List.of(View.of(new CountedUnits(List.of(4L)))), values()))
        .isInstanceOfAny(IllegalArgumentException.class, IndexOutOfBoundsException.class);
  }
}
