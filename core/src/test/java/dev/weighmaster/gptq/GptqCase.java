package dev.weighmaster.gptq;

import java.util.Arrays;
import java.util.Random;

/**
 * A matrix that was quantized honestly. The seed chooses everything: shape, bits, groups, order,
 * calibration, damping, and the types of source and scales.
 */
final class GptqCase {
  private final Gptq gptq;
  private final Calibration calibration;
  private final float[][] source;
  private final boolean orderIsKnown;
  private final String description;

  GptqCase(
      Gptq gptq,
      Calibration calibration,
      float[][] source,
      boolean orderIsKnown,
      String description) {
    this.gptq = gptq;
    this.calibration = calibration;
    this.source = source;
    this.orderIsKnown = orderIsKnown;
    this.description = description;
  }

  static GptqCase of(long seed, int mostRows, int mostColumns) {
    Random random = new Random(seed);
    int columns = 32 * between(random, mostColumns / 96, mostColumns / 32);
    int rows = between(random, mostRows / 3, mostRows);
    int groupSize = pick(random, -1, 32, 64, 128);
    boolean descAct = random.nextBoolean();
    Gptq gptq =
        new Gptq(
            pick(random, 2, 3, 4, 4, 8),
            groupSize,
            random.nextBoolean(),
            descAct,
            random.nextInt(3) == 0,
            random.nextInt(4) == 0,
            false,
            new double[] {0.001, 0.01, 0.05, 0.1}[random.nextInt(4)],
            type(random));
    int samples = pick(random, columns / 2, 2 * columns, 4 * columns);
    boolean isSingular = samples < columns;
    double spread = 1.5 * random.nextDouble();
    int factors = pick(random, 1, 4, 16);
    double strength = 3 * random.nextDouble();
    int zeros = isSingular ? 0 : pick(random, 0, 0, 3);
    Calibration calibration =
        Calibration.random(columns, samples, spread, factors, strength, zeros, random);
    Gptq.Number16 type = type(random);
    String description =
        "seed %d: %d x %d, %s, %s source, %d samples, spread %.2f, %d factors of %.2f, %d zeros"
            .formatted(seed, rows, columns, gptq, type, samples, spread, factors, strength, zeros);
    return new GptqCase(
        gptq, calibration, source(rows, columns, type, random), random.nextBoolean(), description);
  }

  /** Weights as trained ones are: some rows and columns are greater, and a few weights far. */
  static float[][] source(int rows, int columns, Gptq.Number16 type, Random random) {
    double[] sizes = random.doubles(columns, 0.5, 1.5).toArray();
    float[][] source = new float[rows][columns];
    for (float[] row : source) {
      double size = 0.02 * (0.5 + random.nextDouble());
      for (int j = 0; j < columns; j++) {
        double far = random.nextInt(500) == 0 ? 4 : 1;
        row[j] = type.round((float) (far * size * sizes[j] * random.nextGaussian()));
      }
    }
    return source;
  }

  private static int between(Random random, int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  private static Gptq.Number16 type(Random random) {
    return random.nextBoolean() ? Gptq.Number16.F16 : Gptq.Number16.BF16;
  }

  private static int pick(Random random, int... of) {
    return of[random.nextInt(of.length)];
  }

  /** The source with a change of a rank, whose deviation is a part of the weights'. */
  static float[][] changed(float[][] source, int rank, double part, Random random) {
    int columns = source[0].length;
    double[][] right = new double[rank][columns];
    for (double[] factor : right) {
      Arrays.setAll(factor, j -> random.nextGaussian());
    }
    double squares = 0;
    for (float[] row : source) {
      for (float weight : row) {
        squares += (double) weight * weight;
      }
    }
    double size = part * Math.sqrt(squares / source.length / columns / rank);
    float[][] changed = new float[source.length][columns];
    for (int row = 0; row < source.length; row++) {
      double[] left = random.doubles(rank).map(any -> random.nextGaussian()).toArray();
      for (int j = 0; j < columns; j++) {
        double change = 0;
        for (int l = 0; l < rank; l++) {
          change += left[l] * right[l][j];
        }
        changed[row][j] = (float) (source[row][j] + size * change);
      }
    }
    return changed;
  }

  Gptq gptq() {
    return gptq;
  }

  Calibration calibration() {
    return calibration;
  }

  float[][] source() {
    return source;
  }

  Gptq.Quantized quantize() {
    return gptq.quantize(source, calibration);
  }

  /** A stack of the source and what was made of it. */
  GptqStack stack(Gptq.Quantized quantized) {
    StoredScale stored = StoredScale.valueOf(gptq.storedScale().name());
    GptqStack stack =
        new GptqStack(gptq.bits(), order(quantized), quantized.groups(), stored, source.length);
    for (int row = 0; row < source.length; row++) {
      stack.add(
          source[row], quantized.codes()[row], quantized.scales()[row], quantized.zeros()[row]);
    }
    return stack;
  }

  private RoundingOrder order(Gptq.Quantized quantized) {
    if (!orderIsKnown || (gptq.descAct() && (gptq.staticGroups() || gptq.groupSize() < 0))) {
      return RoundingOrder.unknown(quantized.groups().length);
    }
    return gptq.descAct()
        ? RoundingOrder.byGroup(quantized.groups())
        : RoundingOrder.byColumn(quantized.groups().length);
  }

  @Override
  public String toString() {
    return description;
  }
}
