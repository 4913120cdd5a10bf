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
    lanes.round(-half, -half);
    lanes.keepFirst();
    for (int i = 0; i < spans.length; i += 2) {
      lanes.round(spans[i], spans[i + 1]);
      lanes.keepBetter(lanes.one);
      lanes.keepBetter(lanes.other);
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

    /** The scales that were tried last. */
    final Tried one = new Tried();

    final Tried other = new Tried();

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

    /**
     * Rounds the weights to codes under two scales: each pass reads them once for both, and has
     * sums enough to keep the processor busy.
     */
    void round(float oneSpan, float otherSpan) {
      float wider = Math.max(Math.abs(oneSpan), Math.abs(otherSpan));
      // The outermost weight's code is the span: codes within a narrower one need no limits.
      boolean mayExceedGreatest = wider > half - 0.55f;
      boolean mayExceedLeast = wider > half + 0.45f;
      IntVector least = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO - half);
      IntVector greatest =
          IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + half - 1);
      FloatVector furthest = FloatVector.fromArray(FLOATS, outermost, 0);
      FloatVector oneInverse = FloatVector.broadcast(FLOATS, oneSpan).div(furthest);
      FloatVector otherInverse = FloatVector.broadcast(FLOATS, otherSpan).div(furthest);
      FloatVector oneProducts = FloatVector.broadcast(FLOATS, 0);
      FloatVector oneSquares = FloatVector.broadcast(FLOATS, 0);
      FloatVector otherProducts = FloatVector.broadcast(FLOATS, 0);
      FloatVector otherSquares = FloatVector.broadcast(FLOATS, 0);
      for (int i = 0; i < length; i += LANES) {
        FloatVector x = FloatVector.fromArray(FLOATS, xs, i);
        FloatVector w = FloatVector.fromArray(FLOATS, ws, i);
        FloatVector wx = FloatVector.fromArray(FLOATS, weighted, i);
        IntVector oneBits = oneInverse.mul(x).add(INTEGERS_ONLY).reinterpretAsInts();
        IntVector otherBits = otherInverse.mul(x).add(INTEGERS_ONLY).reinterpretAsInts();
        if (mayExceedGreatest) {
          oneBits = oneBits.min(greatest);
          otherBits = otherBits.min(greatest);
        }
        if (mayExceedLeast) {
          oneBits = oneBits.max(least);
          otherBits = otherBits.max(least);
        }
        FloatVector oneCode = oneBits.reinterpretAsFloats().sub(INTEGERS_ONLY);
        FloatVector otherCode = otherBits.reinterpretAsFloats().sub(INTEGERS_ONLY);
        oneProducts = oneProducts.add(wx.mul(oneCode));
        otherProducts = otherProducts.add(wx.mul(otherCode));
        oneSquares = oneSquares.add(w.mul(oneCode).mul(oneCode));
        otherSquares = otherSquares.add(w.mul(otherCode).mul(otherCode));
      }
      oneInverse.intoArray(one.inverse, 0);
      oneProducts.intoArray(one.products, 0);
      oneSquares.intoArray(one.squares, 0);
      otherInverse.intoArray(other.inverse, 0);
      otherProducts.intoArray(other.products, 0);
      otherSquares.intoArray(other.squares, 0);
    }

    void keepFirst() {
      FloatVector products = FloatVector.fromArray(FLOATS, one.products, 0);
      FloatVector squares = FloatVector.fromArray(FLOATS, one.squares, 0);
      FloatVector scale = products.div(squares).blend(0f, squares.compare(VectorOperators.EQ, 0f));
      scale.intoArray(best.scale, 0);
      scale.mul(products).intoArray(goodness, 0);
      FloatVector.fromArray(FLOATS, one.inverse, 0).intoArray(best.inverse, 0);
    }

    void keepBetter(Tried tried) {
      FloatVector products = FloatVector.fromArray(FLOATS, tried.products, 0);
      FloatVector squares = FloatVector.fromArray(FLOATS, tried.squares, 0);
      VectorMask<Float> better =
          products
              .mul(products)
              .compare(VectorOperators.GT, FloatVector.fromArray(FLOATS, goodness, 0).mul(squares))
              .and(squares.compare(VectorOperators.GT, 0f));
      FloatVector scale = products.div(squares);
      FloatVector.fromArray(FLOATS, best.scale, 0).blend(scale, better).intoArray(best.scale, 0);
      FloatVector.fromArray(FLOATS, goodness, 0)
          .blend(scale.mul(products), better)
          .intoArray(goodness, 0);
      FloatVector.fromArray(FLOATS, best.inverse, 0)
          .blend(FloatVector.fromArray(FLOATS, tried.inverse, 0), better)
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

  /** A scale for each sub-block, and the sums over the codes that it gives. */
  private static final class Tried {
    final float[] inverse = new float[LANES];
    final float[] products = new float[LANES];
    final float[] squares = new float[LANES];
  }
}
