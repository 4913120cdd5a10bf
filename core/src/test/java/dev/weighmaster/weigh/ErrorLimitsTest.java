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
    float[] importance = importance(deviation);
    int rowBytes = LENGTH / type.blockElements() * type.blockBytes();
    byte[] blocks = new byte[ROWS * rowBytes];
    for (int row = 0; row < ROWS; row++) {
      codec.encode(WEIGHTS, row * LENGTH, LENGTH, importance, blocks, row * rowBytes);
    }
    ModelTensors quantization =
        new TestModel()
            .put("a", type, List.of((long) LENGTH, (long) ROWS), blocks)
            .write(hub, "q.gguf");
    ModelTensors source =
        new TestModel().put("a", GgmlType.F32, WEIGHTS, LENGTH).write(hub, "s.gguf");

    TensorWeighing weighing =
        new Weigher(quantization, source, List.of(), Weigher.Depth.EXACT)
            .weigh(quantization.find("a").orElseThrow());

    assertThat(weighing.level())
        .as(weighing::toString)
        .isEqualTo(codec instanceof ForcedCodec ? Level.EQUIVALENT : Level.WITHIN_BOUNDS);
  }
}
