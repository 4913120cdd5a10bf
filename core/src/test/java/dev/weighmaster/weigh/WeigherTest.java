package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeigherTest {
  private static final int LENGTH = 512;

  @TempDir Path hub;

  private static final float[] WEIGHTS = TestModel.weights(LENGTH * 8, 1);

  private static TestModel model(GgmlType type, float[] weights) {
    return new TestModel().put("a", type, weights, LENGTH);
  }

  private TensorWeighing weigh(TestModel quantization, TestModel source, Weigher.Depth depth)
      throws IOException {
    ModelTensors written = quantization.write(hub, "q.gguf");
    return new Weigher(written, source.write(hub, "s.gguf"), List.of(), depth)
        .weigh(written.find("a").orElseThrow());
  }

  private TensorWeighing weigh(TestModel quantization, TestModel source) throws IOException {
    return weigh(quantization, source, Weigher.Depth.EXACT);
  }

  /** The source's weights after a step through 16 bits. */
  private static float[] through(GgmlType type, float[] weights) {
    return GgmlDecoded.of(type, TestModel.encode(type, weights, LENGTH), LENGTH);
  }

  @ParameterizedTest
  @EnumSource(Intermediate.class)
  void theRecipeNamesTheIntermediate(Intermediate intermediate) throws IOException {
    float[] rounded = intermediate.type().map(type -> through(type, WEIGHTS)).orElse(WEIGHTS);

    TensorWeighing weighing = weigh(model(GgmlType.Q4_K, rounded), model(GgmlType.F32, WEIGHTS));

    assertThat(weighing.level()).isEqualTo(Level.EXACT);
    assertThat(weighing.recipe())
        .contains(
            new Recipe(
                "F32", intermediate, "Q4_K", Optional.empty(), Optional.of("llama.cpp v0.5.0")));
  }

  /** One row by way of F16 among rows that are not excuses no other. */
  @Test
  void aRecipeHoldsForTheWholeTensor() throws IOException {
    float[] patched = WEIGHTS.clone();
    float[] rounded = through(GgmlType.F16, WEIGHTS);
    System.arraycopy(rounded, 3 * LENGTH, patched, 3 * LENGTH, LENGTH);

    TensorWeighing weighing = weigh(model(GgmlType.Q6_K, patched), model(GgmlType.F32, WEIGHTS));

    assertThat(weighing.level()).isEqualTo(Level.DEVIATES);
    assertThat(weighing.recipe()).isEmpty();
    assertThat(weighing.intermediate()).contains(Intermediate.NONE);
    assertThat(weighing.deviation().orElseThrow().row()).isEqualTo(3);
  }

  /** It is the first under the intermediate that fits best, and not under another one. */
  @Test
  void theFirstDeviationIsOneOfTheIntermediateThatFitsBest() throws IOException {
    // Weights of the first row change in F16; those of the others do not.
    float[] source = through(GgmlType.F16, WEIGHTS);
    System.arraycopy(WEIGHTS, 0, source, 0, LENGTH);
    TestModel quantization = model(GgmlType.Q8_0, through(GgmlType.F16, source));
    quantization.bytes("a")[5 * LENGTH / 32 * 34 + 2 + 7] ^= 4;

    TensorWeighing weighing = weigh(quantization, model(GgmlType.F32, source));

    assertThat(weighing.intermediate()).contains(Intermediate.F16);
    assertThat(weighing.deviation().orElseThrow().row()).isEqualTo(5);
    assertThat(weighing.deviation().orElseThrow().column()).isEqualTo(7);
    assertThat(weighing.deviation().orElseThrow().weights()).isEqualTo(1);
  }

  /** As converters of some years write a tied output. */
  @Test
  void anOutputThatTheSourceHasNotIsItsEmbedding() throws IOException {
    ModelTensors source =
        new TestModel()
            .put("token_embd.weight", GgmlType.F32, WEIGHTS, LENGTH)
            .write(hub, "s.gguf");
    ModelTensors quantization =
        new TestModel()
            .put("token_embd.weight", GgmlType.Q4_K, WEIGHTS, LENGTH)
            .put("output.weight", GgmlType.Q6_K, WEIGHTS, LENGTH)
            .write(hub, "q.gguf");

    Weighing weighing = new Weigher(quantization, source, List.of(), Weigher.Depth.EXACT).weigh();

    assertThat(weighing.level()).isEqualTo(Level.EXACT);
    assertThat(weighing.tensors().get(1).detail())
        .contains("the source uses its token_embd.weight for it");
  }

  @ParameterizedTest
  @CsvSource({"Q4_K, 1", "Q5_1, 1", "Q6_K, 0", "Q4_0, 0", "IQ4_NL, 0", "IQ2_XXS, 0"})
  void anImportanceMatrixExplainsBytesButExcusesNoLoss(GgmlType type, float few)
      throws IOException {
    float[] real = new float[LENGTH];
    var random = new Random(3);
    for (int i = 0; i < LENGTH; i++) {
      real[i] = (float) Math.exp(1.5 * random.nextGaussian());
    }
    // In some blocks a few columns decide for all, or none does.
    float[] chosen = real.clone();
    for (int i = 128; i < 384; i++) {
      chosen[i] = i % 16 == 5 ? few : 0;
    }

    TensorWeighing honest = weighByImportance(type, real);
    TensorWeighing lossy = weighByImportance(type, chosen);

    assertThat(honest.level()).isEqualTo(Level.EXACT);
    assertThat(honest.recipe().orElseThrow().imatrix()).contains("imatrix.dat");
    assertThat(lossy.level()).isEqualTo(Level.WITHIN_BOUNDS);
    assertThat(lossy.recipe().orElseThrow().imatrix()).contains("imatrix.dat");
    assertThat(lossy.detail().orElseThrow()).contains("spoils more than such a matrix does");
  }

  /** It starves the columns in which one row is large: that is then lost, and no other. */
  @ParameterizedTest
  @CsvSource({"Q4_K, 12", "Q2_K, 7", "Q5_K, 12"})
  void noImportanceMatrixExcusesTheLossOfOneRow(GgmlType type, double steepness)
      throws IOException {
    int length = 1024;
    float[] weights = TestModel.weights(512 * length, 9);
    double deviation = 0;
    for (float weight : weights) {
      deviation += (double) weight * weight;
    }
    deviation = Math.sqrt(deviation / weights.length);
    float[] chosen = new float[length];
    for (int i = 0; i < length; i++) {
      chosen[i] = (float) Math.exp(-steepness * Math.abs(weights[5 * length + i]) / deviation);
    }

    TensorWeighing weighing = weighByImportance(type, weights, chosen);

    assertThat(weighing.level()).isEqualTo(Level.WITHIN_BOUNDS);
    assertThat(weighing.recipe().orElseThrow().imatrix()).contains("imatrix.dat");
  }

  @Test
  void aWeightThatIsTooGreatForTheTypeIsSaidToBeInfinite() throws IOException {
    float[] weights = WEIGHTS.clone();
    weights[7] = 70_000;

    TensorWeighing weighing = weigh(model(GgmlType.F16, weights), model(GgmlType.F32, weights));

    assertThat(weighing.level()).isEqualTo(Level.EXACT);
    assertThat(weighing.errors()).isEmpty();
    assertThat(weighing.detail().orElseThrow()).contains("stored as infinite");
  }

  private TensorWeighing weighByImportance(GgmlType type, float[] importance) throws IOException {
    return weighByImportance(type, WEIGHTS, importance);
  }

  private TensorWeighing weighByImportance(GgmlType type, float[] weights, float[] importance)
      throws IOException {
    int length = importance.length;
    ModelTensors source =
        new TestModel().put("a", GgmlType.F32, weights, length).write(hub, "s.gguf");
    ModelTensors quantization =
        new TestModel()
            .put(
                "a",
                type,
                List.of((long) length, (long) weights.length / length),
                TestModel.encode(type, weights, length, importance))
            .write(hub, "q.gguf");
    return new Weigher(
            quantization,
            source,
            List.of(TestImatrix.write(hub, "a", importance)),
            Weigher.Depth.EXACT)
        .weigh(quantization.find("a").orElseThrow());
  }

  @ParameterizedTest
  @CsvSource({
    "F32, F16",
    "F32, BF16",
    "F32, F32",
    "F16, F16",
    "F16, F32",
    "BF16, F16",
    "BF16, F32",
    "F16, Q8_0",
    "BF16, Q5_1",
    "Q8_0, Q4_K",
    "Q8_0, Q8_0",
    "BF16, TQ1_0",
    "F16, MXFP4"
  })
  void everyTypeIsExactFromEveryOther(GgmlType source, GgmlType type) throws IOException {
    float[] weights = GgmlDecoded.of(source, TestModel.encode(source, WEIGHTS, LENGTH), LENGTH);

    TensorWeighing weighing = weigh(model(type, weights), model(source, WEIGHTS));

    assertThat(weighing.level()).isEqualTo(Level.EXACT);
    assertThat(weighing.recipe().orElseThrow().type()).isEqualTo(type.name());
    assertThat(weighing.recipe().orElseThrow().source()).isEqualTo(source.name());
  }

  @Test
  void theErrorsAreThoseOfTheWeights() throws IOException {
    float[] source = new float[LENGTH];
    source[40] = 127;
    source[41] = 0.25f;

    Errors errors =
        weigh(model(GgmlType.Q8_0, source), model(GgmlType.F32, source)).errors().orElseThrow();

    assertThat(errors.largest()).isEqualTo(0.25);
    assertThat(errors.rms()).isCloseTo(0.25 / Math.sqrt(LENGTH), offset(1e-12));
    assertThat(errors.relative()).isCloseTo(0.25 / Math.sqrt(127 * 127 + 0.0625), offset(1e-12));
    assertThat(errors.worst().column()).isEqualTo(32);
    assertThat(errors.worst().weights()).isEqualTo(32);
    assertThat(errors.worst().rms()).isCloseTo(Math.sqrt(0.0625 / 32), offset(1e-12));
  }

  @Test
  void aDeviationNamesTheFirstWeightAndCountsThemAll() throws IOException {
    TestModel quantization = model(GgmlType.Q8_0, WEIGHTS);
    byte[] bytes = quantization.bytes("a");
    // Row 2, block 1, weight 3; and a whole block later on.
    int block = 2 * LENGTH / 32 + 1;
    bytes[block * 34 + 2 + 3] ^= 4;
    for (int i = 0; i < 32; i++) {
      bytes[(block + 40) * 34 + 2 + i] ^= 1;
    }

    Deviation deviation =
        weigh(quantization, model(GgmlType.F32, WEIGHTS)).deviation().orElseThrow();

    assertThat(deviation.weights()).isEqualTo(33);
    assertThat(deviation.row()).isEqualTo(2);
    assertThat(deviation.column()).isEqualTo(35);
    assertThat(deviation.source()).isEqualTo(WEIGHTS[2 * LENGTH + 35]);
    assertThat(Math.abs(deviation.expected() - deviation.source()))
        .isLessThan(Math.abs(deviation.stored() - deviation.source()));
  }

  @Test
  void codesAloneMakeNoTensorExactThatCouldHaveOtherScales() throws IOException {
    TestModel source = model(GgmlType.F32, WEIGHTS);

    assertThat(weigh(model(GgmlType.Q4_K, WEIGHTS), source, Weigher.Depth.CODES).level())
        .isEqualTo(Level.EQUIVALENT);
    assertThat(weigh(model(GgmlType.Q8_0, WEIGHTS), source, Weigher.Depth.CODES).level())
        .isEqualTo(Level.EXACT);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void aSourceThatIsNotFiniteIsNeverTheReasonForAnError(float value) throws IOException {
    float[] source = WEIGHTS.clone();
    source[700] = value;
    for (GgmlType type : List.of(GgmlType.Q4_K, GgmlType.Q5_1, GgmlType.IQ4_NL, GgmlType.IQ3_S)) {
      assertThat(weigh(model(type, WEIGHTS), model(GgmlType.F32, source)).level())
          .as(type.name())
          .isEqualTo(Level.NOT_COMPARED);
    }
    for (GgmlType type : List.of(GgmlType.Q4_K, GgmlType.Q8_0, GgmlType.TQ2_0, GgmlType.IQ3_S)) {
      assertThat(weigh(model(type, source), model(GgmlType.F32, source)).level())
          .as("%s of the same", type)
          .isEqualTo(Level.NOT_COMPARED);
    }
    assertThat(weigh(model(GgmlType.F16, source), model(GgmlType.F32, source)).level())
        .isEqualTo(Level.EXACT);
    assertThat(weigh(model(GgmlType.F32, WEIGHTS), model(GgmlType.F32, source)).level())
        .isEqualTo(Level.DEVIATES);
    assertThat(weigh(model(GgmlType.F32, source), model(GgmlType.F32, source)).level())
        .isEqualTo(Level.EXACT);
  }

  @Test
  void weightsThatAreNotFiniteDeviateFromThoseThatAre() throws IOException {
    for (GgmlType type : List.of(GgmlType.Q4_K, GgmlType.Q5_1, GgmlType.IQ4_NL, GgmlType.IQ3_S)) {
      TestModel quantization = model(type, WEIGHTS);
      // The first half-precision scale of a block: infinite.
      quantization.bytes("a")[0] = 0;
      quantization.bytes("a")[1] = 0x7C;

      assertThat(weigh(quantization, model(GgmlType.F32, WEIGHTS)).level())
          .as(type.name())
          .isEqualTo(Level.DEVIATES);
    }
  }

  @Test
  void integersAreCopiesOrDeviate() throws IOException {
    List<Long> shape = List.of(300L, 700L);
    byte[] numbers = new byte[4 * 300 * 700];
    byte[] others = numbers.clone();
    others[others.length - 1] = 1;

    assertThat(
            weigh(
                    new TestModel().put("a", GgmlType.I32, shape, numbers),
                    new TestModel().put("a", GgmlType.I32, shape, numbers.clone()))
                .level())
        .isEqualTo(Level.EXACT);
    assertThat(
            weigh(
                    new TestModel().put("a", GgmlType.I32, shape, others),
                    new TestModel().put("a", GgmlType.I32, shape, numbers))
                .level())
        .isEqualTo(Level.DEVIATES);
    assertThat(
            weigh(
                    new TestModel().put("a", GgmlType.F32, shape, others),
                    new TestModel().put("a", GgmlType.I32, shape, numbers))
                .detail())
        .contains("how F32 is made from I32 is not known");
  }

  @Test
  void aRowOfMoreThanAMillionWeightsIsNotCompared() throws IOException {
    int length = 2 << 20;
    TestModel source =
        new TestModel().put("a", GgmlType.F16, List.of((long) length), new byte[2 * length]);
    TestModel quantization =
        new TestModel().put("a", GgmlType.Q8_0, List.of((long) length), new byte[length / 32 * 34]);

    assertThat(weigh(quantization, source).level()).isEqualTo(Level.NOT_COMPARED);
  }

  @Test
  void aFileThatChangesEndsTheWeighing() throws IOException {
    ModelTensors quantization = model(GgmlType.Q8_0, WEIGHTS).write(hub, "q.gguf");
    ModelTensors source = model(GgmlType.F32, WEIGHTS).write(hub, "s.gguf");
    Weigher weigher = new Weigher(quantization, source, List.of(), Weigher.Depth.EXACT);
    Files.write(hub.resolve("s.gguf"), new byte[1], StandardOpenOption.APPEND);

    UnreadableModelException failure =
        catchThrowableOfType(UnreadableModelException.class, weigher::weigh);

    assertThat(failure.problem().reason()).isEqualTo(Reason.CHANGED_DURING_READ);
  }

  @Test
  void theResultIsJsonByItself() throws IOException {
    ModelTensors quantization = model(GgmlType.Q4_K, WEIGHTS).write(hub, "q.gguf");
    ModelTensors source =
        model(GgmlType.F32, WEIGHTS).put("b", GgmlType.F32, WEIGHTS, LENGTH).write(hub, "s.gguf");

    ObjectNode json =
        RecordJson.tree(new Weigher(quantization, source, List.of(), Weigher.Depth.EXACT).weigh());

    assertThat(json.path("level").asText()).isEqualTo("NOT_COMPARED");
    assertThat(json.path("tensors").path(0).path("recipe").path("intermediate").asText())
        .isEqualTo("NONE");
    assertThat(json.path("tensors").path(0).path("errors").path("worst").path("weights").asInt())
        .isEqualTo(256);
    assertThat(json.path("tensors").path(1).path("detail").asText())
        .isEqualTo("it is in the source, and not in the quantization");
    assertThat(json.path("metadata").size()).isEqualTo(4);
  }
}
