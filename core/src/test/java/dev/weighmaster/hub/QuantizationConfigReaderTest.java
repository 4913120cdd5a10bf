package dev.weighmaster.hub;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.UnsupportedWeightsException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizationConfigReaderTest {
  static Stream<Arguments> configs() {
    String config = "sub/config.json";
    return Stream.of(
        arguments(config, wrap("{'quant_method':'gptq','bits':4,'group_size':128}"), "GPTQ", 4),
        arguments(config, wrap("{'quant_method':'awq','bits':4,'version':'gemm'}"), "AWQ", 4),
        arguments(config, wrap("{'load_in_4bit':true}"), "BITSANDBYTES", 4),
        arguments(
            config,
            wrap("{'quant_method':'bitsandbytes','load_in_8bit':true,'load_in_4bit':false}"),
            "BITSANDBYTES",
            8),
        arguments(
            config,
            wrap(
                "{'quant_method':'compressed-tensors','config_groups':{'group_0':"
                    + "{'weights':{'num_bits':8}}}}"),
            "COMPRESSED-TENSORS",
            8),
        arguments(config, wrap("{'quant_method':'fp8'}"), "FP8", 8),
        arguments(config, wrap("{'quant_method':'mxfp4'}"), "MXFP4", 4),
        arguments(config, wrap("{'something':1}"), "UNKNOWN", null),
        arguments(config, wrap("{'quant_method':7,'bits':'4'}"), "7", null),
        arguments(config, wrap("{'quant_method':'x','bits':4000000000}"), "X", null),
        arguments(config, wrap("{'quant_method':'x','bits':-1}"), "X", null),
        arguments(config, "{'compression_config':{'quant_method':'sparseml'}}", "SPARSEML", null),
        arguments(
            "quantize_config.json", "{'bits':4,'group_size':128,'desc_act':false}", "GPTQ", 4),
        arguments("quantize_config.json", "{'bits':8}", "GPTQ", 8),
        arguments(
            "quant_config.json",
            "{'zero_point':true,'q_group_size':128,'w_bit':4,'version':'GEMM'}",
            "AWQ",
            4),
        arguments("quant_config.json", "{'quant_method':'gptq','bits':3}", "GPTQ", 3),
        arguments(config, "{'text_config':" + wrap("{'quant_method':'awq'}") + "}", "AWQ", null),
        arguments(
            config,
            "{'thinker_config':{'text_config':" + wrap("{'quant_method':'gptq','bits':4}") + "}}",
            "GPTQ",
            4),
        arguments(
            config,
            "{'llm_config':"
                + wrap("{'quant_method':'gptq'}")
                + ",'quantization_config':{'quant_method':'awq'}}",
            "AWQ",
            null),
        arguments(
            config,
            "{'a':".repeat(50) + wrap("{'bits':4,'desc_act':false}") + "}".repeat(50),
            "GPTQ",
            4),
        arguments(config, "{'quantization':{'group_size':64,'bits':4}}", "MLX", 4),
        arguments(
            config,
            "{'quantization':{'group_size':64,'bits':4,'mode':'affine'},"
                + "'quantization_config':{'group_size':64,'bits':4,'mode':'affine'}}",
            "MLX",
            4),
        arguments(config, wrap("{'group_size':32,'bits':8,'mode':'mxfp8'}"), "MLX", 8),
        arguments(
            config, wrap("{'quant_method':'exl2','version':'0.2','bits':4.65}"), "EXL2", 4.65),
        arguments(config, wrap("{'quant_method':'exl3','bits':3.0,'head_bits':6}"), "EXL3", 3),
        arguments(config, wrap("{'quant_method':'modelopt','quant_algo':'FP8'}"), "MODELOPT", null),
        arguments(config, "{'quantization':{'quant_algo':'W4A16_AWQ'}}", "W4A16_AWQ", null),
        arguments("x/config.4.0.0.json", wrap("{'quant_method':'awq'}"), "AWQ", null),
        arguments(
            "hf_quant_config.json",
            "{'producer':{'name':'modelopt'},'quantization':{'quant_algo':'FP8'}}",
            "FP8",
            8),
        arguments("hf_quant_config.json", "{'quantization':{'quant_algo':'NVFP4'}}", "NVFP4", 4));
  }

  @ParameterizedTest
  @MethodSource("configs")
  void aConfigurationNamesMethodAndBits(String name, String json, String method, Number bits)
      throws Exception {
    assertThat(read(name, json))
        .hasValue(
            new QuantizationConfig(method, Optional.ofNullable(bits).map(Number::doubleValue)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'quantization_config':null}",
        "{'quantization_config':{}}",
        "{'text_config':{'quantization_config':null},'quantization':{'quant_algo':null}}",
        "{'quantization':'none'}",
        "{'rope_theta':Infinity,'eps':NaN,'bits':4}"
      })
  void aFullPrecisionModelHasNone(String json) throws Exception {
    assertThat(read("config.json", json)).isEmpty();
    assertThat(read("quantize_config.json", "{'group_size':128}")).isEmpty();
    assertThat(read("hf_quant_config.json", "{'quantization':{'quant_algo':null}}")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'a':1,'quantization_config':{'quant_method':'awq'},'quantization_config':"
            + "{'quant_method':'x','quant_method':'gptq','bits':4},'a':2}",
        "{'quantization_config':{'bits':NaN,'quant_method':'gptq','bits':4},'b':-Infinity}",
        "{'a':'\\ud800','quantization_config':{'quant_method':'gptq','bits':4}}",
        "{'a':1234567890123456789012345678901234567890,'b':1e999,"
            + "'quantization_config':{'quant_method':'gptq','bits':4}}",
      })
  void whatPythonTakesIsReadAsPythonReadsIt(String json) throws Exception {
    assertThat(read("config.json", json))
        .hasValue(new QuantizationConfig("GPTQ", Optional.of(4.0)));
  }

  @Test
  void ofTwoSettingsTheLastCounts() throws Exception {
    String settings = "'quantization_config':{'quant_method':'awq'}";

    assertThat(read("config.json", "{" + settings + ",'quantization_config':null}")).isEmpty();
    assertThat(read("config.json", "{'quantization_config':null," + settings + "}")).isPresent();
  }

  static Stream<byte[]> loose() {
    return Stream.of(
            "",
            " \r\n\t",
            "{'a':1,}",
            "{'a':[1,2,],}",
            "{'a':1} // done",
            "/* of acme */ {'a':1}",
            "{# no\n'a':1}",
            "\uFEFF{'a':1}",
            "{a:1}",
            "{'a':'\n'}")
        .flatMap(
            json ->
                Stream.of(
                    json.replace('\'', '"').getBytes(UTF_8),
                    ("\uFEFF" + json).replace('\'', '"').getBytes(UTF_16LE)));
  }

  @ParameterizedTest
  @MethodSource("loose")
  void aFullPrecisionModelMayHaveAConfigurationThatNoLoaderReads(byte[] content) throws Exception {
    assertThat(QuantizationConfigReader.read("config.json", content)).isEmpty();
  }

  @Test
  void aByteThatIsNotUtf8HidesNothing() throws Exception {
    assertThat(
            QuantizationConfigReader.read(
                "config.json", "{\"author\":\"Jos\u00E9\"}".getBytes(ISO_8859_1)))
        .isEmpty();
    assertThatThrownBy(
            () ->
                QuantizationConfigReader.read(
                    "config.json",
                    wrap("{'quant_method':'Jos\u00E9'}").replace('\'', '"').getBytes(ISO_8859_1)))
        .isInstanceOf(UnsupportedWeightsException.class)
        .hasMessageContaining("not UTF-8, though it says that its weights are quantized");
  }

  static Stream<String> unreadable() {
    return Stream.of(
        "[]",
        "null",
        "7",
        "{",
        "{}{}",
        "{} x",
        "{'quantization_config':'gptq'}",
        "{'quantization_config':[1]}",
        "{'quantization_config':7}",
        "{'configuration_files':['x/config.4.0.0.json']}",
        "{'configuration_files':{'config.evil.json':1}}",
        "{'quantization_config':{'bits':4},}",
        "{'a':" + "[".repeat(100_000) + "]".repeat(100_000) + "}",
        "{'a':" + "1".repeat(100_000) + "}",
        "{'a':[" + "[],".repeat(1_200_000) + "1]}",
        "GGUF\0\0");
  }

  @ParameterizedTest
  @MethodSource("unreadable")
  void whatMayCarryAQuantizationIsAProblem(String json) {
    assertThatThrownBy(() -> read("config.json", json))
        .isInstanceOf(UnsupportedWeightsException.class);
  }

  static Stream<Arguments> searched() {
    String config = "config.json";
    String pad = "'" + "x".repeat(5 << 20) + "'";
    return Stream.of(
        arguments(config, wrap("{'bits':4},'pad':" + pad), true),
        arguments(config, "{'pad':" + pad + ",'quantization_config':{'bits':4}}", true),
        arguments(config, "{'a':{'quantization\\u005fconfig':{'bits':4}}}", true),
        arguments(config, "{'text_config':[{'quantization':{'bits':4}}]}", true),
        arguments(config, "{'a':[" + "1,".repeat(1_200_000) + wrap("{'b':NaN}") + "]}", true),
        arguments(config, "{'pad':" + "[".repeat(2000), true),
        arguments(config, "{'pad':" + "1".repeat(5 << 20) + "}", true),
        arguments(config, "{" + pad + ":1}", true),
        arguments("sub/hf_quant_config.json", "{}", true),
        arguments(config, "{'configuration_files':['x/config.4.0.0.json']}", true),
        arguments("config.4.0.0.json", "{'pad':" + pad + "}", false),
        arguments(config, "{'pad':" + pad + "}", false),
        arguments(config, "{'pad':'\\'quantization_config\\':{}'}", false),
        arguments(config, "{'a':[" + "1,".repeat(1_200_000) + "1]}", false),
        arguments(config, wrap("null"), false),
        arguments(config, wrap("{}"), false),
        arguments(config, "{'quantization':'none','compression_config':[1]}", false),
        arguments(config, wrap("{'bits':4},"), false),
        arguments(config, "", false));
  }

  @ParameterizedTest
  @MethodSource("searched")
  void theSettingsAreLookedForInAFileOfAnyLength(String name, String json, boolean carries)
      throws Exception {
    byte[] content = json.replace('\'', '"').getBytes(UTF_8);

    assertThat(
            QuantizationConfigReader.mayCarryQuantization(
                name, new ByteArrayInputStream(content), content.length))
        .isEqualTo(carries);
  }

  @Test
  void aFileThatIsFarTooLongMayCarryAQuantization() throws Exception {
    assertThat(
            QuantizationConfigReader.mayCarryQuantization(
                "config.json", InputStream.nullInputStream(), 1L << 40))
        .isTrue();
  }

  @Test
  void changedAndCutBytesGiveNoOtherError() {
    byte[] sound = wrap("{'quant_method':'gptq','bits':4,'a':[1.5e3,true,null]}").getBytes(UTF_8);
    Random random = new Random(1);
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = java.util.Arrays.copyOf(sound, i < sound.length ? i : sound.length);
      for (int flips = random.nextInt(3); flips > 0 && bytes.length > 0; flips--) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        QuantizationConfigReader.read("config.json", bytes);
      } catch (UnsupportedWeightsException e) {
        assertThat(e).hasMessageContaining("at byte");
      }
    }
  }

  private static String wrap(String config) {
    return "{'model_type':'llama','quantization_config':" + config + "}";
  }

  private static Optional<QuantizationConfig> read(String name, String json) throws Exception {
    return QuantizationConfigReader.read(name, json.replace('\'', '"').getBytes(UTF_8));
  }
}
