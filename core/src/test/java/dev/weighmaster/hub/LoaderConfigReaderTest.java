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
        "{'auto_map': {'AutoModel': '../evil/modeling_a.A'}} | ../evil/modeling_a.py",
        "{'auto_map': {'AutoModel': '.cache/modeling_a.A'}} | .cache/modeling_a.py",
        "{'model_file': 'evil.py'} | evil.py",
        "{'model_file': '../evil.cpython-312-x86_64-linux-gnu.so'}"
            + " | ../evil.cpython-312-x86_64-linux-gnu.so",
      })
  void aConfigurationNamesPythonFiles(String json, String module) {
    assertThat(read("config.json", json).orElseThrow().modules()).containsExactly(module);
  }

  @ParameterizedTest
  @CsvSource({"config.json, model.bin", "tokenizer_config.json, spm.py"})
  void aModelFileOfAnotherKindIsNoCode(String config, String file) {
    assertThat(read(config, "{'model_file': '" + file + "'}")).isEmpty();
  }

  @Test
  void aClassOfAnotherRepositoryIsNoFileOfThisOne() {
    LoaderConfig config =
        read("config.json", "{'auto_map': {'AutoModel': 'acme/code--modeling.A'}}").orElseThrow();

    assertThat(config.elsewhere()).containsExactly("acme/code--modeling.A");
    assertThat(config.modules()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "processor_config.json | {'audio_tokenizer': {'audio_tokenizer_class': 'DacModel',"
            + " 'audio_tokenizer_name_or_path': 'evil/dac'}}",
        "processor_config.json | {'audio_tokenizer_name_or_path': 'evil/dac'}",
        "processor_config.json | {'audio_tokenizer': 'evil/dac'}",
        "audio_tokenizer_config.json | {'audio_tokenizer_name_or_path': 'evil/dac'}",
        "config.json | {'audio_tokenizer_name_or_path': 'evil/dac'}",
        "modular_model_index.json | {'vae': ['diffusers', 'AutoencoderKL', {'repo': 'evil/dac'}]}",
        "modular_model_index.json"
            + " | {'vae': [null, null, {'pretrained_model_name_or_path': 'evil/dac'}]}",
      })
  void anAudioTokenizerOrAComponentIsOfAnotherRepository(String name, String json) {
    assertThat(read(name, json).orElseThrow().elsewhere()).containsExactly("evil/dac");
  }

  @Test
  void aModularPipelineNamesFoldersAndCode() {
    String json =
        "{'_class_name': 'P', 'unet': [null, null, {'subfolder': 'other', 'type_hint':"
            + " ['diffusers', 'UNet']}], 'vae': ['evil', 'Vae', {}]}";
    LoaderConfig config = read("modular_model_index.json", json).orElseThrow();

    assertThat(config.folders()).contains("unet", "other", "vae");
    assertThat(config.modules()).contains("vae/evil.py");
    assertThat(
            read("modular_config.json", "{'auto_map': {'ModularPipelineBlocks': 'block.B'}}")
                .orElseThrow()
                .modules())
        .containsExactly("block.py");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "quantize_config.json | {'bits': 4, 'model_file_base_name': '%s'}",
        "quantize_config.json | {'bits': 4, 'model_basename': '%s'}",
        "quant_config.json | {'bits': 4, 'model_file_base_name': '%s'}",
        "config.json | {'quantization_config': {'model_file_base_name': '%s'}}",
      })
  void aBaseNameOfGptqInAnotherFolderNamesWeights(String name, String json) {
    assertThat(read(name, json.formatted("../evil/m")).orElseThrow().weights())
        .containsExactly("../evil/m.safetensors", "../evil/m.bin", "../evil/m.pt");
    // Beside the configuration, whatever is weights counts anyway.
    assertThat(read(name, json.formatted("model"))).isEmpty();
    assertThat(read(name, json.formatted(""))).isEmpty();
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
  @ValueSource(strings = {"router_config.json", "config.json"})
  void aRouterNamesFoldersAndClasses(String name) {
    LoaderConfig config =
        read(
                name,
                "{'types': {'auto_map': 'sentence_transformers.models.Transformer',"
                    + " 'document_0_Dense': 'custom_dense.Dense', 'none': null},"
                    + " 'structure': {'query': ['auto_map'], 'document': ['document_0_Dense']}}")
            .orElseThrow();

    assertThat(config.folders()).containsExactly("auto_map", "document_0_Dense");
    assertThat(config.modules()).contains("custom_dense.py");
    assertThat(config.readable()).isTrue();
  }

  @Test
  void typesThatARouterNamesTwiceAllCount() {
    LoaderConfig config =
        read(
                "router_config.json",
                "{'types': {'a': 'custom.M'}, 'structure': {'query': ['a']},"
                    + " 'parameters': {'types': {'a': 'sentence_transformers.models.Dense'}}}")
            .orElseThrow();

    assertThat(config.modules()).contains("custom.py");
  }

  @Test
  void typesWithoutAStructureAreNoRouters() {
    assertThat(read("config.json", "{'types': {'a': 'b.C'}}")).isEmpty();
  }

  @Test
  void aRouterOfVeryManyModulesMayNameAnything() {
    String types =
        IntStream.range(0, 100)
            .mapToObj(i -> "'m" + i + "': 'sentence_transformers.models.Dense'")
            .collect(Collectors.joining(","));

    assertThat(read("router_config.json", "{'types': {" + types + "}}").orElseThrow().readable())
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'config_args': {'_configuration_file': 'evil.json'}}",
        "{'model_args': {'file_name': 'x/model.onnx'}}",
        "{'model_args': {'adapter_kwargs': {'subfolder': 'x'}}}",
        "{'tokenizer_args': {'tokenizer_file': '../x.json'}}",
        "{'model_args': {'attn_implementation': 'evil/kernel'}}",
        "{'model_args': {'attn_implementation': {'': 'evil/kernel'}}}",
      })
  void argumentsThatAModulePassesOnMayNameAnything(String json) {
    assertThat(read("sentence_bert_config.json", json).orElseThrow().readable()).isFalse();
    assertThat(read("0_A/sentence_xlm-roberta_config.json", json)).isPresent();
    assertThat(read("config.json", json)).isEmpty();
  }

  @Test
  void aModuleMayTakeItsTokenizerFromElsewhereAndItsWeightsFromABackendsFolder() {
    LoaderConfig config =
        read(
                "sentence_bert_config.json",
                "{'tokenizer_name_or_path': 'evil/tokenizer', 'backend': 'onnx'}")
            .orElseThrow();

    assertThat(config.elsewhere()).containsExactly("evil/tokenizer");
    assertThat(config.folders()).containsExactly("onnx");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'max_seq_length': 512, 'do_lower_case': false}",
        "{'model_args': {'trust_remote_code': true, 'torch_dtype': 'float16'}, 'backend': 'torch'}",
        "{'model_args': {}, 'config_args': null, 'tokenizer_args': {'model_max_length': 512}}",
      })
  void whatModulesUsuallySayIsQuiet(String json) {
    assertThat(read("sentence_bert_config.json", json)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "['x/config.4.0.0.json']",
        "['config.evil.json']",
        "['config.4.0.0.json', '../config.4.1.0.json']",
        "['config.4.0.0.json.bak']",
        "['config.\\u20284.0.0.json']",
        "['config.\\r4.0.0.json']",
        "{'config.4.0.0.json': 1}",
      })
  void configurationsThatNobodyReadsMayNameAnything(String files) {
    assertThat(read("config.json", "{'configuration_files': " + files + "}").orElseThrow())
        .extracting(LoaderConfig::readable)
        .isEqualTo(false);
  }

  @Test
  void thoseOfVersionsAreReadByTheirNames() {
    assertThat(read("config.json", "{'configuration_files': ['config.4.0.0.json', 'README.md']}"))
        .isEmpty();
    assertThat(LoaderConfigReader.reads("x/config.4.0.0.json")).isTrue();
    assertThat(LoaderConfigReader.reads("config.orig.json")).isFalse();
    assertThat(
            read("config.4.0.0.json", "{'model_file': 'a.py', 'auto_map': {'A': 'b.C'}}")
                .orElseThrow()
                .modules())
        .containsExactly("a.py", "b.py");
  }

  @Test
  void componentsOfAPipelineNameFoldersAndLibraries() {
    LoaderConfig config =
        read(
                "model_index.json",
                "{'_class_name': ['pipeline', 'MyPipeline'], '_diffusers_version': '0.35.0',"
                    + " 'transformer': ['my', 'T'], 'vae': ['diffusers', 'AutoencoderKL'],"
                    + " 'safety_checker': [null, null], 'sizes': [1, 2], 'guidance': true}")
            .orElseThrow();

    assertThat(config.folders()).containsExactly("transformer", "vae");
    assertThat(config.modules())
        .containsExactly("pipeline.py", "transformer/my.py", "vae/diffusers.py");
    assertThat(read("config.json", "{'vae': ['diffusers', 'AutoencoderKL']}")).isEmpty();
    assertThat(read("model_index.json", "{'vae': [")).contains(LoaderConfig.UNREADABLE);
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

  /** Of duplicate keys Python takes the last, which is the one that is left out here. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "config.json | {%s} | 'transformers_weights': 'w%d.safetensors'",
        "config.json | {'auto_map': {%s}} | 'AutoModel': 'm%d.A'",
        "config.json | {'auto_map': {%s}} | 'AutoModel': 'acme/m%d--m.A'",
        "modules.json | [{%s}] | 'path': 'm%d'",
      })
  void whatNamesMoreThanIsKeptMayNameAnything(String name, String json, String entry) {
    assertThat(readable(name, json, entry, 16)).isTrue();
    assertThat(readable(name, json, entry, 17)).isFalse();
  }

  private static boolean readable(String name, String json, String entry, int count) {
    String entries =
        IntStream.range(0, count).mapToObj(entry::formatted).collect(Collectors.joining(","));
    return read(name, json.formatted(entries)).orElseThrow().readable();
  }

  @Test
  void whatNamesOneFileManyTimesIsReadAsAWhole() {
    String entry = "'transformers_weights': 'w.safetensors'";

    assertThat(readable("config.json", "{%s}", entry, 1000)).isTrue();
  }

  @Test
  void aPathThatIsTooLongIsNotCutToTheNameOfAnotherFile() {
    String path = "a.safetensors" + "/.".repeat(300);
    LoaderConfig config =
        read("config.json", "{'transformers_weights': '" + path + "'}").orElseThrow();

    assertThat(config.weights()).isEmpty();
    assertThat(config.readable()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[1%s]", "{'a': -0.%s}", "{'%s': 1}"})
  void whatIsTooLongToBeReadMayNameAnything(String json) {
    assertThat(read("config.json", json.formatted("0".repeat(60_000))))
        .contains(LoaderConfig.UNREADABLE);
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
        "modules.json",
        "model_index.json"
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
