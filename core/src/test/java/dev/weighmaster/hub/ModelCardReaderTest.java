package dev.weighmaster.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ModelCardReaderTest {
  static Stream<Arguments> cards() {
    return Stream.of(
        arguments("base_model: acme/base", card(List.of("acme/base"), null, null)),
        arguments(
            "base_model:\n- acme/a\n- acme/b\nbase_model_relation: merge\nlicense: mit",
            card(List.of("acme/a", "acme/b"), "merge", "mit")),
        arguments("license: 1.0", card(List.of(), null, "1.0")),
        arguments("base_model: {a: b}\nlicense: [x]", card(List.of(), null, null)),
        arguments("base_model: [acme/a, {x: y}, null, '']", card(List.of("acme/a"), null, null)),
        arguments("license: ~", card(List.of(), null, null)),
        arguments("license: 'null'", card(List.of(), null, "null")),
        arguments("base_model:", card(List.of(), null, null)),
        arguments("tags: &t [a]\nmore: *t", card(List.of(), null, null)));
  }

  @ParameterizedTest
  @MethodSource("cards")
  void theFrontMatterDeclares(String yaml, ModelCard card) {
    assertThat(read("---\n" + yaml + "\n---\n# Title\n---\n")).hasValue(card);
    assertThat(read("\uFEFF---\r\n" + yaml.replace("\n", "\r\n") + "\r\n---")).hasValue(card);
  }

  static Stream<String> malformed() {
    return Stream.of(
        "",
        "# Title\n---\nlicense: mit\n---\n",
        " ---\nlicense: mit\n---\n",
        "---\nlicense: mit\n",
        "---\n---\n",
        "---\n- a\n---\n",
        "---\njust text\n---\n",
        "---\nlicense: mit\nlicense: apache-2.0\n---\n",
        "---\na: [\n---\n",
        "---\na: !!java.io.File x\nb: *unknown\n---\n",
        "---\n? {a: b}\n: c\n---\n",
        "---\na: 1\n...\nb: \0\n---\n",
        "---\na: " + "[".repeat(50_000) + "]".repeat(50_000) + "\n---\n",
        "---\na: " + "[".repeat(500_000) + "\n---\n",
        "---\na: &a [x, x]\n"
            + "b: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n".repeat(2)
            + "\n---\n");
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void whatIsMalformedIsNoCard(String content) {
    assertThat(read(content)).isEmpty();
  }

  @Property
  void noContentMakesItFail(@ForAll String yaml, @ForAll byte[] bytes) {
    read("---\n" + yaml + "\n---\n");
    ModelCardReader.read(bytes);
  }

  private static Optional<ModelCard> read(String content) {
    return ModelCardReader.read(content.getBytes(UTF_8));
  }

  private static ModelCard card(List<String> baseModels, String relation, String license) {
    return new ModelCard(baseModels, Optional.ofNullable(relation), Optional.ofNullable(license));
  }
}
