package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.ForcedCodec;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The limits let every honest file pass, however uneven the importance that it was made with. */
class ErrorLimitsTest {
  private static final int LENGTH = 1024;
  private static final int ROWS = 16;
  private static final float[] WEIGHTS = TestModel.weights(LENGTH * ROWS, 1);

  @TempDir Path hub;

  /** Each type that heeds importance, and the deviation of the importance's logarithm. */
  static Stream<Arguments> importances() {
    return Arrays.stream(GgmlType.values())
        .flatMap(type -> GgmlCodecs.of(type).stream())
        .filter(GgmlCodec::heedsImportance)
        .map(GgmlCodec::type)
        .flatMap(type -> Stream.of(0.0, 1.5, 2.5).map(deviation -> arguments(type, deviation)));
  }

  /** Weights other than normal ones with outliers. */
  private enum Weights {
    ALL_POSITIVE,
    HALF_ZEROS,
    NINE_TENTHS_ZEROS,
    HEAVY_TAILS,
    LOG_NORMAL_COLUMNS,
    LOG_NORMAL_ROWS;

    float[] made() {
      var random = new Random(5);
      float[] weights = new float[LENGTH * ROWS];
      double[] columns = new double[LENGTH];
      Arrays.setAll(columns, i -> Math.exp(random.nextGaussian()));
      double[] rows = new double[ROWS];
      Arrays.setAll(rows, i -> Math.exp(random.nextGaussian()));
      for (int i = 0; i < weights.length; i++) {
        double normal = random.nextGaussian();
        double made =
            switch (this) {
              case ALL_POSITIVE -> 1 + 0.1 * normal;
              case HALF_ZEROS -> random.nextInt(2) == 0 ? 0 : normal;
              case NINE_TENTHS_ZEROS -> random.nextInt(10) > 0 ? 0 : normal;
              case HEAVY_TAILS -> normal / chi(random, 3);
              case LOG_NORMAL_COLUMNS -> normal * columns[i % LENGTH];
              case LOG_NORMAL_ROWS -> normal * rows[i / LENGTH];
            };
        weights[i] = (float) made * TestModel.DEVIATION;
      }
      return weights;
    }

    private static double chi(Random random, int degrees) {
      double squares = 0;
      for (int i = 0; i < degrees; i++) {
        squares += Math.pow(random.nextGaussian(), 2);
      }
      return Math.sqrt(squares / degrees);
    }
  }

  static Stream<Arguments> unusualWeights() {
    return importances()
        .filter(each -> GgmlCodecs.of((GgmlType) each.get()[0]).get() instanceof ForcedCodec)
        .map(each -> (GgmlType) each.get()[0])
        .distinct()
        .flatMap(
            type ->
                Arrays.stream(Weights.values())
                    .filter(weights -> !losesBlocks(type, weights))
                    .flatMap(
                        weights ->
                            Stream.of(0.5, 2.0)
                                .map(deviation -> arguments(type, weights, deviation))));
  }

  /** Where an importance matrix costs many blocks most of what they have. */
  private static boolean losesBlocks(GgmlType type, Weights weights) {
    return switch (weights) {
      case NINE_TENTHS_ZEROS ->
          type.blockElements() == 32 || type == GgmlType.Q3_K || type == GgmlType.Q6_K;
      case LOG_NORMAL_COLUMNS -> type == GgmlType.Q6_K;
      case ALL_POSITIVE, HALF_ZEROS, HEAVY_TAILS, LOG_NORMAL_ROWS -> false;
    };
  }

  @ParameterizedTest
  @MethodSource("unusualWeights")
  void honestFilesOfUnusualWeightsAreEquivalentAndExactIfTheImportanceIsKnown(
      GgmlType type, Weights made, double deviation) throws IOException {
    float[] weights = made.made();
    float[] importance = importance(deviation);
    byte[] blocks = TestModel.encode(type, weights, LENGTH, importance);

    for (Weigher.Depth depth : Weigher.Depth.values()) {
      assertThat(weigh(type, weights, blocks, List.of(), depth).level())
          .isEqualTo(Level.EQUIVALENT);
    }
    List<NamedImatrix> known = List.of(TestImatrix.write(hub, "a", importance));
    assertThat(weigh(type, weights, blocks, known, Weigher.Depth.EXACT).level())
        .isEqualTo(Level.EXACT);
  }

  private TensorWeighing weigh(
      GgmlType type,
      float[] weights,
      byte[] blocks,
      List<NamedImatrix> imatrices,
      Weigher.Depth depth)
      throws IOException {
    ModelTensors quantization =
        new TestModel()
            .put("a", type, List.of((long) LENGTH, (long) ROWS), blocks)
            .write(hub, "q.gguf");
    ModelTensors source =
        new TestModel().put("a", GgmlType.F32, weights, LENGTH).write(hub, "s.gguf");
    return new Weigher(quantization, source, imatrices, depth)
        .weigh(quantization.find("a").orElseThrow());
  }

  /** Log-normal; a column in a hundred has none. */
  private static float[] importance(double deviation) {
    var random = new Random(2);
    float[] importance = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      double drawn = Math.exp(deviation * random.nextGaussian());
      importance[i] = random.nextInt(100) == 0 ? 0 : (float) drawn;
    }
    return importance;
  }

  @ParameterizedTest
  @MethodSource("importances")
  void whoeverDoesNotKnowTheImportanceFindsAnHonestFileAsGoodAsItsTypeAllows(
      GgmlType type, double deviation) throws IOException {
    GgmlCodec codec = GgmlCodecs.of(type).orElseThrow();
    byte[] blocks = TestModel.encode(type, WEIGHTS, LENGTH, importance(deviation));

    TensorWeighing weighing = weigh(type, WEIGHTS, blocks, List.of(), Weigher.Depth.EXACT);

    assertThat(weighing.level())
        .as(weighing::toString)
        .isEqualTo(codec instanceof ForcedCodec ? Level.EQUIVALENT : Level.WITHIN_BOUNDS);
  }
}
