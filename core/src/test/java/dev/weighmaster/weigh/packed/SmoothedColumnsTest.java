package dev.weighmaster.weigh.packed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.packing.PackedModel;
import dev.weighmaster.packing.PackedWriter;
import dev.weighmaster.packing.PackingConfig;
import dev.weighmaster.packing.Quantized;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher.Depth;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What llm-compressor makes by SmoothQuant and then GPTQ, of 8 bits. */
class SmoothedColumnsTest {
  private static final int CASES = 30;
  private static final List<String> SMOOTHED =
      List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj");
  private static final String NORM = AwqQuantizer.LAYER + "input_layernorm.weight";

  private interface Change {
    void make(AwqQuantizer smoothed, PackedWriter written);
  }

  private static Map<String, Level> weigh(int seed, Change change) throws IOException {
    var layer = new AwqQuantizer(64, 128, 64, SafetensorsType.BF16, new Random(seed));
    PackedWriter source = layer.source();
    layer.quantize();
    PackedWriter written = layer.written(Map.of());
    change.make(layer, written);
    var quantizer = new GptqQuantizer(64, 8, 64, true, true, new Random(seed));
    for (String name : SMOOTHED) {
      Quantized moved = quantizer.quantize(layer.weights(name));
      written.packed(AwqQuantizer.LAYER + name, moved, 8, true, SafetensorsType.F16);
    }
    ModelTensors model = written.model();
    PackedModel packed = PackedModel.of(model, PackingConfig.NONE);
    return new PackedWeigher(model, packed, source.model(), Depth.EXACT)
        .weigh().tensors().stream()
            .filter(tensor -> tensor.type().isPresent())
            .filter(tensor -> !tensor.name().contains("post_attention"))
            .collect(
                Collectors.toMap(
                    tensor -> tensor.name().replace(AwqQuantizer.LAYER, ""),
                    TensorWeighing::level));
  }

  /** The rows of V are divided too, for the matrix after it, which SmoothQuant does not do. */
  @Test
  void smoothedMatricesAreWithinBoundsAndTheirNormIsEquivalent() throws IOException {
    for (int seed = 0; seed < CASES; seed++) {
      Map<String, Level> levels = weigh(seed, (layer, written) -> {});
      assertThat(levels)
          .as("seed %d", seed)
          .containsEntry("self_attn.q_proj.weight", Level.WITHIN_BOUNDS)
          .containsEntry("self_attn.k_proj.weight", Level.WITHIN_BOUNDS)
          .containsEntry("input_layernorm.weight", Level.EQUIVALENT);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1.001, WITHIN_BOUNDS",
    "1.03, DEVIATES",
    "1.1, DEVIATES",
    "0.8, DEVIATES",
    "-1, DEVIATES"
  })
  void aColumnThatDoesNotFollowItsNormDeviates(float factor, Level level) throws IOException {
    Map<String, Level> levels =
        weigh(
            3,
            (layer, written) -> {
              float[] norm = layer.norm("input_layernorm").clone();
              norm[7] *= factor;
              written.vector(NORM, SafetensorsType.F32, norm);
            });
    assertThat(levels).containsEntry("self_attn.q_proj.weight", level);
  }

  @Test
  void theRowsOfAnotherModelDeviate() throws IOException {
    Map<String, Level> levels =
        weigh(
            3,
            (layer, written) -> {
              float[][] other =
                  SourceWeights.random(64, 64, SafetensorsType.BF16, new Random(9)).rows();
              System.arraycopy(other, 0, layer.weights("self_attn.q_proj"), 0, 64);
            });
    assertThat(levels).containsEntry("self_attn.q_proj.weight", Level.DEVIATES);
  }
}
