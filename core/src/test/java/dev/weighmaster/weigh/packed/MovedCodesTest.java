package dev.weighmaster.weigh.packed;

import static dev.weighmaster.weigh.packed.SourceWeights.STEM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

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
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GPTQ without its certificate: errors are what moving codes makes of them, or they are not. */
class MovedCodesTest {
  private static final int CASES = 50;

  private static TensorWeighing weigh(PackedWriter quantization, SourceWeights source)
      throws IOException {
    ModelTensors written = quantization.model();
    PackedModel packed = PackedModel.of(written, PackingConfig.NONE);
    return new PackedWeigher(written, packed, source.writer().model(), Depth.EXACT)
        .weigh(packed.matrices().get(0));
  }

  /** Of many widths, groups, orders and calibrations. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 8})
  void anHonestMatrixOfGptqIsWithinBounds(int bits) throws IOException {
    double worst = 0;
    for (int i = 0; i < CASES; i++) {
      var random = new Random(100L * bits + i);
      int columns = 32 * (1 + random.nextInt(4));
      SourceWeights source = SourceWeights.random(32, columns, SafetensorsType.BF16, random);
      int groupSize = random.nextBoolean() ? 32 : columns;
      var quantizer =
          new GptqQuantizer(
              columns, bits, groupSize, random.nextBoolean(), random.nextBoolean(), random);
      Quantized quantized = quantizer.quantize(source.rows());

      TensorWeighing weighing = weigh(new PackedWriter().gptq(STEM, quantized, bits, 1), source);

      assertThat(weighing.level()).as("case %d: %s", i, weighing).isEqualTo(Level.WITHIN_BOUNDS);
      worst = Math.max(worst, weighing.toReference().orElseThrow());
    }
    assertThat(worst).isGreaterThan(1.05).isLessThan(3);
  }

  private interface Change {
    Quantized make(Quantized honest, SourceWeights source, GptqQuantizer quantizer);
  }

  private static Arguments row(String what, Change change, Level level) {
    return arguments(what, change, level);
  }

  /** What can't be told from GPTQ's own doing without its certificate, and what can. */
  static Stream<Arguments> tamperings() {
    return Stream.of(
        row("nothing", (honest, source, quantizer) -> honest, Level.WITHIN_BOUNDS),
        row(
            "a code off by one",
            (honest, source, quantizer) -> {
              honest.codes()[5][7] ^= 1;
              return honest;
            },
            Level.WITHIN_BOUNDS),
        row(
            "the lowest bit of a scale",
            (honest, source, quantizer) -> {
              honest.scales()[5][1] *= 1 + 0x1p-10f;
              return honest;
            },
            Level.WITHIN_BOUNDS),
        row(
            "noise of a tenth of the weights' deviation",
            (honest, source, quantizer) -> quantizer.quantize(Tampered.noisy(source, 0.1).rows()),
            Level.WITHIN_BOUNDS),
        row(
            "an update of rank 8, of a tenth of the weights' deviation",
            (honest, source, quantizer) -> quantizer.quantize(Tampered.updated(source, 0.1).rows()),
            Level.WITHIN_BOUNDS),
        row(
            "an update of rank 8, as great as the weights",
            (honest, source, quantizer) -> quantizer.quantize(Tampered.updated(source, 1).rows()),
            Level.DEVIATES),
        row(
            "two rows swapped",
            (honest, source, quantizer) -> {
              float[][] rows = source.rows().clone();
              rows[3] = source.rows()[17];
              rows[17] = source.rows()[3];
              return quantizer.quantize(rows);
            },
            Level.DEVIATES),
        row(
            "a scale without end",
            (honest, source, quantizer) -> {
              honest.scales()[5][1] = Float.POSITIVE_INFINITY;
              return honest;
            },
            Level.DEVIATES),
        row(
            "a group without weights",
            (honest, source, quantizer) -> {
              honest.scales()[5][1] = 0;
              return honest;
            },
            Level.WITHIN_BOUNDS),
        row(
            "a row without weights",
            (honest, source, quantizer) -> {
              Arrays.fill(honest.scales()[5], 0);
              return honest;
            },
            Level.DEVIATES),
        row(
            "the weights of another model",
            (honest, source, quantizer) ->
                quantizer.quantize(
                    SourceWeights.random(32, 64, SafetensorsType.BF16, new Random(9)).rows()),
            Level.DEVIATES));
  }

  @ParameterizedTest(name = "{0} is {2}")
  @MethodSource("tamperings")
  void tamperingIsSeenAsFarAsErrorsShowIt(String what, Change change, Level level)
      throws IOException {
    var random = new Random(1);
    SourceWeights source = SourceWeights.random(32, 64, SafetensorsType.BF16, random);
    var quantizer = new GptqQuantizer(64, 4, 32, true, false, random);
    Quantized changed = change.make(quantizer.quantize(source.rows()), source, quantizer);

    TensorWeighing weighing = weigh(new PackedWriter().gptq(STEM, changed, 4, 1), source);

    assertThat(weighing.level()).as(weighing.toString()).isEqualTo(level);
  }
}
