package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorMeasurementTest {
  private static final int LENGTH = 512;
  private static final float[] WEIGHTS = TestModel.weights(LENGTH * 150, 1);

  @TempDir private Path hub;

  private static TestModel model(GgmlType type, float[] weights) {
    return new TestModel().put("a", type, weights, LENGTH);
  }

  private MeasuredTensor measure(TestModel quantization, TestModel source) throws IOException {
    ModelTensors written = quantization.write(hub, "q.gguf");
    return new ErrorMeasurement(written, source.write(hub, "s.gguf"))
        .measure(written.find("a").orElseThrow());
  }

  /** Whichever pass of the weighing found them: what is claimed must be what is found. */
  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0", "Q5_1", "Q4_K", "Q6_K", "IQ4_XS", "F16", "F32"})
  void theErrorsAreThoseOfAWeighingToTheLastBit(GgmlType type) throws IOException {
    TestModel honest = model(type, WEIGHTS);
    TestModel tampered = model(type, WEIGHTS);
    tampered.bytes("a")[5000] ^= 1;
    ModelTensors source = model(GgmlType.F32, WEIGHTS).write(hub, "s.gguf");
    for (ModelTensors quantization :
        List.of(honest.write(hub, "honest.gguf"), tampered.write(hub, "tampered.gguf"))) {
      Tensor tensor = quantization.find("a").orElseThrow();
      MeasuredTensor measured = new ErrorMeasurement(quantization, source).measure(tensor);
      for (Weigher.Depth depth : Weigher.Depth.values()) {
        TensorWeighing weighing = new Weigher(quantization, source, List.of(), depth).weigh(tensor);

        assertThat(measured.errors()).isEqualTo(weighing.errors());
        assertThat(MeasuredTensor.of(weighing)).contains(measured);
      }
    }
  }

  /** What is claimed on one machine must not be exceeded on another. */
  @Test
  void theErrorsAreTheSameOnEveryMachine() throws IOException {
    Errors errors =
        measure(model(GgmlType.Q4_K, WEIGHTS), model(GgmlType.F32, WEIGHTS)).errors().orElseThrow();

    Percentage same = withPercentage(1e-10);
    assertThat(errors.largest()).isEqualTo(0.044256895780563354);
    assertThat(errors.rms()).isCloseTo(0.004189287526951431, same);
    assertThat(errors.relative()).isCloseTo(0.07798600995077377, same);
  }

  @Test
  void severalTensorsAreMeasuredInTheirOrder() throws IOException {
    TestModel source = new TestModel();
    TestModel quantization = new TestModel();
    for (int i = 0; i < 40; i++) {
      float[] weights = TestModel.weights(LENGTH, i);
      source.put("t" + i, GgmlType.F32, weights, LENGTH);
      quantization.put("t" + i, GgmlType.Q8_0, weights, LENGTH);
    }
    ModelTensors written = quantization.write(hub, "q.gguf");
    ErrorMeasurement measurement = new ErrorMeasurement(written, source.write(hub, "s.gguf"));

    List<MeasuredTensor> all = measurement.measure(written.tensors());

    assertThat(all).hasSize(40);
    for (int i = 0; i < 40; i++) {
      assertThat(all.get(i)).isEqualTo(measurement.measure(written.find("t" + i).orElseThrow()));
    }
  }

  @Test
  void whatCantBeMeasuredSaysWhy() throws IOException {
    List<Long> integers = List.of((long) LENGTH);
    TestModel source = model(GgmlType.F32, WEIGHTS);

    assertThat(measure(model(GgmlType.Q8_0, WEIGHTS), new TestModel()).unmeasured())
        .contains("it is not in the source");
    assertThat(
            measure(new TestModel().put("a", GgmlType.Q8_0, WEIGHTS, LENGTH / 2), source)
                .unmeasured())
        .contains("its shape is [256, 300], that of the source's is [512, 150]");
    assertThat(
            measure(
                    new TestModel().put("a", GgmlType.I32, integers, new byte[4 * LENGTH]),
                    new TestModel().put("a", GgmlType.I32, integers, new byte[4 * LENGTH]))
                .unmeasured())
        .contains("how far I32 is from I32 is not known");
    int length = 2 << 20;
    assertThat(
            measure(
                    new TestModel()
                        .put("a", GgmlType.F16, List.of((long) length), new byte[2 * length]),
                    new TestModel()
                        .put("a", GgmlType.F16, List.of((long) length), new byte[2 * length]))
                .unmeasured())
        .contains("its rows have more than 1048576 weights");
    assertThat(
            measure(
                    new TestModel().put("a", GgmlType.Q8_0, List.of(0L, 5L), new byte[0]),
                    new TestModel().put("a", GgmlType.F16, List.of(0L, 5L), new byte[0]))
                .unmeasured())
        .contains("it has no weights");
    float[] infinite = WEIGHTS.clone();
    infinite[700] = Float.NEGATIVE_INFINITY;
    assertThat(measure(model(GgmlType.Q8_0, WEIGHTS), model(GgmlType.F32, infinite)).unmeasured())
        .contains("the source's weights are not all finite");
  }

  @Test
  void noBoundHoldsOfWeightsThatAreNotFinite() throws IOException {
    for (int half : new int[] {0x7C00, 0xFC00, 0x7E00}) {
      TestModel quantization = model(GgmlType.Q8_0, WEIGHTS);
      // The scale of the first block.
      quantization.bytes("a")[0] = (byte) half;
      quantization.bytes("a")[1] = (byte) (half >> 8);

      assertThat(measure(quantization, model(GgmlType.F32, WEIGHTS)).errors())
          .contains(Errors.UNBOUNDED);
    }
  }

  @Test
  void aFileThatChangesEndsTheMeasurement() throws IOException {
    ModelTensors quantization = model(GgmlType.Q8_0, WEIGHTS).write(hub, "q.gguf");
    ModelTensors source = model(GgmlType.F32, WEIGHTS).write(hub, "s.gguf");
    Files.write(hub.resolve("s.gguf"), new byte[1], StandardOpenOption.APPEND);

    UnreadableModelException failure =
        catchThrowableOfType(
            UnreadableModelException.class,
            () -> new ErrorMeasurement(quantization, source).measure(quantization.tensors()));

    assertThat(failure.problem().reason()).isEqualTo(Reason.CHANGED_DURING_READ);
  }
}
