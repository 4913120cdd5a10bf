package dev.weighmaster.ggml;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link CenteredScaleSearch} with a sub-block in each lane. */
final class VectorCenteredScaleSearch implements ScaleSearch {
  private static final VectorSpecies<Float> FLOATS = VectorLanes.FLOATS;
  private static final int LANES = VectorLanes.COUNT;
  private static final float INTEGERS_ONLY = GgmlFloats.INTEGERS_ONLY;

  private final CenteredScaleSearch scalar;
  private final int size;
  private final int half;
  private final float[] spans;

  VectorCenteredScaleSearch(int size, int half) {
    this.scalar = new CenteredScaleSearch(size, half);
    this.size = size;
    this.half = half;
    this.spans = CenteredScaleSearch.spans(half);
  }

  @Override
  public void find(float[] row, int from, float[] importance, int subBlocks, FoundScales found) {
    var lanes = new Lanes(size * LANES, half);
    for (int first = 0; first < subBlocks; first += LANES) {
      int count = Math.min(LANES, subBlocks - first);
      VectorLanes.columns(row, from + first * size, size, count, LANES, lanes.xs);
      VectorLanes.columns(importance, first * size, size, count, LANES, lanes.ws);
      if (lanes.start()) {
        find(lanes);
        found.copy(lanes.best, first, count);
      } else {
        scalar.find(row, from, importance, first, count, found);
      }
    }
  }

  private void find(Lanes lanes) {
    lanes.round(-half);
    lanes.keepFirst();
    for (float span : spans) {
      lanes.round(span);
      lanes.keepBetter();
    }
    lanes.finish();
  }

  @Override
  public void codes(float[] row, int from, FoundScales found, int subBlock, byte[] codes, int at) {
    float inverse = found.inverse[subBlock];
    if (inverse == CenteredScaleSearch.INVERSE_OF_ZERO) {
      scalar.codes(row, from, found, subBlock, codes, at);
      return;
    }
    IntVector least = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO - half);
    IntVector greatest = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + half - 1);
    for (int i = 0; i < size; i += LANES) {
      FloatVector.fromArray(FLOATS, row, from + i)
          .mul(inverse)
          .add(INTEGERS_ONLY)
          .reinterpretAsInts()
          .and(VectorLanes.MANTISSA)
          .or(VectorLanes.EXPONENT)
          .max(least)
          .min(greatest)
          .sub(VectorLanes.BITS_OF_ZERO - half)
          .convertShape(VectorOperators.I2B, VectorLanes.BYTES, 0)
          .reinterpretAsBytes()
          .intoArray(codes, at + i);
    }
  }

  /** The state of a search, in arrays as that of {@link VectorScaleAndMinSearch} is. */
  private static final class Lanes {
    /** Weights and their importance, in columns. */
    final float[] xs;

    final float[] ws;
    final FoundScales best = new FoundScales(LANES);

    private final int length;
    private final int half;
    private final float[] weighted;
    private final float[] distances = new float[LANES];
    private final float[] outermost = new float[LANES];
    private final float[] inverse = new float[LANES];
    private final float[] products = new float[LANES];
    private final float[] squares = new float[LANES];

    /** What a better scale has to exceed: the scale times the sum of products. */
    private final float[] goodness = new float[LANES];

    Lanes(int length, int half) {
      this.length = length;
      this.half = half;
      xs = new float[length];
      ws = new float[length];
      weighted = new float[length];
    }

    /**
     * Finds each sub-block's outermost weight.
     *
     * @return whether all weights are finite: vectors do not round others right
     */
    boolean start() {
      FloatVector zeroIfFinite = FloatVector.zero(FLOATS);
      FloatVector furthest = FloatVector.broadcast(FLOATS, 0);
      FloatVector distance = FloatVector.broadcast(FLOATS, 0);
      for (int i = 0; i < length; i += LANES) {
        FloatVector x = FloatVector.fromArray(FLOATS, xs, i);
        zeroIfFinite = zeroIfFinite.add(x.mul(0f));
        FloatVector far = x.abs();
        VectorMask<Float> further = far.compare(VectorOperators.GT, distance);
        distance = distance.blend(far, further);
        furthest = furthest.blend(x, further);
        FloatVector.fromArray(FLOATS, ws, i).mul(x).intoArray(weighted, i);
      }
      distance.intoArray(distances, 0);
      furthest
          .blend(1f, distance.compare(VectorOperators.LT, CenteredScaleSearch.ZERO))
          .intoArray(outermost, 0);
      return zeroIfFinite.compare(VectorOperators.EQ, 0f).allTrue();
    }

    /** Rounds the weights to codes under a scale. */
    void round(float span) {
      IntVector least = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO - half);
      IntVector greatest =
          IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + half - 1);
      FloatVector tried =
          FloatVector.broadcast(FLOATS, span).div(FloatVector.fromArray(FLOATS, outermost, 0));
      FloatVector productSum = FloatVector.broadcast(FLOATS, 0);
      FloatVector squareSum = FloatVector.broadcast(FLOATS, 0);
      for (int i = 0; i < length; i += LANES) {
        FloatVector code =
            tried
                .mul(FloatVector.fromArray(FLOATS, xs, i))
                .add(INTEGERS_ONLY)
                .reinterpretAsInts()
                .max(least)
                .min(greatest)
                .reinterpretAsFloats()
                .sub(INTEGERS_ONLY);
        productSum = productSum.add(FloatVector.fromArray(FLOATS, weighted, i).mul(code));
        squareSum = squareSum.add(FloatVector.fromArray(FLOATS, ws, i).mul(code).mul(code));
      }
      tried.intoArray(inverse, 0);
      productSum.intoArray(products, 0);
      squareSum.intoArray(squares, 0);
    }

    void keepFirst() {
      FloatVector productSum = FloatVector.fromArray(FLOATS, products, 0);
      FloatVector squareSum = FloatVector.fromArray(FLOATS, squares, 0);
      FloatVector scale =
          productSum.div(squareSum).blend(0f, squareSum.compare(VectorOperators.EQ, 0f));
      scale.intoArray(best.scale, 0);
      scale.mul(productSum).intoArray(goodness, 0);
      FloatVector.fromArray(FLOATS, inverse, 0).intoArray(best.inverse, 0);
    }

    void keepBetter() {
      FloatVector productSum = FloatVector.fromArray(FLOATS, products, 0);
      FloatVector squareSum = FloatVector.fromArray(FLOATS, squares, 0);
      VectorMask<Float> better =
          productSum
              .mul(productSum)
              .compare(
                  VectorOperators.GT, FloatVector.fromArray(FLOATS, goodness, 0).mul(squareSum))
              .and(squareSum.compare(VectorOperators.GT, 0f));
      FloatVector scale = productSum.div(squareSum);
      FloatVector.fromArray(FLOATS, best.scale, 0).blend(scale, better).intoArray(best.scale, 0);
      FloatVector.fromArray(FLOATS, goodness, 0)
          .blend(scale.mul(productSum), better)
          .intoArray(goodness, 0);
      FloatVector.fromArray(FLOATS, best.inverse, 0)
          .blend(FloatVector.fromArray(FLOATS, inverse, 0), better)
          .intoArray(best.inverse, 0);
    }

    void finish() {
      VectorMask<Float> zero =
          FloatVector.fromArray(FLOATS, distances, 0)
              .compare(VectorOperators.LT, CenteredScaleSearch.ZERO);
      FloatVector.fromArray(FLOATS, best.scale, 0).blend(0f, zero).intoArray(best.scale, 0);
      FloatVector.fromArray(FLOATS, best.inverse, 0)
          .blend(CenteredScaleSearch.INVERSE_OF_ZERO, zero)
          .intoArray(best.inverse, 0);
    }
  }
}
