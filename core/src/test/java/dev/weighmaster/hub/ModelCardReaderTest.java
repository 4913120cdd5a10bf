package dev.weighmaster.hub;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCardReaderTest {
  static Stream<Arguments> cards() {
    return Stream.of(
        arguments("base_model: acme/base", card(List.of("acme/base"), null, null)),
        arguments(
            "base_model:\n- acme/a\n- acme/b\nbase_model_relation: merge\nlicense: mit",
            card(List.of("acme/a", "acme/b"), "merge", "mit")),
        arguments("license: 1.0", card(List.of(), null, "1.0")),
        arguments("base_model: 7", card(List.of(), null, null)),
        arguments("base_model: [acme/a, 7, null, '']", card(List.of("acme/a"), null, null)),
        arguments("license: ~", card(List.of(), null, null)),
        arguments("license: 'null'", card(List.of(), null, "null")),
        arguments("base_model:", card(List.of(), null, null)),
        arguments("base_model_relation: Quantized", card(List.of(), "Quantized", null)),
        arguments("base_model_relation: ' finetune '", card(List.of(), " finetune ", null)),
        arguments("base_model_relation: [finetune]", card(List.of(), null, null)),
        arguments("license: [x]", card(List.of(), null, null)),
        arguments("tags: &t [a]\nmore: *t", card(List.of(), null, null)),
        arguments("a: &m acme/a\nbase_model: *m", card(List.of("acme/a"), null, null)),
        arguments("? base_model\n: acme/a", card(List.of("acme/a"), null, null)),
        arguments("\"base\\u005Fmodel\": acme/a", card(List.of("acme/a"), null, null)),
        arguments("{license: mit, base_model: [acme/a]}", card(List.of("acme/a"), null, "mit")),
        arguments("license:\tmit", card(List.of(), null, "mit")),
        arguments("? {a: b}\n: c", card(List.of(), null, null)));
  }

  @ParameterizedTest
  @MethodSource("cards")
  void theFrontMatterDeclares(String yaml, ModelCard card) {
    assertThat(read("---\n" + yaml + "\n---\n# Title\n---\n")).hasValue(card);
    assertThat(read("\uFEFF---\r\n" + yaml.replace("\n", "\r\n") + "\r\n---")).hasValue(card);
    assertThat(read("---\r" + yaml.replace("\n", "\r") + "\r---\r# Title\r")).hasValue(card);
    assertThat(read("\n \t\u00A0\n---\n\n" + yaml + "\n\n--- \t\n# Title")).hasValue(card);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "base_model: acme/a\nbase_model: acme/a",
        "tags: [a]\ntags: [b]\nbase_model: acme/a",
        "<<: {base_model: acme/a}",
        "a: &m {base_model: acme/a}\n<<: *m",
        "<<: [{license: mit}, {<<: {base_model: acme/a}}]",
        "<<: {base_model: other/x}\nbase_model: acme/a",
        "<<: [{base_model: acme/a}, {base_model: other/x}]",
        "tags:\n-\tgguf\nbase_model:\tacme/a\t# tabs",
        "note: a\u0085b\nbase_model: acme/a",
        "note: \"a\u2028b\"\nbase_model: acme/a",
        "emoji: \uD83D\uDE00\nbase_model: acme/a",
        "--- {base_model: acme/a}",
        "--- \nbase_model: acme/a",
      })
  void whatTheHubReadsIsDeclared(String yaml) {
    assertThat(read("---\n" + yaml + "\n---\n").map(ModelCard::baseModels))
        .hasValue(List.of("acme/a"));
    assertThat(read("---\n" + yaml + "\n---\n").flatMap(ModelCard::problem)).isEmpty();
  }

  @Test
  void anEmptyFrontMatterGoesOnToTheNextDashes() {
    assertThat(read("---\n---\nbase_model: acme/a\n---\n").map(ModelCard::baseModels))
        .hasValue(List.of("acme/a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "---\n\n---\nbase_model: acme/a\n---\n",
        "---\r\n\r\n---\r\nbase_model: acme/a\r\n---\r\n",
        "---\r\r---\rbase_model: acme/a\r---\r",
        "---\r\r---\rbase_model: acme/a\n---\n",
        "\f\u3000\n---\n\n---\nbase_model: acme/a\n---",
        "\uFEFF \n---\n\n---\nbase_model: acme/a\n---",
        "---\n# c\n--- \nbase_model: acme/a\n---\n",
        "---\n \n---\t\nbase_model: acme/a\n---\n",
        "---\n# c\n---\rbase_model: acme/a\n---\n",
        "---\n# c\n---\r\rbase_model: acme/a\n--- \n",
        "---\n\n--- \r\nbase_model: acme/a\r\n---\r\n",
        "---\n\n---\r base_model: acme/a\n--- \n",
      })
  void frontMatterThatSomeVersionsOfTheHubPassOverIsAProblem(String content) {
    assertThat(read(content).flatMap(ModelCard::problem))
        .hasValueSatisfying(problem -> assertThat(problem).contains("different things"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "---\nHello\n--- \nbase_model: acme/a\n---\n",
        "---\n\n# Title\n\n---\nbase_model: acme/a\n\n---\n",
        "---\n\n---\nTitle\n---\n",
      })
  void rulesAroundTextAreNoFrontMatter(String content) {
    assertThat(read(content)).isEmpty();
  }

  @Test
  void dashesAfterTheFrontMatterSayNothing() {
    String text = "---\nbase_model: acme/a\n--- \n# Title\n\n---\nbase_model: other/x\n---\n";

    assertThat(read(text).map(ModelCard::baseModels)).hasValue(List.of("acme/a"));
    assertThat(read(text.replace("\n", "\r\n")).map(ModelCard::baseModels))
        .hasValue(List.of("acme/a"));
  }

  @Test
  void whatSomeReadersPassOverButDeclaresNothingIsNoProblem() {
    assertThat(read("---\n\n---\nNote: see below\n---\n")).hasValue(card(List.of(), null, null));
  }

  @Test
  void aMillionDashesAndLineBreaksTakeNoTime() {
    String breaks = "\r".repeat(1 << 19);

    assertThat(read("---\n#" + breaks + "--" + breaks)).isEmpty();
    assertThat(read("---\n#" + "\n--- ".repeat(1 << 17) + "x")).isEmpty();
    assertThat(read("---\n#" + "\n---".repeat(1 << 17) + " ".repeat(1 << 18) + "x")).isEmpty();
  }

  @Test
  void aByteThatIsNotUtf8SpoilsNothingElse() {
    byte[] card = "---\nauthor: Jos\u00E9\nbase_model: acme/a\n---\n".getBytes(ISO_8859_1);

    assertThat(ModelCardReader.read(card, card.length).map(ModelCard::baseModels))
        .hasValue(List.of("acme/a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# Title\n---\nlicense: mit\n---\n",
        "<!-- made by -->\n---\nlicense: mit\n---\n",
        "---\nlicense: mit\n",
        "---\nlicense: mit\n...\n# Title\n",
        "---\n---\n",
        "----\nlicense: mit\n---\n",
        "---\n- a\n---\n",
        "---\njust text\n---\n",
        "---\n\n---\n",
      })
  void withoutFrontMatterThereIsNoCard(String content) {
    assertThat(read(content)).isEmpty();
  }

  static Stream<Arguments> unreadable() {
    return Stream.of(
        arguments("a: [", "not sound YAML"),
        arguments("title: a: b\nbase_model: acme/a", "not sound YAML"),
        arguments("author: @me", "not sound YAML"),
        arguments("tags:\n\t- gguf", "not sound YAML"),
        arguments("a: *unknown", "not sound YAML"),
        arguments("a: 1\n...\nb: \0", "not sound YAML"),
        arguments("note: \"a\u0007b\"", "not sound YAML"),
        arguments("a: 1\n--- \u000Bb: 2", "not sound YAML"),
        arguments("a: " + "[".repeat(50_000) + "]".repeat(50_000), "nested more than 64 deep"),
        arguments("a: " + "[".repeat(500_000), "nested more than 64 deep"),
        arguments("a: &a [x]\n" + "b: [*a, *a, *a, *a, *a, *a]\n".repeat(20), "aliases"),
        arguments("base_model: acme/a\nbase_model: other/x", "different entries"),
        arguments("base_model: [acme/a]\nbase_model: [acme/a, other/x]", "different entries"),
        arguments("base_model: acme/a\nbase_model:", "different entries"),
        arguments("base_model_relation: finetune\nbase_model_relation: a", "different entries"),
        arguments("base_model: acme/base\n----\n# x", "not sound YAML"),
        arguments("base_model: {a: b}", "neither a name nor a list"),
        arguments("base_model: [[acme/a]]", "neither a name nor a list"),
        arguments("base_model: [" + "a, ".repeat(300) + "]", "more than 256 base models"),
        arguments("base_model: " + "a".repeat(2000), "more than 1024 characters"),
        arguments("base_model: acme/a\n# \u0085base_model: other/x", "different"),
        arguments("license: mit\n# \u2028base_model: other/x", "break lines differently"));
  }

  @ParameterizedTest
  @MethodSource("unreadable")
  void whatCanNotBeReadInOneWayIsAProblem(String yaml, String problem) {
    Optional<ModelCard> card = read("---\n" + yaml + "\n---\n# Title\n");

    assertThat(card.orElseThrow().problem().orElseThrow()).contains(problem);
    assertThat(card.get().baseModels()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"---\nlicense: mit\n", "---", "--", "", "  \n", "---\na: b\n---"})
  void frontMatterThatMayEndFurtherOnIsAProblem(String start) {
    byte[] content = start.getBytes(UTF_8);

    assertThat(ModelCardReader.read(content, content.length + 1).flatMap(ModelCard::problem))
        .hasValueSatisfying(problem -> assertThat(problem).contains("does not end within"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"---\n\n---\n# c\n", "---\n# c\n--- \n# d\n", "---\n# c\n---\r# d\n"})
  void aCommentThatSomeReadersReadBeyondIsAProblem(String start) {
    byte[] content = start.getBytes(UTF_8);

    assertThat(ModelCardReader.read(content, 1L << 40).flatMap(ModelCard::problem))
        .hasValueSatisfying(problem -> assertThat(problem).contains("does not end within"));
  }

  @Test
  void aLongTextAfterTheFrontMatterIsNone() {
    byte[] content = "---\nbase_model: acme/a\n---\n# Title".getBytes(UTF_8);

    assertThat(ModelCardReader.read(content, 1L << 40).map(ModelCard::baseModels))
        .hasValue(List.of("acme/a"));
    assertThat(ModelCardReader.read("# Title".getBytes(UTF_8), 1L << 40)).isEmpty();
  }

  @Property
  void noContentMakesItFail(@ForAll String yaml, @ForAll byte[] bytes) {
    read("---\n" + yaml + "\n---\n");
    ModelCardReader.read(bytes, bytes.length);
  }

  private static Optional<ModelCard> read(String content) {
    byte[] bytes = content.getBytes(UTF_8);
    return ModelCardReader.read(bytes, bytes.length);
  }

  private static ModelCard card(List<String> baseModels, String relation, String license) {
    return new ModelCard(
        baseModels, Optional.ofNullable(relation), Optional.ofNullable(license), Optional.empty());
  }
}
