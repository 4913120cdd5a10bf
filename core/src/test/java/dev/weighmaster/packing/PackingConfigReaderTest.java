package dev.weighmaster.packing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.packing.PackingConfig.GptqOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackingConfigReaderTest {
  @TempDir private Path folder;

  private PackingConfig read(Map<String, String> files) throws IOException {
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }
    return PackingConfigReader.beside(new LocalStorage(folder), "");
  }

  private PackingConfig read(String config) throws IOException {
    return read(Map.of("config.json", config));
  }

  /** The configuration of a quantizer inside that of the model. */
  private PackingConfig said(String fields) throws IOException {
    return read("{\"quantization_config\": {%s}}".formatted(fields));
  }

  @Test
  void aConfigurationSaysWhatShapesDont() throws IOException {
    PackingConfig gptq =
        said(
            "\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 128, \"desc_act\": true,"
                + " \"checkpoint_format\": \"gptq_v2\", \"sym\": true");
    assertThat(gptq.method()).isEqualTo("GPTQ");
    assertThat(gptq.bits()).contains(4L);
    assertThat(gptq.groupSize()).contains(128L);
    assertThat(gptq.format()).isEqualTo("gptq_v2");
    assertThat(gptq.ordersColumns()).contains(true);

    PackingConfig blocks =
        read(
            "{\"compression_config\": {\"quant_method\": \"compressed-tensors\", \"config_groups\":"
                + " {\"group_0\": {\"weights\": {\"num_bits\": 8, \"block_structure\": [64, 32]}}}}}");
    assertThat(blocks.method()).isEqualTo("COMPRESSED-TENSORS");
    assertThat(blocks.bits()).contains(8L);
    assertThat(blocks.blockRows()).isEqualTo(64);
    assertThat(blocks.blockColumns()).isEqualTo(32);
  }

  @Test
  void aFileOfItsOwnIsTheConfiguration() throws IOException {
    String old =
        "{\"w_bit\": 4, \"q_group_size\": 64, \"version\": \"GEMV\", \"zero_point\": true}";
    PackingConfig own = read(Map.of("quant_config.json", old));
    assertThat(own.bits()).contains(4L);
    assertThat(own.groupSize()).contains(64L);
    assertThat(own.format()).isEqualTo("gemv");

    String modelOpt = "{\"quantization\": {\"quant_algo\": \"FP8\"}}";
    assertThat(read(Map.of("hf_quant_config.json", modelOpt)).method()).isEqualTo("MODELOPT");
  }

  @Test
  void aModelThatIsNotQuantizedHasNone() throws IOException {
    assertThat(read(Map.of())).isEqualTo(PackingConfig.NONE);
    assertThat(read("{\"bits\": 8, \"version\": \"7\"}")).isEqualTo(PackingConfig.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense|config.json is not JSON",
        "{\"quantization_config\": []}|quantization_config must be an object",
        "{\"quantization_config\": {\"bits\": \"4\"}}|bits must be an integer",
        "{\"quantization_config\": {\"group_size\": 1e99}}|group_size must be an integer",
        "{\"quantization_config\": {\"desc_act\": \"no\"}}|desc_act must be true or false",
        "{\"quantization_config\": {\"meta\": 7}}|meta must be an object",
        "{\"quantization_config\": {\"weight_block_size\": [128]}}|must be two positive integers",
        "{\"quantization_config\": {\"weight_block_size\": [0, 128]}}|must be two positive integers"
      })
  void aConfigurationThatNobodyWritesIsAProblem(String json, String message) throws IOException {
    assertThat(read(json).problem()).hasValueSatisfying(why -> assertThat(why).contains(message));
  }

  @Test
  void aConfigurationThatIsTooLongIsAProblem() throws IOException {
    assertThat(read("{\"a\": \"" + "x".repeat(4 << 20) + "\"}").problem())
        .contains("config.json has more than 4194304 bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"bits\": 8",
        "\"group_size\": 32",
        "\"quant_method\": \"awq\"",
        "\"checkpoint_format\": \"gptq_v2\"",
        "\"desc_act\": true"
      })
  void filesThatContradictEachOtherAreAProblem(String other) throws IOException {
    String one =
        "{\"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 128,"
            + " \"checkpoint_format\": \"gptq\", \"desc_act\": false}}";
    PackingConfig both =
        read(Map.of("config.json", one, "quantize_config.json", "{" + other + "}"));
    assertThat(both.problem())
        .contains("config.json and quantize_config.json say different things of how it is packed");
  }

  @Test
  void whatOneFileLacksTheOtherSays() throws IOException {
    PackingConfig both =
        read(
            Map.of(
                "config.json",
                "{\"quantization_config\": {\"quant_method\": \"gptq\"}}",
                "quantize_config.json",
                "{\"bits\": 4, \"group_size\": 64, \"desc_act\": true}"));
    assertThat(both.problem()).isEmpty();
    assertThat(both.method()).isEqualTo("GPTQ");
    assertThat(both.groupSize()).contains(64L);
    assertThat(both.ordersColumns()).contains(true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"rotation\": \"hadamard\"", "\"transform_config\": {\"config_groups\": {}}"})
  void weightsThatWereRotatedAreAProblem(String field) throws IOException {
    assertThat(said("\"quant_method\": \"gptq\", " + field).problem()).isPresent();
    assertThat(said("\"quant_method\": \"gptq\", \"rotation\": null").problem()).isEmpty();
  }

  @Test
  void whatVariesFromModuleToModuleIsLeftToShapes() throws IOException {
    PackingConfig varying =
        said("\"bits\": 4, \"group_size\": 128, \"dynamic\": {\"+:.*down.*\": {\"bits\": 8}}");
    assertThat(varying.bits()).isEmpty();
    assertThat(varying.groupSize()).isEmpty();
  }

  private static final String TOOL = "\"meta\": {\"quantizer\": [\"gptqmodel:5.0.0\"]}";

  /** Only what is known of tools that run GPTQ lets its certificate accuse. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"desc_act\": false, TOOL|BY_COLUMN",
        "\"desc_act\": true, TOOL|BY_GROUP",
        "TOOL|UNKNOWN",
        "\"desc_act\": true, \"static_groups\": true, TOOL|UNKNOWN",
        "\"desc_act\": false, \"static_groups\": true, TOOL|BY_COLUMN",
        "\"desc_act\": false, \"meta\": {\"quantizer\": \"gptqmodel\", \"act_group_aware\": true}|UNKNOWN",
        "\"desc_act\": true, \"meta\": {\"quantizer\": \"gptqmodel\", \"static_groups\": true}|UNKNOWN",
        "\"desc_act\": true, \"damp_percent\": 0.01, \"sym\": true, \"bits\": 4|BY_GROUP",
        "\"desc_act\": true, \"damp_percent\": 0.01, \"unheard_of\": 1|",
        "\"desc_act\": true|",
        "\"desc_act\": true, \"meta\": {\"quantizer\": \"unheard-of\"}|",
        "\"desc_act\": true, \"meta\": {\"quantizer\": \"auto-round:0.9 gptqmodel\"}|",
        "\"desc_act\": true, \"v2\": true, TOOL|",
        "\"desc_act\": true, \"v2\": false, TOOL|BY_GROUP",
        "\"desc_act\": true, \"meta\": {\"quantizer\": \"gptqmodel\", \"v2\": true}|",
        "\"desc_act\": true, \"meta\": {\"quantizer\": \"gptqmodel\", \"gptaq\": {\"alpha\": 0.2}}|",
        "\"desc_act\": true, \"meta\": {\"quantizer\": \"gptqmodel\", \"gptaq\": null}|BY_GROUP",
        "\"desc_act\": true, \"meta\": {\"quantizer\": \"gptqmodel\", \"foem\": {}}|BY_GROUP",
        "\"desc_act\": true, \"autoround_version\": \"0.4\", TOOL|",
        "\"desc_act\": true, \"provider\": \"auto-round\", \"damp_percent\": 0.01|",
        "\"desc_act\": true, \"iters\": 200, \"damp_percent\": 0.01|"
      })
  void theAlgorithmIsGptqWhereItsToolIsKnownAndNothingElseIsSaid(String fields, GptqOrder order)
      throws IOException {
    assertThat(said("\"quant_method\": \"gptq\", " + fields.replace("TOOL", TOOL)).gptq())
        .isEqualTo(Optional.ofNullable(order));
  }

  @Test
  void twoFilesMustBothKnowTheAlgorithm() throws IOException {
    String config =
        "{\"quantization_config\": {\"quant_method\": \"gptq\", \"desc_act\": true,"
            + " \"damp_percent\": 0.01}}";
    String same = "{\"desc_act\": true, \"damp_percent\": 0.01";
    assertThat(read(Map.of("config.json", config, "quantize_config.json", same + "}")).gptq())
        .contains(GptqOrder.BY_GROUP);
    assertThat(
            read(Map.of(
                    "config.json",
                    config,
                    "quantize_config.json",
                    same + ", \"static_groups\": true}"))
                .gptq())
        .contains(GptqOrder.UNKNOWN);
    assertThat(
            read(Map.of("config.json", config, "quantize_config.json", same + ", \"lr\": 0.1}"))
                .gptq())
        .isEmpty();
  }

  @Test
  void whatAutoRoundExportsAsAwqIsNotAwqs() throws IOException {
    assertThat(said("\"quant_method\": \"awq\", \"autoround_version\": \"0.4\"").method())
        .isEqualTo("AUTO-ROUND");
  }
}
