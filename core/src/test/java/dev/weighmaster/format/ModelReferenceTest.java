package dev.weighmaster.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.ModelReference.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelReferenceTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Acme/base-1.5",
        " Acme/base-1.5 ",
        "Acme/base-1.5/",
        "Acme/base-1.5@main",
        "Acme/base-1.5@refs",
        "https://huggingface.co/Acme/base-1.5",
        "http://www.huggingface.co/Acme/base-1.5/",
        "HTTPS://HuggingFace.co/Acme/base-1.5?library=vllm#x",
        "https://huggingface.co/Acme/base-1.5/tree/main",
        "https://huggingface.co/Acme/base-1.5/blob/main/config.json",
        "https://huggingface.co/Acme/base-1.5@main",
        "hf.co/Acme/base-1.5",
        "hf://Acme/base-1.5@main",
      })
  void aRepositoryIsOrganisationAndNameHoweverItIsWritten(String text) {
    assertThat(ModelReference.of(text))
        .isEqualTo(new ModelReference(Kind.REPOSITORY, "Acme/base-1.5"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "https://huggingface.co/gpt2", "gpt2@main", "gpt2/"})
  void aNameHasNoOrganisation(String text) {
    assertThat(ModelReference.of(text)).isEqualTo(new ModelReference(Kind.NAME, "gpt2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".",
        "..",
        "./base",
        "../acme/base",
        "/data/base",
        "~/base",
        "C:\\models\\base",
        "d:/models/base",
        "outputs\\base",
        "outputs/run 1/checkpoint-500",
        "file:///data/base",
      })
  void aPathIsOfSomebodysDisk(String text) {
    assertThat(ModelReference.of(text).kind()).isEqualTo(Kind.PATH);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      value = {
        "other/x ----",
        "other/..",
        "other/x\u0000y",
        "öther/x",
        "@main",
        "a/@main",
        "https://huggingface.co/",
        "https://huggingface.co/datasets/acme",
        "https://huggingface.co/acme/base/discussions/1",
        "https://huggingface.co/../base",
        "https://huggingface.co.example.com/acme/base",
        "https://example.com/https://huggingface.co/acme/base",
        "javascript:https://huggingface.co/acme/base",
      })
  void anythingElseIsOfNoRepository(String text) {
    assertThat(ModelReference.of(text).kind()).isEqualTo(Kind.OTHER);
  }

  @Test
  void lettersBeyondAsciiStayAsTheyAre() {
    assertThat(ModelReference.folded("Acme/Base\u212A\uFF21")).isEqualTo("acme/base\u212A\uFF21");
  }

  @Test
  void aLongTextIsReadAtOnce() {
    assertThat(ModelReference.of("a/".repeat(500)).kind()).isEqualTo(Kind.PATH);
    assertThat(ModelReference.of("a/".repeat(100_000)).kind()).isEqualTo(Kind.OTHER);
    assertThat(ModelReference.of("a a@".repeat(100_000) + ":").kind()).isEqualTo(Kind.OTHER);
  }
}
