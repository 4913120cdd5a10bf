package dev.weighmaster.ggml;

import static dev.weighmaster.ggml.VectorLanes.above;
import static dev.weighmaster.ggml.VectorLanes.all;
import static dev.weighmaster.ggml.VectorLanes.load;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link DescendingScaleSearch} with a sub-block in each lane.
 *
 * <p>Each step waits for the one before it, so several vectors of sub-blocks take turns.
 */
final class VectorDescendingScaleSearch implements ScaleSearch {
  private static final int LANES = VectorLanes.COUNT;
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
        FloatVector divisor = load(squares, column);
        load(products, column)
            .div(divisor)
            .blend(0f, above(divisor, 0f).not())
            .intoArray(columns.scale, column);
      }
      found.copy(columns, first, count);
    }
  }

  /** The codes where the greatest weight has the outermost one; sub-blocks of zeros stay so. */
  private void start(float[] xs, int column, float[] codes, float[] products, float[] squares) {
    FloatVector outermost = all(0);
    FloatVector distance = all(0);
    for (int i = column; i < size * COLUMNS; i += COLUMNS) {
      FloatVector x = load(xs, i);
      FloatVector far = x.abs();
      VectorMask<Float> further = above(far, distance);
      distance = distance.blend(far, further);
      outermost = outermost.blend(x, further);
    }
    VectorMask<Float> zero = VectorLanes.below(distance, CenteredScaleSearch.ZERO);
    FloatVector inverse = all(-half).div(outermost.blend(1f, zero));
    IntVector least = VectorLanes.limit(-half);
    IntVector greatest = VectorLanes.limit(half - 1);
    FloatVector sumOfProducts = all(0);
    FloatVector sumOfSquares = all(0);
    for (int i = column; i < size * COLUMNS; i += COLUMNS) {
      FloatVector x = load(xs, i).blend(0f, zero);
      x.intoArray(xs, i);
      FloatVector w = x.mul(x);
      FloatVector code = VectorLanes.rounded(inverse.mul(x), least, greatest);
      code.intoArray(codes, i);
      sumOfProducts = sumOfProducts.add(w.mul(x).mul(code));
      sumOfSquares = sumOfSquares.add(w.mul(code).mul(code));
    }
    sumOfProducts.intoArray(products, column);
    sumOfSquares.intoArray(squares, column);
  }

  /** One pass over all codes; whether it moved any. */
  private boolean descend(float[] xs, float[] codes, float[] products, float[] squares) {
    IntVector least = VectorLanes.limit(-half);
    IntVector greatest = VectorLanes.limit(half - 1);
    boolean changed = false;
    for (int i = 0; i < size * COLUMNS; i += COLUMNS) {
      for (int column = 0; column < COLUMNS; column += LANES) {
        FloatVector x = load(xs, i + column);
        FloatVector w = x.mul(x);
        FloatVector wx = w.mul(x);
        FloatVector code = load(codes, i + column);
        FloatVector oldProducts = load(products, column);
        FloatVector oldSquares = load(squares, column);
        FloatVector otherProducts = oldProducts.sub(wx.mul(code));
        FloatVector otherSquares = oldSquares.sub(w.mul(code).mul(code));
        FloatVector moved =
            VectorLanes.roundedAny(x.mul(otherSquares).div(otherProducts), least, greatest);
        FloatVector newProducts = otherProducts.add(wx.mul(moved));
        FloatVector newSquares = otherSquares.add(w.mul(moved).mul(moved));
        VectorMask<Float> better =
            above(
                    newProducts.mul(newProducts).mul(oldSquares),
                    oldProducts.mul(oldProducts).mul(newSquares))
                .and(above(otherProducts, 0f))
                .and(above(newSquares, 0f))
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
