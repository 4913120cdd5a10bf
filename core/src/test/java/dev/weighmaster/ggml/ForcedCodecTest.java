package dev.weighmaster.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.Fixtures;
import dev.weighmaster.format.gguf.GgmlType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ForcedCodecTest {
  private static final int COLUMNS = 1024;
  private static final int ROWS = 40;

  static Stream<Arguments> types() {
    return forced().map(codec -> arguments(codec.getPayload().type(), codec));
  }

  static Stream<Arguments> fixtures() {
    return forced()
        .flatMap(
            codec ->
                Stream.of("", "-imatrix")
                    .map(suffix -> arguments(codec.getPayload().type() + suffix, codec)));
  }

  private static Stream<Named<GgmlCodec>> forced() {
    return CodecForms.all().filter(codec -> codec.getPayload() instanceof ForcedCodec);
  }

  private static int deviating(ForcedCodec codec, byte[] blocks, int at, float[] row) {
    float[] decoded = new float[row.length];
    float[] chosen = new float[row.length];
    codec.decode(blocks, at, decoded, 0, row.length);
    codec.decodeChosenAnew(blocks, at, row, 0, row.length, chosen);
    int deviating = 0;
    for (int i = 0; i < row.length; i++) {
      deviating += decoded[i] == chosen[i] ? 0 : 1;
    }
    assertThat(codec.areChosen(blocks, at, row, 0, row.length, decoded)).isEqualTo(deviating == 0);
    return deviating;
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void noCodeOfGgmlDeviatesWithOrWithoutImportance(String name, ForcedCodec codec)
      throws IOException {
    byte[] blocks = Files.readAllBytes(Fixtures.path("ggml/" + name + ".bin"));
    float[] weights = floats(Fixtures.path("ggml/weights.f32"));
    for (int row = 0; row < ROWS; row++) {
      float[] values = Arrays.copyOfRange(weights, row * COLUMNS, (row + 1) * COLUMNS);

      assertThat(deviating(codec, blocks, row * (blocks.length / ROWS), values))
          .as("row %d", row)
          .isZero();
    }
  }

  private static float[] floats(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    float[] floats = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(floats);
    return floats;
  }

  /** Importance from even to wild, which decides between the scales that ggml tries. */
  @ParameterizedTest
  @MethodSource("types")
  void noCodeDeviatesWhateverTheImportance(GgmlType type, ForcedCodec codec) {
    var random = new Random(3);
    byte[] blocks = new byte[COLUMNS / type.blockElements() * type.blockBytes()];
    float[] row = new float[COLUMNS];
    float[] importance = new float[COLUMNS];
    for (int i = 0; i < 24; i++) {
      int wildness = i / 4;
      for (int column = 0; column < COLUMNS; column++) {
        row[column] = (float) random.nextGaussian() * (random.nextInt(50) == 0 ? 0.5f : 0.05f);
        double spread = wildness * random.nextGaussian();
        importance[column] = random.nextInt(30) == 0 ? 0 : (float) Math.exp(spread);
      }
      codec.encode(row, 0, COLUMNS, importance, blocks, 0);

      assertThat(deviating(codec, blocks, 0, row)).as("row %d", i).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void noiseInTheSourceShows(GgmlType type, ForcedCodec codec) {
    var random = new Random(4);
    int count = 64;
    byte[] blocks = new byte[COLUMNS / type.blockElements() * type.blockBytes()];
    int deviating = 0;
    for (int i = 0; i < count; i++) {
      float[] row = new float[COLUMNS];
      float[] other = new float[COLUMNS];
      for (int column = 0; column < COLUMNS; column++) {
        row[column] = (float) random.nextGaussian() * 0.05f;
        other[column] = row[column] + (float) random.nextGaussian() * 0.05f * 1e-3f;
      }
      codec.encode(other, 0, COLUMNS, new float[0], blocks, 0);
      deviating += deviating(codec, blocks, 0, row);
    }

    // The minimum from which Q4_1 and Q5_1 round is not known: some minimum explains most noise.
    boolean fromAnyMin = type == GgmlType.Q4_1 || type == GgmlType.Q5_1;
    assertThat(deviating).isGreaterThan(fromAnyMin ? 0 : count * COLUMNS / 5_000);
  }

  /** Scales that are infinite, no numbers or 0, and every pattern of codes. */
  @ParameterizedTest
  @MethodSource("types")
  void anyBytesAndFloatsAreCompared(GgmlType type, ForcedCodec codec) {
    var random = new Random(5);
    float[] specials = {
      Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, 0, -0f, 1e-40f
    };
    byte[] blocks = new byte[COLUMNS / type.blockElements() * type.blockBytes()];
    for (int i = 0; i < 100; i++) {
      random.nextBytes(blocks);
      if (i % 4 == 0) {
        Arrays.fill(blocks, (byte) (i % 8 == 0 ? 0xFF : 0));
      }
      float[] row = new float[COLUMNS];
      for (int column = 0; column < COLUMNS; column++) {
        row[column] =
            random.nextInt(9) == 0
                ? specials[random.nextInt(specials.length)]
                : (float) random.nextGaussian();
      }

      assertThat(deviating(codec, blocks, 0, row)).isBetween(0, COLUMNS);
    }
  }
}
