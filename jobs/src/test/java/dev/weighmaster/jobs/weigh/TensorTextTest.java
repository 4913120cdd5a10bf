package dev.weighmaster.jobs.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.weigh.Intermediate;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.Recipe;
import dev.weighmaster.weigh.TensorWeighing;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TensorTextTest {
  private static final String VERSION = "llama.cpp v0.5.0";

  private static String recipe(
      Intermediate intermediate, Optional<String> imatrix, Optional<String> version) {
    return TensorText.recipe(
        new TensorWeighing(
            "x",
            Optional.of("Q4_K"),
            Optional.of("F32"),
            List.of(256L),
            Level.EXACT,
            Optional.of(new Recipe("F32", intermediate, "Q4_K", imatrix, version)),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  @Test
  void aRecipeNamesWhatATensorWasMadeThroughAndWith() {
    assertThat(recipe(Intermediate.NONE, Optional.empty(), Optional.of(VERSION)))
        .isEqualTo("F32 → Q4_K");
    assertThat(recipe(Intermediate.BF16, Optional.of("imatrix.dat"), Optional.of(VERSION)))
        .isEqualTo("F32 → BF16 → Q4_K, with imatrix.dat");
    assertThat(recipe(Intermediate.NONE, Optional.empty(), Optional.empty())).isEqualTo("copied");
  }

  @Test
  void nothingButNoErrorIsShownAsNone() {
    assertThat(TensorText.percent(0)).isEqualTo("0 %");
    assertThat(TensorText.percent(0.07123)).isEqualTo("7.12 %");
    assertThat(TensorText.percent(1e-9)).isEqualTo("1.00e-07 %");
    assertThat(TensorText.percent(14)).isEqualTo("1.40e+03 %");
  }

  @Test
  void aDeviationNamesThePlaceAndAsManyDigitsAsTellWeightsApart() {
    assertThat(TensorText.detail(WeighedTensor.of("x", Level.DEVIATES, 0.3)))
        .isEqualTo(
            "1,234 weights can't come from the source, the first in row 5, column 6: stored 0.25,"
                + " expected 0.5, source 0.4375");
    assertThat(TensorText.detail(WeighedTensor.of("x", Level.EQUIVALENT, 0.07)))
        .isEqualTo("1.03 times its type's own error");
    assertThat(TensorText.worstBlock(WeighedTensor.of("x", Level.EQUIVALENT, 0.07)))
        .isEqualTo("row 7, columns 256 to 511: 0.500");
  }

  @Test
  void moreWeightsThanALongHoldsAreCounted() {
    TensorWeighing tensor =
        new TensorWeighing(
            "x",
            Optional.empty(),
            Optional.of("F32"),
            List.of(1L << 40, 1L << 40, 1L << 40),
            Level.NOT_COMPARED,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    assertThat(TensorText.weights(tensor)).isEqualTo(0x1p120);
    assertThat(TensorText.type(tensor)).isEqualTo("F32");
  }
}
