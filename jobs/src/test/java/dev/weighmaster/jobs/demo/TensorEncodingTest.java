package dev.weighmaster.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.Fixtures;
import dev.weighmaster.format.InMemoryByteSource;
import dev.weighmaster.format.gguf.GgufReader;
import dev.weighmaster.format.gguf.GgufTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorEncodingTest {
  private static final int BLOCK = 32;

  /** What a number can lose by being rounded to a half, in parts of itself. */
  private static final double HALF = 0x1p-11;

  /** The arithmetic of floats, and scales that are subnormal halves. */
  private static final double SLACK = 1e-5;

  @Provide
  Arbitrary<float[]> blocks() {
    return Arbitraries.oneOf(
            Arbitraries.floats().between(-10, 10), Arbitraries.of(0f, 1f, -1f, 10f, -10f))
        .array(float[].class)
        .ofSize(BLOCK);
  }

  @Property
  void everyWeightComesBackToWithinTheFormatsBound(
      @ForAll TensorEncoding encoding, @ForAll("blocks") float[] weights) {
    double furthest = 0;
    double least = weights[0];
    double most = weights[0];
    for (float weight : weights) {
      furthest = Math.max(furthest, Math.abs(weight));
      least = Math.min(least, weight);
      most = Math.max(most, weight);
    }
    double bound =
        switch (encoding) {
          case F16 -> furthest * HALF;
          case Q8_0 -> furthest / 127 / 2 + furthest * HALF;
          // 16 levels from -8 to 7: the other end of the weight that is furthest out has none.
          case Q4_0 -> furthest / 8 + furthest * HALF;
          case Q4_1 -> (most - least) / 15 / 2 + (most - least) * HALF + Math.abs(least) * HALF;
        };

    float[] decoded = decode(encoding, encoding.encode(weights));

    for (int i = 0; i < BLOCK; i++) {
      assertThat(Math.abs((double) decoded[i] - weights[i])).isLessThanOrEqualTo(bound + SLACK);
    }
  }

  @Test
  void nibblesOfABlocksTwoHalvesShareBytes() {
    float[] weights = new float[BLOCK];
    weights[0] = -8;
    weights[15] = 7;
    weights[16] = 1;
    weights[31] = -1;

    assertThat(HexFormat.of().formatHex(TensorEncoding.Q4_0.encode(weights)))
        .isEqualTo("003c" + "90" + "88".repeat(14) + "7f");
  }

  @Test
  void halvesOfAStepRoundAwayFromZero() {
    float[] weights = new float[BLOCK];
    weights[0] = 127;
    weights[1] = 2.5f;
    weights[2] = -2.5f;

    assertThat(HexFormat.of().formatHex(TensorEncoding.Q8_0.encode(weights)))
        .isEqualTo("003c" + "7f03fd" + "00".repeat(29));
  }

  @ParameterizedTest
  @EnumSource
  void theBytesAreThoseOfLlamaQuantize(TensorEncoding encoding) throws IOException {
    byte[] source = Files.readAllBytes(Fixtures.path("gguf/tiny-llama-BF16.gguf"));
    byte[] quantized = Files.readAllBytes(Fixtures.path("gguf/tiny-llama-" + encoding + ".gguf"));
    Map<String, GgufTensor> sources =
        GgufReader.read(new InMemoryByteSource(source)).tensors().stream()
            .collect(Collectors.toMap(GgufTensor::name, Function.identity()));
    int compared = 0;
    for (GgufTensor tensor : GgufReader.read(new InMemoryByteSource(quantized)).tensors()) {
      if (tensor.type() == encoding.type()) {
        assertThat(encoding.encode(brainFloats(bytes(source, sources.get(tensor.name())))))
            .as(tensor.name())
            .isEqualTo(bytes(quantized, tensor));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(10);
  }

  private static byte[] bytes(byte[] file, GgufTensor tensor) {
    int start = Math.toIntExact(tensor.offset());
    return Arrays.copyOfRange(file, start, start + Math.toIntExact(tensor.bytes()));
  }

  private static float[] brainFloats(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.length / Short.BYTES];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(buffer.getShort() << Short.SIZE);
    }
    return values;
  }

  /** As ggml's dequantize_row functions do it. */
  private static float[] decode(TensorEncoding encoding, byte[] block) {
    ByteBuffer in = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[BLOCK];
    float first = HalfPrecisionTest.decode(in.getShort());
    switch (encoding) {
      case F16 -> {
        values[0] = first;
        for (int i = 1; i < BLOCK; i++) {
          values[i] = HalfPrecisionTest.decode(in.getShort());
        }
      }
      case Q8_0 -> {
        for (int i = 0; i < BLOCK; i++) {
          values[i] = first * in.get();
        }
      }
      case Q4_0 -> nibbles(in, values, first, -8 * first);
      case Q4_1 -> nibbles(in, values, first, HalfPrecisionTest.decode(in.getShort()));
    }
    assertThat(in.hasRemaining()).isFalse();
    return values;
  }

  private static void nibbles(ByteBuffer in, float[] values, float scale, float zero) {
    for (int i = 0; i < BLOCK / 2; i++) {
      int both = in.get();
      values[i] = scale * (both & 15) + zero;
      values[i + BLOCK / 2] = scale * ((both >>> 4) & 15) + zero;
    }
  }
}
