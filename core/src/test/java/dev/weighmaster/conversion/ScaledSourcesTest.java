package dev.weighmaster.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sources that are quantized themselves: FP8 with scales, and NVFP4. */
class ScaledSourcesTest {
  private static final String V = "model.layers.0.self_attn.v_proj.weight";
  private static final String NAME = "blk.0.attn_v.weight";

  @TempDir Path folder;

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(5).nextBytes(bytes);
    return bytes;
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  private static float[] scales(int count) {
    float[] scales = new float[count];
    for (int i = 0; i < count; i++) {
      scales[i] = 0.001f * (i + 1);
    }
    return scales;
  }

  /** Sign, exponent and mantissa, by the definition. */
  private static float e4m3(byte value) {
    int exponent = (value >> 3) & 15;
    int mantissa = value & 7;
    double size =
        exponent == 0 ? mantissa * Math.pow(2, -9) : (8 + mantissa) * Math.pow(2, exponent - 10);
    return (value & 0x7F) == 0x7F ? Float.NaN : (float) (value < 0 ? -size : size);
  }

  private static float e5m2(byte value) {
    int exponent = (value >> 2) & 31;
    int mantissa = value & 3;
    double size =
        exponent == 0 ? mantissa * Math.pow(2, -16) : (4 + mantissa) * Math.pow(2, exponent - 17);
    if (exponent == 31) {
      size = mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
    }
    return (float) (value < 0 ? -size : size);
  }

  private SafetensorsSource open(SmallRepository repository) throws IOException {
    repository.write(folder);
    return SmallRepository.open(folder, MappingTables.STANDARD);
  }

  private static SourceTensor tensor(SafetensorsSource source, String name) {
    return source
        .counterpart(new Tensor(name, new TensorType.Ggml(GgmlType.F32), List.of(1L), 1, 0, 0, 4))
        .tensors()
        .get(0);
  }

  /** Scale tensor, the rows and columns that share one, and the configuration. */
  @ParameterizedTest
  @CsvSource({
    "F8_E4M3, _scale_inv, '3,2', 128, 128, ''",
    "F8_E4M3, _scale_inv, '5,5', 64, 50, '\"quantization_config\": {\"weight_block_size\": [64, 50]}'",
    "F8_E5M2, _scale_inv, '3,2', 128, 128, ''",
    "F8_E4M3, _scale, '300,1', 1, 250, ''",
    "F8_E4M3, _scale, '300', 1, 250, ''",
    "F8_E4M3, _scale, '1', 300, 250, ''",
    "F8_E4M3, _scale, '', 300, 250, ''"
  })
  void weightsAreTheProductsAsFloats(
      SafetensorsType type, String suffix, String shape, int rows, int columns, String config)
      throws IOException {
    byte[] weights = bytes(300 * 250);
    int[] lengths =
        Arrays.stream(shape.split(",", -1))
            .filter(each -> !each.isEmpty())
            .mapToInt(Integer::parseInt)
            .toArray();
    float[] scales = scales(Arrays.stream(lengths).reduce(1, (one, other) -> one * other));
    SafetensorsSource source =
        open(
            new SmallRepository("LlamaForCausalLM", config)
                .with(V, type, weights, 300, 250)
                .with(V + suffix, SafetensorsType.F32, floats(scales), lengths));

    SourceTensor tensor = tensor(source, NAME);

    assertThat(tensor.storedType()).isEqualTo(type.name());
    assertThat(tensor.shape()).containsExactly(250L, 300L);
    float[] found = SmallRepository.read(tensor);
    int perRow = (250 + columns - 1) / columns;
    for (int i = 0; i < found.length; i++) {
      float value = type == SafetensorsType.F8_E4M3 ? e4m3(weights[i]) : e5m2(weights[i]);
      float expected = value * scales[i / 250 / rows * perRow + i % 250 / columns];
      assertThat(Float.compare(found[i], expected)).as("weight %d", i).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"'3,3'", "'2,2'", "'250'", "'2,3,1'", "'300,2'"})
  void scalesOfAnotherShapeAreNotUsed(String shape) throws IOException {
    int[] lengths = Arrays.stream(shape.split(",", -1)).mapToInt(Integer::parseInt).toArray();
    int count = Arrays.stream(lengths).reduce(1, (one, other) -> one * other);
    SafetensorsSource source =
        open(
            new SmallRepository("LlamaForCausalLM", "")
                .with(V, SafetensorsType.F8_E4M3, bytes(300 * 250), 300, 250)
                .with(V + "_scale_inv", SafetensorsType.F32, floats(scales(count)), lengths));

    assertThat(SmallRepository.found(source, NAME))
        .isEqualTo("its weights and its scales do not belong together");
  }

  @Test
  void withoutScalesItIsNotKnownWhatTheyAre() throws IOException {
    SafetensorsSource source =
        open(
            new SmallRepository("LlamaForCausalLM", "")
                .with(V, SafetensorsType.F8_E4M3, bytes(4), 2, 2));

    assertThat(SmallRepository.found(source, NAME))
        .isEqualTo("how a converter reads F8_E4M3 of the source's is not known");
  }

  /** By ModelOpt's names and by those of compressed-tensors; rows of Q are permuted, too. */
  @ParameterizedTest
  @CsvSource({"weight, weight_scale_2", "weight_packed, weight_global_scale"})
  void nvfp4IsOnlyPackedOtherwise(String weight, String scale) throws IOException {
    String q = "model.layers.0.self_attn.q_proj.";
    byte[] codes = bytes(4 * 64);
    byte[] scales = bytes(4 * 8);
    SafetensorsSource source =
        open(
            new SmallRepository("LlamaForCausalLM", "\"num_attention_heads\": 1")
                .with(q + weight, SafetensorsType.U8, codes, 4, 64)
                .with(q + "weight_scale", SafetensorsType.F8_E4M3, scales, 4, 8)
                .with(q + scale, SafetensorsType.F32, floats(0.5f)));

    SourceTensor tensor = tensor(source, "blk.0.attn_q.weight");

    assertThat(tensor.type().ggml()).contains(GgmlType.NVFP4);
    assertThat(tensor.shape()).containsExactly(128L, 4L);
    float[] found = SmallRepository.read(tensor);
    float[] values = {0, .5f, 1, 1.5f, 2, 3, 4, 6, 0, -.5f, -1, -1.5f, -2, -3, -4, -6};
    int[] rows = {0, 2, 1, 3};
    for (int i = 0; i < found.length; i++) {
      int at = rows[i / 128] * 128 + i % 128;
      float value = values[(codes[at / 2] >> (at % 2 * 4)) & 15];
      float factor = e4m3((byte) (scales[at / 16] & 0x7F));
      if (!Float.isNaN(factor)) {
        assertThat(found[i]).as("weight %d", i).isEqualTo(value * factor + 0f);
      }
    }
    assertThat(SmallRepository.found(source, "blk.0.attn_q.scale"))
        .isEqualTo(
            scale.equals("weight_scale_2")
                ? "[1] [0.5]"
                : "the source has no model.layers.0.self_attn.q_proj.weight_scale_2");
  }

  @Test
  void theScalesOfExpertsAreOneVector() throws IOException {
    SmallRepository repository = new SmallRepository("Qwen3MoeForCausalLM", "");
    for (int expert = 0; expert < 3; expert++) {
      String up = "model.layers.0.mlp.experts." + expert + ".up_proj.";
      repository
          .with(up + "weight", SafetensorsType.U8, bytes(32), 1, 32)
          .with(up + "weight_scale", SafetensorsType.F8_E4M3, bytes(4), 1, 4)
          .with(up + "weight_scale_2", SafetensorsType.F32, floats(expert + 1), 1)
          .with(up + "input_scale", SafetensorsType.F32, floats(expert + 5));
    }
    SafetensorsSource source = open(repository);

    assertThat(SmallRepository.found(source, "blk.0.ffn_up_exps.scale"))
        .isEqualTo("[3] [1.0, 2.0, 3.0]");
    assertThat(SmallRepository.found(source, "blk.0.ffn_up_exps.input_scale"))
        .isEqualTo("[3] [5.0, 6.0, 7.0]");
    assertThat(tensor(source, "blk.0.ffn_up_exps.weight").shape()).containsExactly(64L, 1L, 3L);
  }
}
