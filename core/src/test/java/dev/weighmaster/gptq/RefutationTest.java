package dev.weighmaster.gptq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefutationTest {
  private static final int COLUMNS = 64;
  private static final int ROWS = 600;

  private static final GptqCase HONEST =
      new GptqCase(
          Gptq.of4Bits(),
          Calibration.random(COLUMNS, 512, 0.5, 4, 1, 0, new Random(1)),
          GptqCase.source(ROWS, COLUMNS, Gptq.Number16.BF16, new Random(2)),
          true,
          "honest");

  /** A quarter of the weights and more are clipped. */
  private static final GptqCase CLIPPED =
      new GptqCase(
          new Gptq(2, 64, true, false, false, true, false, 0.01, Gptq.Number16.F16),
          HONEST.calibration(),
          HONEST.source(),
          true,
          "clipped");

  private static ColumnSystem system(GptqStack stack, int column) {
    return new ColumnSystem(stack, column, IntStream.range(0, column).toArray());
  }

  private static Budget budget() {
    return new Budget(Long.MAX_VALUE);
  }

  private static Enclosure enclosure(ColumnSystem system) {
    return Enclosure.of(system, budget()).orElseThrow();
  }

  /** The coefficients that GPTQ in exact arithmetic has, from the factor that it uses. */
  private static double[] coefficients(int column) {
    int[] order = IntStream.range(0, COLUMNS).toArray();
    float[][] factor = HONEST.calibration().factor(order, COLUMNS, HONEST.gptq().damp());
    double[][] rows = new double[column + 1][];
    for (int i = 0; i <= column; i++) {
      // What is left of a residual is the residual less the errors before, times their weights;
      // and each of these errors is what is left of a residual before.
      rows[i] = new double[column + 1];
      rows[i][i] = 1;
      for (int j = 0; j < i; j++) {
        double weight = (double) factor[j][i] / factor[j][j];
        for (int l = 0; l <= j; l++) {
          rows[i][l] -= weight * rows[j][l];
        }
      }
    }
    return Arrays.stream(rows[column], 0, column).map(value -> -value).toArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 30})
  void theBallHoldsTheCoefficientsOfAnHonestFile(int column) {
    Enclosure enclosure = enclosure(system(HONEST.stack(HONEST.quantize()), column));
    double[] difference = coefficients(column);
    for (int j = 0; j < column; j++) {
      difference[j] -= enclosure.center()[j];
    }
    assertThat(RowErrors.norm(difference)).isLessThan(enclosure.radius());
    assertThat(enclosure.radius()).isLessThan(6);
    Random random = new Random(6);
    for (int i = 0; i < 1000; i++) {
      double[] factors = random.doubles(column, -1, 1).toArray();
      double sum = 0;
      for (int j = 0; j < column; j++) {
        sum += factors[j] * difference[j];
      }
      assertThat(Math.abs(sum)).isLessThan(enclosure.reach(factors));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 30})
  void anHonestFileKeepsAllBoundsUnderItsOwnCoefficients(int column) {
    ColumnSystem system = system(HONEST.stack(HONEST.quantize()), column);
    float[] remainders = new float[ROWS];
    double[] coefficients = coefficients(column);
    system.remainders(coefficients, remainders);
    for (int row = 0; row < ROWS; row++) {
      double most = 1 + RowErrors.of(system, row).under(coefficients);
      if (system.allows(row, remainders[row] > 0 ? 1 : -1)) {
        assertThat((double) Math.abs(remainders[row])).isLessThanOrEqualTo(most + 1e-5);
      }
    }
  }

  @Test
  void nothingThatASolverCouldProposeRefutesAnHonestFile() {
    List<GptqStack> stacks =
        List.of(HONEST.stack(HONEST.quantize()), CLIPPED.stack(CLIPPED.quantize()));
    Random random = new Random(3);
    for (int i = 0; i < 2000; i++) {
      ColumnSystem system = system(stacks.get(i % 2), random.nextInt(12));
      int[] rows = random.ints(0, ROWS).distinct().limit(system.unknowns() + 1).toArray();
      int[] signs = IntStream.of(rows).map(row -> random.nextBoolean() ? 1 : -1).toArray();
      double[][] values = Arrays.stream(rows).mapToObj(system::row).toArray(double[][]::new);
      Optional<Basis> proposed =
          random.nextBoolean() ? Basis.of(rows, values) : Basis.of(rows, signs, values);
      if (proposed.isPresent()) {
        assertThat(Refutation.excess(system, proposed.get(), enclosure(system), budget()))
            .isLessThanOrEqualTo(1);
      }
    }
  }

  @Test
  void whatIsProvenIsNoMoreThanTheLeastRemainder() {
    float[][] changed = GptqCase.changed(HONEST.source(), 8, 0.02, new Random(4));
    GptqStack stack = HONEST.stack(HONEST.gptq().quantize(changed, HONEST.calibration()));
    for (int column = 0; column < 10; column++) {
      ColumnSystem system = system(stack, column);
      ColumnSolver solver = new ColumnSolver(system, budget());
      assertThat(solver.search(Double.POSITIVE_INFINITY)).isEqualTo(ColumnSolver.State.EXCEEDS);
      double proven = Refutation.excess(system, solver.basis(), enclosure(system), budget());
      assertThat(solver.greatestRemainder()).isCloseTo(solver.basis().excess(), within(1e-4));
      assertThat(proven).isGreaterThan(1).isLessThan(solver.basis().excess());
    }
  }

  @Test
  void residualsThatAreZeroHaveNoEnclosure() {
    GptqCase zeros =
        new GptqCase(
            HONEST.gptq(), HONEST.calibration(), new float[ROWS][COLUMNS], true, "all zero");
    for (float[] row : zeros.source()) {
      row[1] = 1;
    }
    Gptq.Quantized quantized = HONEST.quantize();
    for (int row = 0; row < ROWS; row++) {
      Arrays.fill(quantized.codes()[row], 8);
    }
    ColumnSystem system = system(zeros.stack(quantized), 1);
    assertThat(Enclosure.of(system, budget())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(floats = {1, 0.75f, 1.9995f, 0.01f, 1e-4f, 6.2e-5f, 5e-5f, 1e-6f})
  void aStoredScaleIsNoFurtherFromTheRealOneThanIsAllowed(float near) {
    Random random = new Random(5);
    for (Gptq.Number16 type : Gptq.Number16.values()) {
      for (int i = 0; i < 1000; i++) {
        float scale = near * (1 + 0.01f * random.nextFloat());
        float stored = type.round(scale);
        double error = Math.abs((double) scale - stored) / stored;
        assertThat(StoredScale.valueOf(type.name()).relativeError(stored))
            .isGreaterThanOrEqualTo(error);
      }
    }
    assertThat(StoredScale.F16.relativeError(near)).isLessThan(near > 1e-4 ? 0x1.0p-10 : 0.05);
  }
}
