package dev.weighmaster.ggml;

import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * One weight, or one sub-block, in each lane of a vector.
 *
 * <p>This class, and what it uses, is all that needs {@code jdk.incubator.vector}; see {@link
 * Arithmetic#vector}.
 */
final class VectorArithmetic implements Arithmetic {
  private static final int LANES = VectorLanes.COUNT;

  /** As many bytes as there are lanes. */
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(LANES * Byte.SIZE));

  @Override
  public ScaleSearch scaleAndMin(int size, int maxCode, SearchSteps steps, Deviation deviation) {
    return new VectorScaleAndMinSearch(size, maxCode, steps, deviation);
  }

  @Override
  public ScaleSearch centered(int size, int half) {
    return new VectorCenteredScaleSearch(size, half);
  }

  @Override
  public ScaleSearch descending(int size, int half) {
    return new VectorDescendingScaleSearch(size, half);
  }

  @Override
  public void nearestCodes(
      float[] row,
      int from,
      int size,
      float scale,
      float min,
      int leastCode,
      int greatestCode,
      byte[] codes,
      int at) {
    IntVector least = VectorLanes.limit(leastCode);
    IntVector greatest = VectorLanes.limit(greatestCode);
    for (int i = 0; i < size; i += LANES) {
      FloatVector quotient = VectorLanes.load(row, from + i).add(min).div(scale);
      IntVector code = VectorLanes.limitedBits(quotient, least, greatest).sub(leastCode);
      storeBytes(code, codes, at + i);
    }
  }

  @Override
  public void truncatedCodes(
      float[] row,
      int from,
      int size,
      float min,
      float inverse,
      float shift,
      int greatestCode,
      byte[] codes,
      int at) {
    if (Float.isInfinite(inverse)) {
      SCALAR.truncatedCodes(row, from, size, min, inverse, shift, greatestCode, codes, at);
      return;
    }
    IntVector least = VectorLanes.limit(0);
    IntVector greatest = VectorLanes.limit(greatestCode);
    // Before the fraction goes, a code may be as much as one greater than the greatest.
    IntVector beyond = VectorLanes.limit(greatestCode + 2);
    for (int i = 0; i < size; i += LANES) {
      FloatVector value = VectorLanes.load(row, from + i).sub(min).mul(inverse).add(shift);
      FloatVector nearest = VectorLanes.roundedAny(value, least, beyond);
      FloatVector whole = nearest.blend(nearest.sub(1f), VectorLanes.above(nearest, value));
      storeBytes(VectorLanes.bits(whole).min(greatest), codes, at + i);
    }
  }

  @Override
  public void roundedCodes(float[] row, int from, int size, float inverse, byte[] codes, int at) {
    if (Float.isInfinite(inverse)) {
      SCALAR.roundedCodes(row, from, size, inverse, codes, at);
      return;
    }
    for (int i = 0; i < size; i += LANES) {
      FloatVector value = VectorLanes.load(row, from + i).mul(inverse);
      FloatVector distance = value.abs();
      FloatVector nearest = distance.add(GgmlFloats.INTEGERS_ONLY).sub(GgmlFloats.INTEGERS_ONLY);
      // Only a tie that was rounded down to the even integer is off.
      FloatVector away =
          nearest.blend(nearest.add(1f), distance.sub(nearest).compare(VectorOperators.EQ, 0.5f));
      FloatVector signed = away.blend(away.neg(), VectorLanes.below(value, 0f));
      storeBytes(VectorLanes.bits(signed), codes, at + i);
    }
  }

  /** Stores what {@link VectorLanes#bits} gives as integers of a byte. */
  private static void storeBytes(IntVector bits, byte[] codes, int at) {
    bits.sub(VectorLanes.BITS_OF_ZERO)
        .convertShape(VectorOperators.I2B, BYTES, 0)
        .reinterpretAsBytes()
        .intoArray(codes, at);
  }

  @Override
  public float greatestDistance(float[] row, int from, int size) {
    FloatVector greatest = VectorLanes.load(row, from).abs();
    for (int i = LANES; i < size; i += LANES) {
      greatest = greatest.max(VectorLanes.load(row, from + i).abs());
    }
    return greatest.reduceLanes(VectorOperators.MAX);
  }

  @Override
  public void weights(
      byte[] codes,
      int at,
      int size,
      float scale,
      float min,
      int leastCode,
      float[] row,
      int from) {
    for (int i = 0; i < size; i += LANES) {
      IntVector code =
          (IntVector)
              ByteVector.fromArray(BYTES, codes, at + i)
                  .convertShape(VectorOperators.B2I, VectorLanes.INTS, 0);
      FloatVector number =
          (FloatVector)
              code.add(leastCode).convertShape(VectorOperators.I2F, VectorLanes.FLOATS, 0);
      number.mul(scale).sub(min).intoArray(row, from + i);
    }
  }
}
