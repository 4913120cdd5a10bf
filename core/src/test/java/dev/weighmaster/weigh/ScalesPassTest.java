package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.ForcedCodec;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is found of scales where only codes are derived again, and few blocks are drawn. */
class ScalesPassTest {
  private static final int LENGTH = 512;
  private static final float[] NO_IMPORTANCE = {};

  @TempDir Path hub;

  /** A type whose codes are nibbles after half-precision numbers, the scale first. */
  private enum Type {
    Q4_0(GgmlType.Q4_0, 2, 16, 24_576),
    Q4_K(GgmlType.Q4_K, 16, 32, 6_144);

    private final GgmlType type;
    private final int codesAt;

    /** How far the two codes in a byte are from each other. */
    private final int distance;

    /** Many times those that are drawn. */
    private final int blocks;

    Type(GgmlType type, int codesAt, int distance, int blocks) {
      this.type = type;
      this.codesAt = codesAt;
      this.distance = distance;
      this.blocks = blocks;
    }

    private ForcedCodec codec() {
      return (ForcedCodec) GgmlCodecs.of(type).orElseThrow();
    }

    float[] weights() {
      return TestModel.weights(blocks * type.blockElements(), 21);
    }

    /** Gives some blocks another scale, and all their codes anew. */
    byte[] rescaled(byte[] quantized, float[] weights, float factor, IntPredicate chosen) {
      byte[] bytes = quantized.clone();
      for (int block = 0; block < blocks; block++) {
        if (chosen.test(block)) {
          rescale(bytes, block, weights, factor);
        }
      }
      return bytes;
    }

    private void rescale(byte[] bytes, int block, float[] weights, float factor) {
      int elements = type.blockElements();
      int at = block * type.blockBytes();
      GgmlCodec half = GgmlCodecs.of(GgmlType.F16).orElseThrow();
      float[] scale = new float[1];
      half.decode(bytes, at, scale, 0, 1);
      scale[0] *= factor;
      half.encode(scale, 0, 1, NO_IMPORTANCE, bytes, at);

      float[] own = Arrays.copyOfRange(weights, block * elements, (block + 1) * elements);
      float[] nearest = new float[elements];
      // Codes that no algorithm gives: others could stay.
      Arrays.fill(bytes, at + codesAt, at + type.blockBytes(), (byte) 0);
      codec().decodeChosenAnew(bytes, at, own, 0, elements, nearest);
      byte[] codes = new byte[elements];
      float[] decoded = new float[elements];
      for (int code = 0; code < 16; code++) {
        Arrays.fill(bytes, at + codesAt, at + type.blockBytes(), (byte) (code | (code << 4)));
        codec().decode(bytes, at, decoded, 0, elements);
        for (int i = 0; i < elements; i++) {
          codes[i] = decoded[i] == nearest[i] ? (byte) code : codes[i];
        }
      }
      for (int i = 0; i < elements / 2; i++) {
        int low = i / distance * 2 * distance + i % distance;
        bytes[at + codesAt + i] = (byte) (codes[low] | (codes[low + distance] << 4));
      }
    }
  }

  private TensorWeighing weigh(GgmlType type, byte[] bytes, float[] source) throws IOException {
    var shape = List.of((long) LENGTH, (long) source.length / LENGTH);
    var quantization = new TestModel().put("a", type, shape, bytes).write(hub, "q.gguf");
    var of = new TestModel().put("a", GgmlType.F32, source, LENGTH).write(hub, "s.gguf");
    return new Weigher(quantization, of, List.of(), Weigher.Depth.CODES)
        .weigh(quantization.find("a").orElseThrow());
  }

  private TensorWeighing weighRescaled(Type type, float factor, IntPredicate chosen)
      throws IOException {
    float[] weights = type.weights();
    byte[] honest = TestModel.encode(type.type, weights, LENGTH);
    TensorWeighing weighing =
        weigh(type.type, type.rescaled(honest, weights, factor, chosen), weights);
    assertThat(weighing.deviation()).as("codes are forced").isEmpty();
    return weighing;
  }

  @ParameterizedTest
  @EnumSource
  void theScalesOfTheReferenceAreAsGoodAsTheReference(Type type) throws IOException {
    TensorWeighing weighing = weighRescaled(type, 2, block -> false);

    assertThat(weighing.level()).isEqualTo(Level.EQUIVALENT);
    assertThat(weighing.toReference()).contains(1.0);
    assertThat(weighing.intermediate()).contains(Intermediate.NONE);
  }

  @ParameterizedTest
  @EnumSource(
      value = GgmlType.class,
      names = {"Q[45]_[01]", "Q[2-6]_K", "IQ4_NL", "IQ4_XS"},
      mode = EnumSource.Mode.MATCH_ANY)
  void scalesByUnknownImportanceAreGoodEnough(GgmlType type) throws IOException {
    var random = new Random(22);
    float[] weights = TestModel.weights(LENGTH * 64, 23);
    float[] importance = new float[LENGTH];
    for (int column = 0; column < LENGTH; column++) {
      importance[column] = (float) Math.exp(1.5 * random.nextGaussian());
    }
    byte[] bytes = TestModel.encode(type, weights, LENGTH, importance);

    TensorWeighing weighing = weigh(type, bytes, weights);

    assertThat(weighing.level()).isEqualTo(Level.EQUIVALENT);
    assertThat(weighing.toReference().orElseThrow()).isBetween(0.9, 1.2);
  }

  /** No block is hidden that has none of its weights, wherever it is. */
  @ParameterizedTest
  @CsvSource({"Q4_0, 0", "Q4_0, 11111", "Q4_0, 24575", "Q4_K, 1", "Q4_K, 4001", "Q4_K, 6143"})
  void oneBlockWithTerribleScalesDoesNotHide(Type type, int hidden) throws IOException {
    TensorWeighing weighing = weighRescaled(type, 100, block -> block == hidden);

    assertThat(weighing.level()).isNotIn(Level.EXACT, Level.EQUIVALENT);
  }

  /** Not even if they lie where they would have been missed last time. */
  @ParameterizedTest
  @EnumSource
  void aTwentiethOfTheBlocksWithBadScalesDoesNotHide(Type type) throws IOException {
    assertThat(weighRescaled(type, 2.5f, block -> block % 20 == 7).level())
        .as("spread")
        .isEqualTo(Level.WITHIN_BOUNDS);
    assertThat(weighRescaled(type, 2.5f, block -> block >= type.blocks * 19 / 20).level())
        .as("together")
        .isEqualTo(Level.WITHIN_BOUNDS);
  }

  /** Each block's error is usual; together they are too great. */
  @ParameterizedTest
  @CsvSource({"Q4_0, 1.5", "Q4_K, 1.4"})
  void scalesThatAreALittleWorseAllOverAreSeenByTheBlocksDrawn(Type type, float factor)
      throws IOException {
    TensorWeighing weighing = weighRescaled(type, factor, block -> true);

    assertThat(weighing.level()).isEqualTo(Level.WITHIN_BOUNDS);
    assertThat(weighing.toReference().orElseThrow()).isGreaterThan(1.25);
  }

  /** What deriving all blocks again would not see, either. */
  @ParameterizedTest
  @EnumSource
  void aHundredthOfTheBlocksWithScalesTwiceAsLargeIsNotSeen(Type type) throws IOException {
    assertThat(weighRescaled(type, 1.9f, block -> block % 125 == 7).level())
        .isEqualTo(Level.EQUIVALENT);
  }

  @ParameterizedTest
  @EnumSource(Intermediate.class)
  void theIntermediateIsFound(Intermediate intermediate) throws IOException {
    float[] weights = TestModel.weights(LENGTH * 8, 24);
    float[] rounded =
        intermediate
            .type()
            .map(type -> GgmlDecoded.of(type, TestModel.encode(type, weights, LENGTH), LENGTH))
            .orElse(weights);

    TensorWeighing weighing =
        weigh(GgmlType.Q5_K, TestModel.encode(GgmlType.Q5_K, rounded, LENGTH), weights);

    assertThat(weighing.level()).isEqualTo(Level.EQUIVALENT);
    assertThat(weighing.intermediate()).contains(intermediate);
  }

  @ParameterizedTest
  @EnumSource
  void aCodeThatIsNotForcedDeviatesInTheLastBlock(Type type) throws IOException {
    float[] weights = type.weights();
    byte[] bytes = TestModel.encode(type.type, weights, LENGTH);
    bytes[bytes.length - 1] ^= 0x10;

    TensorWeighing weighing = weigh(type.type, bytes, weights);

    assertThat(weighing.level()).isEqualTo(Level.DEVIATES);
    assertThat(weighing.deviation().orElseThrow().weights()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void blocksOfZerosAreEquivalentToThemselves(Type type) throws IOException {
    float[] weights = new float[LENGTH * 16];

    TensorWeighing weighing =
        weigh(type.type, TestModel.encode(type.type, weights, LENGTH), weights);

    assertThat(weighing.level()).isEqualTo(Level.EQUIVALENT);
  }
}
