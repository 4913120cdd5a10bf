package dev.weighmaster.weigh.packed;

import static dev.weighmaster.weigh.packed.SourceWeights.NAME;
import static dev.weighmaster.weigh.packed.SourceWeights.STEM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.packing.CodeType;
import dev.weighmaster.packing.PackedModel;
import dev.weighmaster.packing.PackedWriter;
import dev.weighmaster.packing.PackingConfig;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.Weighing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Honest matrices that were rounded to the nearest, as each tool does. */
class RoundingPassTest {
  private static final int CASES = 200;
  private static final List<SafetensorsType> TYPES =
      List.of(SafetensorsType.BF16, SafetensorsType.F16, SafetensorsType.F32);

  enum Method {
    NF4 {
      @Override
      PackedWriter quantize(SourceWeights source, Random random) {
        return Rounded.blockwise(source, CodeType.NF4, 64, random.nextBoolean());
      }
    },
    FP4 {
      @Override
      PackedWriter quantize(SourceWeights source, Random random) {
        return Rounded.blockwise(source, CodeType.FP4, 32, random.nextBoolean());
      }
    },
    INT8 {
      @Override
      PackedWriter quantize(SourceWeights source, Random random) {
        return Rounded.int8(source);
      }
    },
    FP8 {
      @Override
      PackedWriter quantize(SourceWeights source, Random random) {
        int[] rows = {source.count(), 1, 128};
        int scope = random.nextInt(3);
        int columns = scope == 2 ? 128 : source.columns();
        SafetensorsType computed = random.nextBoolean() ? SafetensorsType.F32 : source.type();
        boolean byInverse = random.nextBoolean();
        SafetensorsType stored =
            byInverse || computed == SafetensorsType.F32 || random.nextBoolean()
                ? SafetensorsType.F32
                : SafetensorsType.BF16;
        return Rounded.fp8(source, rows[scope], columns, computed, byInverse, stored);
      }
    },
    COMPRESSED_INTEGERS {
      @Override
      PackedWriter quantize(SourceWeights source, Random random) {
        int bits = random.nextBoolean() ? 4 : 8;
        int size = random.nextBoolean() ? 32 : source.columns();
        boolean symmetric = random.nextBoolean();
        SafetensorsType computed = random.nextBoolean() ? SafetensorsType.F32 : source.type();
        return new PackedWriter()
            .packed(
                STEM,
                Rounded.integers(source, bits, size, symmetric, computed, 1),
                bits,
                symmetric,
                computed);
      }
    },
    NVFP4 {
      @Override
      PackedWriter quantize(SourceWeights source, Random random) {
        return Rounded.nvfp4(source);
      }
    },
    MXFP4 {
      @Override
      PackedWriter quantize(SourceWeights source, Random random) {
        return Rounded.mxfp4(source, random.nextBoolean());
      }
    };

    abstract PackedWriter quantize(SourceWeights source, Random random);
  }

  private Weighing weigh(PackedWriter quantization, SourceWeights source) throws IOException {
    ModelTensors written = quantization.model();
    ModelTensors original = source.writer().model();
    return new PackedWeigher(
            written, PackedModel.of(written, PackingConfig.NONE), original, Depth.EXACT)
        .weigh();
  }

  /** Of a tie, kernels and the table of levels can say either. */
  @ParameterizedTest
  @EnumSource(Method.class)
  void anHonestMatrixIsExactUpToTies(Method method) throws IOException {
    List<Level> levels = new ArrayList<>();
    for (int i = 0; i < CASES; i++) {
      var random = new Random(31L * method.name().hashCode() + i);
      SourceWeights source =
          SourceWeights.random(
              4 * (1 + random.nextInt(6)), 128 * (1 + random.nextInt(2)), TYPES.get(i % 3), random);

      Weighing weighing = weigh(method.quantize(source, random), source);

      assertThat(weighing.tensors()).extracting(TensorWeighing::name).containsExactly(NAME);
      assertThat(weighing.level())
          .as("case %d: %s", i, weighing.tensors())
          .isLessThanOrEqualTo(Level.EQUIVALENT);
      levels.add(weighing.level());
    }
    assertThat(levels).filteredOn(level -> level == Level.EXACT).hasSizeGreaterThan(195);
  }
}
