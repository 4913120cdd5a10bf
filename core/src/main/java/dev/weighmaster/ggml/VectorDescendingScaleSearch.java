package dev.weighmaster.ggml;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link DescendingScaleSearch} with a sub-block in each lane.
 *
 * <p>Each step waits for the one before it, so several vectors of sub-blocks take turns.
 */
final class VectorDescendingScaleSearch implements ScaleSearch {
  private static final VectorSpecies<Float> FLOATS = VectorLanes.FLOATS;
  private static final int LANES = VectorLanes.COUNT;
  private static final float INTEGERS_ONLY = GgmlFloats.INTEGERS_ONLY;
  private static final int COLUMNS = 4 * LANES;

  private final DescendingScaleSearch scalar;
  private final int size;
  private final int half;

  VectorDescendingScaleSearch(int size, int half) {
    this.scalar = new DescendingScaleSearch(size, half);
    this.size = size;
    this.half = half;
  }

  @Override
  public void find(float[] row, int from, float[] importance, int subBlocks, FoundScales found) {
    float[] xs = new float[size * COLUMNS];
    float[] codes = new float[size * COLUMNS];
    float[] products = new float[COLUMNS];
    float[] squares = new float[COLUMNS];
    var columns = new FoundScales(COLUMNS);
    for (int first = 0; first < subBlocks; first += COLUMNS) {
      int count = Math.min(COLUMNS, subBlocks - first);
      VectorLanes.columns(row, from + first * size, size, count, COLUMNS, xs);
      for (int column = 0; column < COLUMNS; column += LANES) {
        start(xs, column, codes, products, squares);
      }
      boolean changed = true;
      for (int pass = 0; pass < DescendingScaleSearch.PASSES && changed; pass++) {
        changed = descend(xs, codes, products, squares);
      }
      for (int column = 0; column < COLUMNS; column += LANES) {
        FloatVector divisor = FloatVector.fromArray(FLOATS, squares, column);
        FloatVector.fromArray(FLOATS, products, column)
            .div(divisor)
            .blend(0f, divisor.compare(VectorOperators.GT, 0f).not())
            .intoArray(columns.scale, column);
      }
      found.copy(columns, first, count);
    }
  }

  /** The codes where the greatest weight has the outermost one; sub-blocks of zeros stay so. */
  private void start(float[] xs, int column, float[] codes, float[] products, float[] squares) {
    FloatVector outermost = FloatVector.broadcast(FLOATS, 0);
    FloatVector distance = FloatVector.broadcast(FLOATS, 0);
    for (int i = column; i < size * COLUMNS; i += COLUMNS) {
      FloatVector x = FloatVector.fromArray(FLOATS, xs, i);
      FloatVector far = x.abs();
      VectorMask<Float> further = far.compare(VectorOperators.GT, distance);
      distance = distance.blend(far, further);
      outermost = outermost.blend(x, further);
    }
    VectorMask<Float> zero = distance.compare(VectorOperators.LT, CenteredScaleSearch.ZERO);
    FloatVector inverse = FloatVector.broadcast(FLOATS, -half).div(outermost.blend(1f, zero));
    IntVector least = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO - half);
    IntVector greatest = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + half - 1);
    FloatVector sumOfProducts = FloatVector.broadcast(FLOATS, 0);
    FloatVector sumOfSquares = FloatVector.broadcast(FLOATS, 0);
    for (int i = column; i < size * COLUMNS; i += COLUMNS) {
      FloatVector x = FloatVector.fromArray(FLOATS, xs, i).blend(0f, zero);
      x.intoArray(xs, i);
      FloatVector w = x.mul(x);
      FloatVector code =
          inverse
              .mul(x)
              .add(INTEGERS_ONLY)
              .reinterpretAsInts()
              .max(least)
              .min(greatest)
              .reinterpretAsFloats()
              .sub(INTEGERS_ONLY);
      code.intoArray(codes, i);
      sumOfProducts = sumOfProducts.add(w.mul(x).mul(code));
      sumOfSquares = sumOfSquares.add(w.mul(code).mul(code));
    }
    sumOfProducts.intoArray(products, column);
    sumOfSquares.intoArray(squares, column);
  }

  /** One pass over all codes; whether it moved any. */
  private boolean descend(float[] xs, float[] codes, float[] products, float[] squares) {
    IntVector least = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO - half);
    IntVector greatest = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + half - 1);
    boolean changed = false;
    for (int i = 0; i < size * COLUMNS; i += COLUMNS) {
      for (int column = 0; column < COLUMNS; column += LANES) {
        FloatVector x = FloatVector.fromArray(FLOATS, xs, i + column);
        FloatVector w = x.mul(x);
        FloatVector wx = w.mul(x);
        FloatVector code = FloatVector.fromArray(FLOATS, codes, i + column);
        FloatVector oldProducts = FloatVector.fromArray(FLOATS, products, column);
        FloatVector oldSquares = FloatVector.fromArray(FLOATS, squares, column);
        FloatVector otherProducts = oldProducts.sub(wx.mul(code));
        FloatVector otherSquares = oldSquares.sub(w.mul(code).mul(code));
        FloatVector moved =
            x.mul(otherSquares)
                .div(otherProducts)
                .add(INTEGERS_ONLY)
                .reinterpretAsInts()
                .and(VectorLanes.MANTISSA)
                .or(VectorLanes.EXPONENT)
                .max(least)
                .min(greatest)
                .reinterpretAsFloats()
                .sub(INTEGERS_ONLY);
        FloatVector newProducts = otherProducts.add(wx.mul(moved));
        FloatVector newSquares = otherSquares.add(w.mul(moved).mul(moved));
        VectorMask<Float> better =
            newProducts
                .mul(newProducts)
                .mul(oldSquares)
                .compare(VectorOperators.GT, oldProducts.mul(oldProducts).mul(newSquares))
                .and(otherProducts.compare(VectorOperators.GT, 0f))
                .and(newSquares.compare(VectorOperators.GT, 0f))
                .and(moved.compare(VectorOperators.NE, code));
        code.blend(moved, better).intoArray(codes, i + column);
        oldProducts.blend(newProducts, better).intoArray(products, column);
        oldSquares.blend(newSquares, better).intoArray(squares, column);
        changed |= better.anyTrue();
      }
    }
    return changed;
  }

  @Override
  public void codes(float[] row, int from, FoundScales found, int subBlock, byte[] codes, int at) {
    scalar.codes(row, from, found, subBlock, codes, at);
  }
}
