package dev.weighmaster.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.MalformedWeightsException;
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
        arguments("quant_config.json", "{'quant_method':'gptq','bits':3}", "GPTQ", 3));
  }

  @ParameterizedTest
  @MethodSource("configs")
  void aConfigurationNamesMethodAndBits(String name, String json, String method, Integer bits)
      throws Exception {
    assertThat(read(name, json))
        .hasValue(new QuantizationConfig(method, Optional.ofNullable(bits)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'quantization_config':null}",
        "{'quantization_config':{}}",
        "{'rope_theta':Infinity,'eps':NaN,'bits':4}"
      })
  void aFullPrecisionModelHasNone(String json) throws Exception {
    assertThat(read("config.json", json)).isEmpty();
    assertThat(read("quantize_config.json", "{'group_size':128}")).isEmpty();
  }

  static Stream<String> malformed() {
    return Stream.of(
        "",
        " ",
        "[]",
        "null",
        "7",
        "{",
        "{}{}",
        "{} x",
        "{'a':1,'a':2}",
        "{'quantization_config':'gptq'}",
        "{'quantization_config':[1]}",
        "{'quantization_config':7}",
        "{'quantization_config':{'bits':4},'quantization_config':{}}",
        "{'a':" + "[".repeat(100_000) + "]".repeat(100_000) + "}",
        "{'a':" + "1".repeat(100_000) + "}",
        "{'a':'\0'}");
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void whatIsAmbiguousOrNoObjectIsMalformed(String json) {
    assertThatThrownBy(() -> read("config.json", json))
        .isInstanceOf(MalformedWeightsException.class);
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
      } catch (MalformedWeightsException e) {
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
