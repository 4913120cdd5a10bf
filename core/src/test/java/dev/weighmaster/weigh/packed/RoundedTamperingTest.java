package dev.weighmaster.weigh.packed;

import static dev.weighmaster.weigh.Level.DEVIATES;
import static dev.weighmaster.weigh.Level.EQUIVALENT;
import static dev.weighmaster.weigh.Level.EXACT;
import static dev.weighmaster.weigh.Level.WITHIN_BOUNDS;
import static dev.weighmaster.weigh.packed.SourceWeights.NAME;
import static dev.weighmaster.weigh.packed.SourceWeights.STEM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.packing.CodeType;
import dev.weighmaster.packing.PackedModel;
import dev.weighmaster.packing.PackedWriter;
import dev.weighmaster.packing.PackingConfig;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.weigh.Deviation;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.Weighing;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What was done to a matrix that is rounded to the nearest, and what a weighing says of it. */
class RoundedTamperingTest {
  private static final SourceWeights SOURCE =
      SourceWeights.random(64, 256, SafetensorsType.F32, new Random(5));

  enum Kind {
    NF4(NAME, NAME + ".absmax"),
    NESTED_NF4(NAME, NAME + ".absmax"),
    INT8(NAME, STEM + ".SCB"),
    FP8(NAME, NAME + "_scale"),
    NVFP4(NAME + "_packed", NAME + "_scale"),
    INT4(NAME + "_packed", NAME + "_scale");

    private final String codes;
    private final String scales;

    Kind(String codes, String scales) {
      this.codes = codes;
      this.scales = scales;
    }

    PackedWriter quantize(SourceWeights source) {
      return switch (this) {
        case NF4 -> Rounded.blockwise(source, CodeType.NF4, 64, false);
        case NESTED_NF4 -> Rounded.blockwise(source, CodeType.NF4, 64, true);
        case INT8 -> Rounded.int8(source);
        case FP8 -> Rounded.fp8(source, 1, 256, SafetensorsType.F32, false, SafetensorsType.F32);
        case NVFP4 -> Rounded.nvfp4(source);
        case INT4 -> integers(source, 1);
      };
    }
  }

  private static PackedWriter integers(SourceWeights source, float shrink) {
    SafetensorsType type = SafetensorsType.F32;
    return new PackedWriter()
        .packed(STEM, Rounded.integers(source, 4, 32, true, type, shrink), 4, true, type);
  }

  private interface Change {
    PackedWriter make(Kind kind);
  }

  /** The levels are those of the kinds in their order. */
  static Stream<Arguments> table() {
    return Stream.of(
            row("nothing", kind -> kind.quantize(SOURCE), EXACT, EXACT, EXACT, EXACT, EXACT, EXACT),
            row(
                "a code off by one",
                kind -> flipped(kind, kind.codes, 100, 1),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                WITHIN_BOUNDS),
            row(
                "the lowest bit of a scale",
                kind -> flipped(kind, kind.scales, 4, 1),
                EQUIVALENT,
                DEVIATES,
                EQUIVALENT,
                EQUIVALENT,
                DEVIATES,
                EQUIVALENT),
            row(
                "a scale that is four times too great or small",
                kind ->
                    flipped(
                        kind, kind.scales, kind == Kind.NVFP4 ? 4 : 7, kind == Kind.NVFP4 ? 16 : 1),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES),
            row(
                "noise of a thousandth of the weights' deviation",
                kind -> kind.quantize(Tampered.noisy(SOURCE, 1e-3)),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                WITHIN_BOUNDS),
            row(
                "an update of rank 8, of a hundredth of the weights' deviation",
                kind -> kind.quantize(Tampered.updated(SOURCE, 1e-2)),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                WITHIN_BOUNDS),
            row(
                "two rows swapped",
                kind -> kind.quantize(swapped()),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES),
            row(
                "the weights of another model",
                kind ->
                    kind.quantize(
                        SourceWeights.random(64, 256, SafetensorsType.F32, new Random(8))),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES),
            row(
                "another shape",
                kind ->
                    kind.quantize(
                        SourceWeights.random(32, 512, SafetensorsType.F32, new Random(8))),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES))
        .flatMap(row -> row);
  }

  private static Stream<Arguments> row(String what, Change change, Level... levels) {
    return IntStream.range(0, levels.length)
        .mapToObj(i -> arguments(what, Kind.values()[i], change, levels[i]));
  }

  private static PackedWriter flipped(Kind kind, String tensor, int at, int bit) {
    PackedWriter writer = kind.quantize(SOURCE);
    writer.get(tensor).bytes()[at] ^= (byte) bit;
    return writer;
  }

  private static SourceWeights swapped() {
    float[][] rows = SOURCE.rows().clone();
    rows[3] = SOURCE.rows()[17];
    rows[17] = SOURCE.rows()[3];
    return SOURCE.changed(rows);
  }

  private static Weighing weigh(PackedWriter quantization, PackedWriter source) throws IOException {
    ModelTensors written = quantization.model();
    return new PackedWeigher(
            written, PackedModel.of(written, PackingConfig.NONE), source.model(), Depth.EXACT)
        .weigh();
  }

  @ParameterizedTest(name = "{0}: {1} is {3}")
  @MethodSource("table")
  void tamperingIsSeenAsFarAsTheMethodLetsItBeSeen(
      String what, Kind kind, Change change, Level level) throws IOException {
    Weighing weighing = weigh(change.make(kind), SOURCE.writer());

    assertThat(weighing.level()).as(() -> weighing.tensors().toString()).isEqualTo(level);
  }

  @Test
  void scalesThatAnObserverHasChosenAreEquivalentUntilTheyAreTooSmall() throws IOException {
    PackedWriter observed =
        new PackedWriter()
            .packed(STEM, Rounded.observed(SOURCE, 4, 32), 4, true, SafetensorsType.F32);

    assertThat(weigh(observed, SOURCE.writer()).level()).isEqualTo(EQUIVALENT);
    assertThat(weigh(integers(SOURCE, 0.5f), SOURCE.writer()).level()).isEqualTo(WITHIN_BOUNDS);
  }

  @Test
  void aDeviationIsNamedByItsRowAndColumn() throws IOException {
    PackedWriter changed = flipped(Kind.NF4, NAME, 3 * 128 + 7, 1);

    TensorWeighing weighing = weigh(changed, SOURCE.writer()).tensors().get(0);

    Deviation deviation = weighing.deviation().orElseThrow();
    assertThat(deviation.weights()).isEqualTo(1);
    assertThat(deviation.row()).isEqualTo(3);
    assertThat(deviation.column()).isEqualTo(15);
    assertThat(deviation.source()).isEqualTo(SOURCE.rows()[3][15]);
  }

  /** Where blocks cross rows, too. */
  @Test
  void aDeviationInABlockOfTwoRowsIsNamedByItsRowAndColumn() throws IOException {
    SourceWeights narrow = SourceWeights.random(64, 96, SafetensorsType.BF16, new Random(2));
    PackedWriter changed = Rounded.blockwise(narrow, CodeType.NF4, 64, false);
    changed.get(NAME).bytes()[5 * 48 + 40] ^= 1;

    TensorWeighing weighing = weigh(changed, narrow.writer()).tensors().get(0);

    assertThat(weighing.deviation().orElseThrow().row()).isEqualTo(5);
    assertThat(weighing.deviation().orElseThrow().column()).isEqualTo(81);
    assertThat(weighing.errors().orElseThrow().worst().column()).isLessThan(96);
  }

  @Test
  void tensorsThatAreNotPackedMustBeEqual() throws IOException {
    float[] norm = new float[256];
    Arrays.fill(norm, 1.5f);
    PackedWriter source = SOURCE.writer().vector("norm.weight", SafetensorsType.F32, norm);
    PackedWriter same = Kind.NF4.quantize(SOURCE).vector("norm.weight", SafetensorsType.F32, norm);

    assertThat(weigh(same, source).level()).isEqualTo(EXACT);
    same.get("norm.weight").bytes()[100] ^= 1;
    assertThat(weigh(same, source).level()).isEqualTo(DEVIATES);
    same.remove("norm.weight");
    assertThat(weigh(same, source).level()).isEqualTo(Level.NOT_COMPARED);
  }

  @Test
  void aMatrixThatCantBeUnpackedIsNamed() throws IOException {
    PackedWriter lacking = Kind.NF4.quantize(SOURCE).remove(NAME + ".quant_map");

    Weighing weighing = weigh(lacking, SOURCE.writer());

    assertThat(weighing.level()).isEqualTo(Level.NOT_COMPARED);
    assertThat(weighing.tensors().get(0).name()).isEqualTo(NAME);
    assertThat(weighing.tensors().get(0).detail().orElseThrow()).contains("quant_map");
  }

  @Test
  void aSourceThatIsNotFiniteIsNotComparedWith() throws IOException {
    float[][] rows = SOURCE.rows().clone();
    rows[1] = rows[1].clone();
    rows[1][1] = Float.NaN;

    for (Kind kind : List.of(Kind.NF4, Kind.INT4)) {
      Weighing weighing =
          weigh(kind.quantize(SOURCE), new SourceWeights(rows, SafetensorsType.F32).writer());

      assertThat(weighing.level()).isEqualTo(Level.NOT_COMPARED);
    }
  }
}
