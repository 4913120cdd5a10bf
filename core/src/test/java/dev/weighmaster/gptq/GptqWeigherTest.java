package dev.weighmaster.gptq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.gptq.ColumnFinding.Decision;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GptqWeigherTest {
  private static final long BUDGET = 30_000_000;
  private static final int COLUMNS = 160;

  /** What is known of the order in which the columns were rounded. */
  private enum Known {
    ORDER,
    GROUPS,
    NOTHING
  }

  private static GptqCase matrix(int rows, Known known) {
    Random random = new Random(7);
    boolean descAct = known != Known.ORDER;
    boolean staticGroups = known == Known.NOTHING;
    Gptq gptq = new Gptq(4, 64, true, descAct, staticGroups, false, false, 0.01, Gptq.Number16.F16);
    return new GptqCase(
        gptq,
        Calibration.random(COLUMNS, 512, 0.7, 8, 1.5, 0, random),
        GptqCase.source(rows, COLUMNS, Gptq.Number16.BF16, random),
        known != Known.NOTHING,
        known.name());
  }

  private static GptqFindings weigh(GptqStack stack) {
    return GptqWeigher.weigh(stack, BUDGET);
  }

  private static GptqFindings weighChanged(GptqCase honest, double part) {
    float[][] changed = GptqCase.changed(honest.source(), 8, part, new Random(3));
    return GptqWeigher.weigh(
        honest.stack(honest.gptq().quantize(changed, honest.calibration())), 10 * BUDGET);
  }

  @Test
  void noneOf200HonestMatricesIsAccused() {
    assertThat(LongStream.range(0, 200).mapToObj(seed -> GptqCase.of(seed, 300, 160)))
        .allSatisfy(
            honest -> {
              GptqFindings findings = weigh(honest.stack(honest.quantize()));
              assertThat(findings.count(Decision.DEVIATES)).isZero();
              assertThat(findings.leftOut()).isZero();
            });
  }

  @ParameterizedTest
  @EnumSource
  void honestColumnsFitAsFarAsThereAreRows(Known known) {
    GptqCase honest = matrix(640, known);
    GptqFindings findings = GptqWeigher.weigh(honest.stack(honest.quantize()), 20 * BUDGET);
    assertThat(findings.columns())
        .hasSize(640 / GptqStack.LEAST_ROWS)
        .allMatch(column -> column.decision() == Decision.FITS && column.excess() < 1.0001);
  }

  @ParameterizedTest
  @EnumSource
  void oneCodeThatIsOffByOneDeviates(Known known) {
    GptqCase honest = matrix(640, known);
    Gptq.Quantized quantized = honest.quantize();
    int column = quantized.order()[5];
    quantized.codes()[100][column] += quantized.codes()[100][column] < 8 ? 1 : -1;
    assertThat(weigh(honest.stack(quantized)).count(Decision.DEVIATES)).isPositive();
  }

  /** Nearly all columns find it; with few rows for each, some don't. */
  @ParameterizedTest
  @CsvSource({"0.005, 200, 0.95", "0.01, 60, 0.9", "0.03, 20, 0.8"})
  void aChangeOfRank8DeviatesInMostOfTheFirstColumns(
      double part, int rowsForEach, double columnsThatFindIt) {
    int rows = 1200;
    GptqFindings findings = weighChanged(matrix(rows, Known.ORDER), part);
    long weighed =
        findings.columns().stream().filter(column -> column.before() <= rows / rowsForEach).count();
    assertThat(weighed).isEqualTo(rows / rowsForEach + 1);
    assertThat(findings.columns())
        .filteredOn(column -> column.before() <= rows / rowsForEach)
        .filteredOn(column -> column.decision() == Decision.DEVIATES && column.excess() > 1)
        .hasSizeGreaterThan((int) (columnsThatFindIt * weighed));
  }

  @ParameterizedTest
  @EnumSource
  void aChangeOfRank8DeviatesWhateverIsKnownOfTheOrder(Known known) {
    assertThat(weighChanged(matrix(640, known), 0.02).count(Decision.DEVIATES)).isPositive();
  }

  @Test
  void anotherSourceDeviates() {
    GptqCase honest = matrix(320, Known.ORDER);
    GptqCase other =
        new GptqCase(
            honest.gptq(),
            honest.calibration(),
            GptqCase.source(320, COLUMNS, Gptq.Number16.BF16, new Random(8)),
            true,
            "other");
    assertThat(weigh(other.stack(honest.quantize())).columns())
        .allMatch(column -> column.decision() == Decision.DEVIATES);
  }

  @Test
  void zerosThatAreKeptInASparseSourceAreNoDeviation() {
    Random random = new Random(1);
    float[][] source = GptqCase.source(640, COLUMNS, Gptq.Number16.BF16, random);
    for (float[] row : source) {
      for (int j = 0; j < row.length; j++) {
        row[j] = random.nextInt(10) == 0 ? 0 : row[j];
      }
    }
    Gptq gptq = new Gptq(4, 64, true, false, false, false, true, 0.001, Gptq.Number16.F16);
    Calibration dependent = Calibration.random(COLUMNS, 512, 0.2, 2, 4, 0, random);
    GptqCase sparse = new GptqCase(gptq, dependent, source, true, "zeros are kept");
    GptqFindings findings = weigh(sparse.stack(sparse.quantize()));
    assertThat(findings.count(Decision.DEVIATES)).isZero();
    assertThat(findings.count(Decision.FITS)).isGreaterThan(15);
  }

  @Test
  void columnsOfInputsThatAreZeroAreNotDecided() {
    GptqCase honest = GptqCase.of(1, 300, 160);
    GptqFindings findings = weigh(honest.stack(honest.quantize()));
    assertThat(findings.columns())
        .filteredOn(column -> honest.calibration().isDead(column.column()))
        .isNotEmpty()
        .allMatch(column -> column.decision() == Decision.NOT_DECIDED);
  }

  @Test
  void whatTheBudgetDoesNotReachIsNotDecided() {
    GptqCase honest = matrix(640, Known.ORDER);
    Gptq.Quantized quantized = honest.quantize();
    assertThat(GptqWeigher.weigh(honest.stack(quantized), 0).columns()).isEmpty();
    GptqFindings few = GptqWeigher.weigh(honest.stack(quantized), BUDGET / 100);
    assertThat(few.columns().size()).isBetween(1, 640 / GptqStack.LEAST_ROWS - 1);
  }

  @Test
  void rowsWhoseNumbersAreNotFiniteAreLeftOut() {
    GptqCase honest = matrix(640, Known.ORDER);
    Gptq.Quantized quantized = honest.quantize();
    honest.source()[0][3] = Float.NaN;
    honest.source()[1][0] = Float.POSITIVE_INFINITY;
    quantized.scales()[2][0] = Float.NaN;
    quantized.scales()[3][0] = 0;
    quantized.scales()[4][0] = -1;
    quantized.zeros()[5][0] = Integer.MIN_VALUE + quantized.codes()[5][0];
    honest.source()[6][0] = Float.MAX_VALUE;
    quantized.scales()[6][0] = Float.MAX_VALUE;
    quantized.codes()[6][0] = 1;
    GptqFindings findings = weigh(honest.stack(quantized));
    assertThat(findings.leftOut()).isEqualTo(7);
    assertThat(findings.rows()).isEqualTo(633);
    assertThat(findings.count(Decision.DEVIATES)).isZero();
    assertThat(findings.count(Decision.FITS)).isPositive();
  }

  @Test
  void rowsAndColumnsThatRepeatAreNoDeviation() {
    GptqCase honest = matrix(640, Known.ORDER);
    for (int row = 0; row < 640; row += 2) {
      honest.source()[row + 1] = honest.source()[row].clone();
      honest.source()[row][1] = honest.source()[row][0];
    }
    GptqFindings findings = weigh(honest.stack(honest.quantize()));
    assertThat(findings.columns())
        .hasSizeGreaterThan(10)
        .allMatch(column -> column.decision() == Decision.FITS);
  }

  @Test
  void noRowsOrColumnsGiveNoFindings() {
    RoundingOrder none = RoundingOrder.byColumn(0);
    assertThat(weigh(new GptqStack(4, none, new int[0], StoredScale.F16, 0)).columns()).isEmpty();
    RoundingOrder some = RoundingOrder.byColumn(3);
    GptqStack empty = new GptqStack(4, some, new int[3], StoredScale.F16, 100);
    assertThat(weigh(empty).columns()).isEmpty();
  }

  @Test
  void rowsThatTheMemoryDoesNotHoldAreLeftOut() {
    int columns = 1 << 18;
    GptqStack stack =
        new GptqStack(
            4, RoundingOrder.unknown(columns), new int[columns], StoredScale.F16, 1 << 20);
    float[] source = new float[columns];
    int[] codes = new int[columns];
    for (int row = 0; row < 66; row++) {
      stack.add(source, codes, new float[] {1}, new int[] {0});
    }
    assertThat(stack.rows()).isEqualTo(64);
    assertThat(stack.leftOut()).isEqualTo(2);
  }
}
