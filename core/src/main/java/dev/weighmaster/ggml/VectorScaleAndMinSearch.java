package dev.weighmaster.ggml;

import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link ScaleAndMinSearch} with a sub-block in each lane. */
final class VectorScaleAndMinSearch implements ScaleSearch {
  private static final VectorSpecies<Float> FLOATS = VectorLanes.FLOATS;
  private static final int LANES = VectorLanes.COUNT;
  private static final float INTEGERS_ONLY = GgmlFloats.INTEGERS_ONLY;

  private final ScaleAndMinSearch scalar;
  private final int size;
  private final int maxCode;
  private final float[] spans;
  private final Deviation deviation;

  VectorScaleAndMinSearch(int size, int maxCode, SearchSteps steps, Deviation deviation) {
    this.scalar = new ScaleAndMinSearch(size, maxCode, steps, deviation);
    this.size = size;
    this.maxCode = maxCode;
    this.spans = steps.spans(maxCode);
    this.deviation = deviation;
  }

  @Override
  public void find(float[] row, int from, float[] importance, int subBlocks, FoundScales found) {
    var lanes = new Lanes(size * LANES, maxCode);
    for (int first = 0; first < subBlocks; first += LANES) {
      int count = Math.min(LANES, subBlocks - first);
      VectorLanes.columns(row, from + first * size, size, count, LANES, lanes.xs);
      VectorLanes.columns(importance, first * size, size, count, LANES, lanes.ws);
      if (find(lanes)) {
        found.copy(lanes.best, first, count);
      } else {
        scalar.find(row, from, importance, first, count, found);
      }
    }
  }

  /** Whether vectors rounded right all that came up; if not, nothing was found. */
  private boolean find(Lanes lanes) {
    lanes.start();
    if (!lanes.round(maxCode)) {
      return false;
    }
    lanes.measure(deviation);
    lanes.keepFirst();
    for (float span : spans) {
      if (!lanes.round(span)) {
        return false;
      }
      lanes.fit();
      lanes.measure(deviation);
      lanes.keepBetter();
    }
    lanes.finish();
    return true;
  }

  @Override
  public void codes(float[] row, int from, FoundScales found, int subBlock, byte[] codes, int at) {
    scalar.codes(row, from, found, subBlock, codes, at);
  }

  /**
   * The state of a search. It lies in arrays between the steps, because a vector that is passed to
   * a method, or returned by one, is an object unless the compiler inlines that method.
   */
  private static final class Lanes {
    /** Weights and their importance, in columns. */
    final float[] xs;

    final float[] ws;

    /** What is best so far; {@code min} has ggml's sign until {@link #finish}. */
    final FoundScales best = new FoundScales(LANES);

    private final int length;
    private final int maxCode;
    private final float[] codes;
    private final float[] least = new float[LANES];
    private final float[] greatest = new float[LANES];
    private final float[] sumOfImportance = new float[LANES];
    private final float[] sumOfWeights = new float[LANES];

    /** 1 where all weights are equal, and not above 0, so that there is nothing to search. */
    private final float[] flat = new float[LANES];

    private final float[] leastError = new float[LANES];

    // What is being tried.
    private final float[] inverse = new float[LANES];
    private final float[] scale = new float[LANES];
    private final float[] min = new float[LANES];
    private final float[] error = new float[LANES];
    private final float[] sumOfCodes = new float[LANES];
    private final float[] sumOfSquares = new float[LANES];
    private final float[] sumOfProducts = new float[LANES];
    private final float[] determinant = new float[LANES];

    Lanes(int length, int maxCode) {
      this.length = length;
      this.maxCode = maxCode;
      xs = new float[length];
      ws = new float[length];
      codes = new float[length];
    }

    void start() {
      FloatVector low = FloatVector.fromArray(FLOATS, xs, 0);
      FloatVector high = low;
      FloatVector importance = FloatVector.fromArray(FLOATS, ws, 0);
      FloatVector weights = importance.mul(low);
      for (int i = LANES; i < length; i += LANES) {
        FloatVector x = FloatVector.fromArray(FLOATS, xs, i);
        FloatVector w = FloatVector.fromArray(FLOATS, ws, i);
        low = low.blend(x, x.compare(VectorOperators.LT, low));
        high = high.blend(x, x.compare(VectorOperators.GT, high));
        importance = importance.add(w);
        weights = weights.add(w.mul(x));
      }
      low.intoArray(least, 0);
      high.intoArray(greatest, 0);
      importance.intoArray(sumOfImportance, 0);
      weights.intoArray(sumOfWeights, 0);
      FloatVector notAbove0 = low.blend(0f, low.compare(VectorOperators.GT, 0f));
      notAbove0.intoArray(best.min, 0);
      FloatVector.broadcast(FLOATS, 1)
          .blend(0f, high.compare(VectorOperators.GT, notAbove0))
          .intoArray(flat, 0);
    }

    /**
     * Rounds the weights to codes, from the best minimum so far.
     *
     * @return whether vectors round right what the least and the greatest weight, and so all, come
     *     to
     */
    boolean round(float span) {
      FloatVector low = FloatVector.fromArray(FLOATS, best.min, 0);
      FloatVector high = FloatVector.fromArray(FLOATS, greatest, 0);
      FloatVector tried =
          FloatVector.broadcast(FLOATS, span)
              .div(
                  high.sub(low)
                      .blend(
                          1f,
                          FloatVector.fromArray(FLOATS, flat, 0).compare(VectorOperators.GT, 0f)));
      tried.intoArray(inverse, 0);
      IntVector leastCode = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO);
      IntVector greatestCode =
          IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + maxCode);
      FloatVector codeSum = FloatVector.broadcast(FLOATS, 0);
      FloatVector squareSum = FloatVector.broadcast(FLOATS, 0);
      FloatVector productSum = FloatVector.broadcast(FLOATS, 0);
      for (int i = 0; i < length; i += LANES) {
        FloatVector x = FloatVector.fromArray(FLOATS, xs, i);
        FloatVector code =
            tried
                .mul(x.sub(low))
                .add(INTEGERS_ONLY)
                .reinterpretAsInts()
                .max(leastCode)
                .min(greatestCode)
                .reinterpretAsFloats()
                .sub(INTEGERS_ONLY);
        code.intoArray(codes, i);
        FloatVector weighted = FloatVector.fromArray(FLOATS, ws, i).mul(code);
        codeSum = codeSum.add(weighted);
        squareSum = squareSum.add(weighted.mul(code));
        productSum = productSum.add(weighted.mul(x));
      }
      codeSum.intoArray(sumOfCodes, 0);
      squareSum.intoArray(sumOfSquares, 0);
      productSum.intoArray(sumOfProducts, 0);
      // The first try: the line through the outermost codes.
      FloatVector.broadcast(FLOATS, 1).div(tried).intoArray(scale, 0);
      low.intoArray(min, 0);
      VectorMask<Float> lowRight =
          tried
              .mul(FloatVector.fromArray(FLOATS, least, 0).sub(low))
              .abs()
              .compare(VectorOperators.LT, VectorLanes.ROUNDED_RIGHT);
      VectorMask<Float> highRight =
          tried.mul(high.sub(low)).abs().compare(VectorOperators.LT, VectorLanes.ROUNDED_RIGHT);
      return lowRight.and(highRight).allTrue();
    }

    /** Fits a line through the codes. */
    void fit() {
      FloatVector importance = FloatVector.fromArray(FLOATS, sumOfImportance, 0);
      FloatVector weights = FloatVector.fromArray(FLOATS, sumOfWeights, 0);
      FloatVector codeSum = FloatVector.fromArray(FLOATS, sumOfCodes, 0);
      FloatVector squareSum = FloatVector.fromArray(FLOATS, sumOfSquares, 0);
      FloatVector productSum = FloatVector.fromArray(FLOATS, sumOfProducts, 0);
      FloatVector divisor = importance.mul(squareSum).sub(codeSum.mul(codeSum));
      FloatVector fittedScale = importance.mul(productSum).sub(weights.mul(codeSum)).div(divisor);
      FloatVector fittedMin = squareSum.mul(weights).sub(codeSum.mul(productSum)).div(divisor);
      VectorMask<Float> positive = fittedMin.compare(VectorOperators.GT, 0f);
      fittedScale.blend(productSum.div(squareSum), positive).intoArray(scale, 0);
      fittedMin.blend(0f, positive).intoArray(min, 0);
      divisor.intoArray(determinant, 0);
    }

    void measure(Deviation deviation) {
      switch (deviation) {
        case SQUARED -> measureSquares();
        case ABSOLUTE -> measureDistances();
      }
    }

    private void measureSquares() {
      FloatVector lineScale = FloatVector.fromArray(FLOATS, scale, 0);
      FloatVector lineMin = FloatVector.fromArray(FLOATS, min, 0);
      FloatVector sum = FloatVector.broadcast(FLOATS, 0);
      for (int i = 0; i < length; i += LANES) {
        FloatVector difference =
            lineScale
                .mul(FloatVector.fromArray(FLOATS, codes, i))
                .add(lineMin)
                .sub(FloatVector.fromArray(FLOATS, xs, i));
        sum = sum.add(FloatVector.fromArray(FLOATS, ws, i).mul(difference.mul(difference)));
      }
      sum.intoArray(error, 0);
    }

    private void measureDistances() {
      FloatVector lineScale = FloatVector.fromArray(FLOATS, scale, 0);
      FloatVector lineMin = FloatVector.fromArray(FLOATS, min, 0);
      FloatVector sum = FloatVector.broadcast(FLOATS, 0);
      for (int i = 0; i < length; i += LANES) {
        FloatVector difference =
            lineScale
                .mul(FloatVector.fromArray(FLOATS, codes, i))
                .add(lineMin)
                .sub(FloatVector.fromArray(FLOATS, xs, i));
        sum = sum.add(FloatVector.fromArray(FLOATS, ws, i).mul(difference.abs()));
      }
      sum.intoArray(error, 0);
    }

    void keepFirst() {
      FloatVector.fromArray(FLOATS, error, 0).intoArray(leastError, 0);
      FloatVector.fromArray(FLOATS, inverse, 0).intoArray(best.inverse, 0);
      FloatVector.fromArray(FLOATS, scale, 0).intoArray(best.scale, 0);
      FloatVector.fromArray(FLOATS, min, 0).intoArray(best.base, 0);
    }

    void keepBetter() {
      VectorMask<Float> better =
          FloatVector.fromArray(FLOATS, error, 0)
              .compare(VectorOperators.LT, FloatVector.fromArray(FLOATS, leastError, 0))
              .and(FloatVector.fromArray(FLOATS, determinant, 0).compare(VectorOperators.GT, 0f));
      FloatVector base = FloatVector.fromArray(FLOATS, best.min, 0);
      FloatVector.fromArray(FLOATS, leastError, 0)
          .blend(FloatVector.fromArray(FLOATS, error, 0), better)
          .intoArray(leastError, 0);
      FloatVector.fromArray(FLOATS, best.inverse, 0)
          .blend(FloatVector.fromArray(FLOATS, inverse, 0), better)
          .intoArray(best.inverse, 0);
      FloatVector.fromArray(FLOATS, best.base, 0).blend(base, better).intoArray(best.base, 0);
      FloatVector.fromArray(FLOATS, best.scale, 0)
          .blend(FloatVector.fromArray(FLOATS, scale, 0), better)
          .intoArray(best.scale, 0);
      base.blend(FloatVector.fromArray(FLOATS, min, 0), better).intoArray(best.min, 0);
    }

    void finish() {
      VectorMask<Float> zero =
          FloatVector.fromArray(FLOATS, flat, 0).compare(VectorOperators.GT, 0f);
      FloatVector.fromArray(FLOATS, best.scale, 0).blend(0f, zero).intoArray(best.scale, 0);
      FloatVector.fromArray(FLOATS, best.min, 0).neg().intoArray(best.min, 0);
      FloatVector.fromArray(FLOATS, best.inverse, 0).blend(0f, zero).intoArray(best.inverse, 0);
      FloatVector.fromArray(FLOATS, best.base, 0).blend(0f, zero).intoArray(best.base, 0);
    }
  }
}
