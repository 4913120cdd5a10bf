package dev.weighmaster.ggml;

import static dev.weighmaster.ggml.VectorLanes.above;
import static dev.weighmaster.ggml.VectorLanes.all;
import static dev.weighmaster.ggml.VectorLanes.below;
import static dev.weighmaster.ggml.VectorLanes.load;

import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/** {@link ScaleAndMinSearch} with a sub-block in each lane. */
final class VectorScaleAndMinSearch implements ScaleSearch {
  private static final int LANES = VectorLanes.COUNT;

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
      FloatVector low = load(xs, 0);
      FloatVector high = low;
      FloatVector importance = load(ws, 0);
      FloatVector weights = importance.mul(low);
      for (int i = LANES; i < length; i += LANES) {
        FloatVector x = load(xs, i);
        FloatVector w = load(ws, i);
        low = low.blend(x, below(x, low));
        high = high.blend(x, above(x, high));
        importance = importance.add(w);
        weights = weights.add(w.mul(x));
      }
      low.intoArray(least, 0);
      high.intoArray(greatest, 0);
      importance.intoArray(sumOfImportance, 0);
      weights.intoArray(sumOfWeights, 0);
      FloatVector notAbove0 = low.blend(0f, above(low, 0f));
      notAbove0.intoArray(best.min, 0);
      all(1).blend(0f, above(high, notAbove0)).intoArray(flat, 0);
    }

    /**
     * Rounds the weights to codes, from the best minimum so far.
     *
     * @return whether vectors round right what the least and the greatest weight, and so all, come
     *     to
     */
    boolean round(float span) {
      FloatVector low = load(best.min, 0);
      FloatVector high = load(greatest, 0);
      FloatVector tried = all(span).div(high.sub(low).blend(1f, above(load(flat, 0), 0f)));
      tried.intoArray(inverse, 0);
      IntVector leastCode = VectorLanes.limit(0);
      IntVector greatestCode = VectorLanes.limit(maxCode);
      FloatVector codeSum = all(0);
      FloatVector squareSum = all(0);
      FloatVector productSum = all(0);
      for (int i = 0; i < length; i += LANES) {
        FloatVector x = load(xs, i);
        FloatVector code = VectorLanes.rounded(tried.mul(x.sub(low)), leastCode, greatestCode);
        code.intoArray(codes, i);
        FloatVector weighted = load(ws, i).mul(code);
        codeSum = codeSum.add(weighted);
        squareSum = squareSum.add(weighted.mul(code));
        productSum = productSum.add(weighted.mul(x));
      }
      codeSum.intoArray(sumOfCodes, 0);
      squareSum.intoArray(sumOfSquares, 0);
      productSum.intoArray(sumOfProducts, 0);
      // The first try: the line through the outermost codes.
      all(1).div(tried).intoArray(scale, 0);
      low.intoArray(min, 0);
      VectorMask<Float> lowRight =
          below(tried.mul(load(least, 0).sub(low)).abs(), VectorLanes.ROUNDED_RIGHT);
      VectorMask<Float> highRight =
          below(tried.mul(high.sub(low)).abs(), VectorLanes.ROUNDED_RIGHT);
      return lowRight.and(highRight).allTrue();
    }

    /** Fits a line through the codes. */
    void fit() {
      FloatVector importance = load(sumOfImportance, 0);
      FloatVector weights = load(sumOfWeights, 0);
      FloatVector codeSum = load(sumOfCodes, 0);
      FloatVector squareSum = load(sumOfSquares, 0);
      FloatVector productSum = load(sumOfProducts, 0);
      FloatVector divisor = importance.mul(squareSum).sub(codeSum.mul(codeSum));
      FloatVector fittedScale = importance.mul(productSum).sub(weights.mul(codeSum)).div(divisor);
      FloatVector fittedMin = squareSum.mul(weights).sub(codeSum.mul(productSum)).div(divisor);
      VectorMask<Float> positive = above(fittedMin, 0f);
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
      FloatVector lineScale = load(scale, 0);
      FloatVector lineMin = load(min, 0);
      FloatVector sum = all(0);
      for (int i = 0; i < length; i += LANES) {
        FloatVector difference = lineScale.mul(load(codes, i)).add(lineMin).sub(load(xs, i));
        sum = sum.add(load(ws, i).mul(difference.mul(difference)));
      }
      sum.intoArray(error, 0);
    }

    private void measureDistances() {
      FloatVector lineScale = load(scale, 0);
      FloatVector lineMin = load(min, 0);
      FloatVector sum = all(0);
      for (int i = 0; i < length; i += LANES) {
        FloatVector difference = lineScale.mul(load(codes, i)).add(lineMin).sub(load(xs, i));
        sum = sum.add(load(ws, i).mul(difference.abs()));
      }
      sum.intoArray(error, 0);
    }

    void keepFirst() {
      load(error, 0).intoArray(leastError, 0);
      load(inverse, 0).intoArray(best.inverse, 0);
      load(scale, 0).intoArray(best.scale, 0);
      load(min, 0).intoArray(best.base, 0);
    }

    void keepBetter() {
      VectorMask<Float> better =
          below(load(error, 0), load(leastError, 0)).and(above(load(determinant, 0), 0f));
      FloatVector base = load(best.min, 0);
      load(leastError, 0).blend(load(error, 0), better).intoArray(leastError, 0);
      load(best.inverse, 0).blend(load(inverse, 0), better).intoArray(best.inverse, 0);
      load(best.base, 0).blend(base, better).intoArray(best.base, 0);
      load(best.scale, 0).blend(load(scale, 0), better).intoArray(best.scale, 0);
      base.blend(load(min, 0), better).intoArray(best.min, 0);
    }

    void finish() {
      VectorMask<Float> zero = above(load(flat, 0), 0f);
      load(best.scale, 0).blend(0f, zero).intoArray(best.scale, 0);
      load(best.min, 0).neg().intoArray(best.min, 0);
      load(best.inverse, 0).blend(0f, zero).intoArray(best.inverse, 0);
      load(best.base, 0).blend(0f, zero).intoArray(best.base, 0);
    }
  }
}
