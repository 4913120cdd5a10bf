package dev.weighmaster.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoaderConfigReaderTest {
  private static Optional<LoaderConfig> read(String name, String json) {
    return LoaderConfigReader.read(name, json.replace('\'', '"').getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'auto_map': {'AutoConfig': 'configuration_a.AConfig'}} | configuration_a.py",
        "{'auto_map': ['tokenization_a.ATokenizer', null]} | tokenization_a.py",
        "{'auto_map': {'AutoTokenizer': [null, 'tokenization_a.ATokenizerFast']}}"
            + " | tokenization_a.py",
        "{'auto_map': 'tokenization_a.ATokenizer'} | tokenization_a.py",
        "{'auto_map': {'AutoModel': 'code/modeling_a.AModel'}} | code/modeling_a.py",
        "{'text_config': {'deep': [{'auto_map': {'AutoModel': 'modeling_a.A'}}]}} | modeling_a.py",
        "{'custom_pipelines': {'task': {'impl': 'pipe.P', 'pt': []}}} | pipe.py",
        "{'auto_map': {}, 'auto_map': {'AutoModel': 'modeling_a.A'}} | modeling_a.py",
        "{'auto_map': {'AutoModel': 'modeling_a.A'}, 'auto_map': {}} | modeling_a.py",
        "{'x': NaN, 'y': -Infinity, 'auto_map': {'AutoModel': 'modeling_a.A'}} | modeling_a.py",
        "{'auto\\u005fmap': {'AutoModel': 'modeling_a.A'}} | modeling_a.py",
      })
  void aConfigurationNamesPythonFiles(String json, String module) {
    assertThat(read("config.json", json).orElseThrow().modules()).containsExactly(module);
  }

  @Test
  void aClassOfAnotherRepositoryIsNoFileOfThisOne() {
    LoaderConfig config =
        read("config.json", "{'auto_map': {'AutoModel': 'acme/code--modeling.A'}}").orElseThrow();

    assertThat(config.elsewhere()).containsExactly("acme/code--modeling.A");
    assertThat(config.modules()).isEmpty();
  }

  @Test
  void aConfigurationNamesTheWeightsToLoad() {
    assertThat(
            read("sub/config.json", "{'transformers_weights': 'b/other.safetensors'}")
                .orElseThrow()
                .weights())
        .containsExactly("b/other.safetensors");
  }

  @Test
  void modulesOfSentenceTransformersNameFoldersAndClasses() {
    LoaderConfig config =
        read(
                "modules.json",
                "[{'path': '', 'type': 'sentence_transformers.models.Transformer'},"
                    + " {'path': '2_Dense', 'type': 'custom_dense.Dense'}]")
            .orElseThrow();

    assertThat(config.folders()).containsExactly("2_Dense");
    assertThat(config.modules()).containsExactly("custom_dense.py");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "{'auto_map': {}}",
        "{'auto_map': null}",
        "{'transformers_weights': null}",
        "{'type': 'custom.A', 'path': '2_Dense'}",
        "{'hidden_size': 32, 'architectures': ['LlamaForCausalLM']}",
      })
  void whatNamesNothingSaysNothing(String json) {
    assertThat(read("config.json", json)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{'a': 1,}",
        "// a comment",
        "{'auto_map': {'AutoModel'",
        "{'auto_map': {'AutoModel': 'modeling",
        "\u0000",
      })
  void whatCanNotBeReadMayNameAnything(String json) {
    assertThat(read("config.json", json)).contains(LoaderConfig.UNREADABLE);
  }

  @Test
  void whatIsNestedTooDeepMayNameAnything() {
    assertThat(read("config.json", "[".repeat(100_000))).contains(LoaderConfig.UNREADABLE);
  }

  @Test
  void ofThousandsOfNamesAFewAreKept() {
    String names =
        IntStream.range(0, 10_000)
            .mapToObj(i -> "'m" + i + "x".repeat(i) + ".A'")
            .collect(Collectors.joining(","));

    assertThat(read("config.json", "{'auto_map': [" + names + "]}").orElseThrow().modules())
        .hasSize(16);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config.json",
        "a/b/config.json",
        "tokenizer_config.json",
        "processor_config.json",
        "preprocessor_config.json",
        "video_preprocessor_config.json",
        "modules.json"
      })
  void filesThatLoadersTakeClassesFromAreRead(String name) {
    assertThat(LoaderConfigReader.reads(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"generation_config.json", "tokenizer.json", "config.json.bak", "x.py"})
  void otherFilesAreNot(String name) {
    assertThat(LoaderConfigReader.reads(name)).isFalse();
  }
}
