package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ErrorBound;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.weigh.CheckedBound.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoundsCheckTest {
  /** A tensor whose largest error is 0.5, whose errors are 0.25 and a tenth of its weights. */
  private static final MeasuredTensor MEASURED =
      MeasuredTensor.of("w", "Q4_K", new Errors(0.5, 0.25, 0.1, new Errors.WorstBlock(0, 0, 1, 1)));

  private static ErrorBound bound(double largest, double rms, double relative) {
    return new ErrorBound("w", "Q4_K", largest, rms, Optional.of(relative));
  }

  private static BoundsCheck check(ErrorBound... claims) {
    return BoundsCheck.of(List.of(claims), List.of(MEASURED));
  }

  @Test
  void aBoundHoldsOfTheErrorsThatItIsAndOfSmallerOnes() {
    assertThat(check(bound(0.5, 0.25, 0.1)).problem()).isEmpty();
    assertThat(check(bound(1e308, Double.MAX_VALUE, 7)).problem()).isEmpty();
    assertThat(check(new ErrorBound("w", "Q4_K", 0.5, 0.25, Optional.empty())).problem()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0.499, 0.25, 0.1, largest error, 0.500000, 0.499000",
    "0.5, 0.2499, 0.1, root mean square error, 0.250000, 0.249900",
    "0.5, 0.25, 0.0999, relative error, 0.100000, 0.0999000",
    "0, 0.25, 0.1, largest error, 0.500000, 0.00000",
  })
  void aSmallerBoundIsExceeded(
      double largest, double rms, double relative, String what, String measured, String claimed) {
    assertThat(check(bound(largest, rms, relative)).problem())
        .contains(
            new Problem(
                Reason.BOUNDS_EXCEEDED,
                "the %s of tensor \"w\" is %s, claimed at most %s"
                    .formatted(what, measured, claimed)));
  }

  /** As whoever sums in another order might find it. */
  @Test
  void aMillionthIsTolerated() {
    assertThat(check(bound(0.5 * (1 - 9e-7), 0.25, 0.1)).problem()).isEmpty();
    assertThat(check(bound(0.5 * (1 - 2e-6), 0.25, 0.1)).problem()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"q4_k", "Q4_K", "int4", "Q4_K_M", ""})
  void aTypeGoesByManyNames(String type) {
    assertThat(check(new ErrorBound("w", type, 1, 1, Optional.empty())).problem()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Q6_K", "f16", "q4_0"})
  void anotherTypeIsAFalseClaim(String type) {
    assertThat(check(new ErrorBound("w", type, 1, 1, Optional.empty())).problem())
        .contains(
            new Problem(
                Reason.BOUNDS_EXCEEDED,
                "tensor \"w\" is claimed as %s, but is Q4_K".formatted(type)));
  }

  @Test
  void noBoundHoldsOfWhatIsNotFinite() {
    BoundsCheck check =
        BoundsCheck.of(
            List.of(bound(1e308, Double.MAX_VALUE, 1e300)),
            List.of(MeasuredTensor.of("w", "Q4_K", Errors.UNBOUNDED)));

    assertThat(check.count(State.EXCEEDED)).isEqualTo(1);
  }

  @Test
  void whatCouldNotBeMeasuredIsNeitherHeldNorExceeded() {
    BoundsCheck check =
        BoundsCheck.of(
            List.of(bound(0, 0, 0), new ErrorBound("no\nne", "Q4_K", 0, 0, Optional.empty())),
            List.of(MeasuredTensor.unmeasured("w", "Q4_K", "it is not in the source")));

    assertThat(check.problem()).isEmpty();
    assertThat(check.count(State.UNCHECKED)).isEqualTo(2);
    assertThat(check.unchecked())
        .contains("tensor \"w\": it is not in the source, and 1 more like it");
    assertThat(check.bounds().get(1).detail())
        .contains("tensor \"no ne\": the quantization does not have it");
  }

  @Test
  void theFirstBoundThatIsExceededIsNamedAndTheOthersCounted() {
    BoundsCheck check =
        BoundsCheck.of(List.of(bound(1, 1, 1), bound(0, 1, 1), bound(1, 0, 1)), List.of(MEASURED));

    assertThat(check.count(State.HOLDS)).isEqualTo(1);
    assertThat(check.problem().orElseThrow().detail())
        .isEqualTo(
            "the largest error of tensor \"w\" is 0.500000, claimed at most 0.00000, and 1 more"
                + " like it");
  }

  @Test
  void aWeighingIsHeldAgainstClaimsToo(@TempDir Path hub) throws IOException {
    float[] weights = TestModel.weights(512, 1);
    ModelTensors quantization =
        new TestModel()
            .put("w", GgmlType.Q4_K, weights, 512)
            .put("extra", GgmlType.Q4_K, weights, 512)
            .write(hub, "q.gguf");
    ModelTensors source =
        new TestModel()
            .put("w", GgmlType.F32, weights, 512)
            .put("missing", GgmlType.F32, weights, 512)
            .write(hub, "s.gguf");
    Weighing weighing = new Weigher(quantization, source, List.of(), Weigher.Depth.EXACT).weigh();

    BoundsCheck check =
        BoundsCheck.of(
            List.of(
                bound(0, 0, 0),
                new ErrorBound("extra", "Q4_K", 0, 0, Optional.empty()),
                new ErrorBound("missing", "Q4_K", 0, 0, Optional.empty())),
            weighing);

    assertThat(check.bounds())
        .extracting(CheckedBound::state)
        .containsExactly(State.EXCEEDED, State.UNCHECKED, State.UNCHECKED);
  }
}
