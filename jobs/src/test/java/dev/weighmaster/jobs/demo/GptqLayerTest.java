package dev.weighmaster.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.GgmlCodecs;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;

class GptqLayerTest {
  private static final int INPUTS = 64;
  private static final int OUTPUTS = 8;

  @Property(tries = 100)
  void everyWeightComesBackToWithinHalfAStep(
      @ForAll @Size(INPUTS * OUTPUTS) List<@FloatRange(min = -10, max = 10) Float> weights) {
    float[] values = new float[weights.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = weights.get(i);
    }
    GptqLayer layer =
        GptqLayer.of(new TinyModel.Tensor("", "", List.of((long) OUTPUTS, (long) INPUTS), values));

    for (int output = 0; output < OUTPUTS; output++) {
      for (int input = 0; input < INPUTS; input++) {
        float scale = stored(layer.scale(input, output));
        double decoded = (double) scale * (layer.level(input, output) - GptqLayer.ZERO_POINT);
        assertThat(Math.abs(decoded - values[output * INPUTS + input]))
            .isLessThanOrEqualTo(0.51 * scale + 1e-5);
      }
    }
  }

  /** A scale as the file has it. */
  private static float stored(float scale) {
    float[] stored = new float[1];
    GgmlCodecs.of(GgmlType.F16)
        .orElseThrow()
        .decode(TensorEncoding.encode(GgmlType.F16, new float[] {scale}, 1), 0, stored, 0, 1);
    return stored[0];
  }
}
