package dev.weighmaster.ggml;

import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One weight, or one sub-block, in each lane of a vector.
 *
 * <p>This class, and what it uses, is all that needs {@code jdk.incubator.vector}; see {@link
 * Arithmetic#vector}.
 */
final class VectorArithmetic implements Arithmetic {
  private static final VectorSpecies<Float> FLOATS = VectorLanes.FLOATS;
  private static final int LANES = VectorLanes.COUNT;
  private static final float INTEGERS_ONLY = GgmlFloats.INTEGERS_ONLY;

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
    IntVector least = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + leastCode);
    IntVector greatest =
        IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + greatestCode);
    for (int i = 0; i < size; i += LANES) {
      FloatVector quotient = FloatVector.fromArray(FLOATS, row, from + i).add(min).div(scale);
      IntVector code =
          quotient
              .add(INTEGERS_ONLY)
              .reinterpretAsInts()
              .and(VectorLanes.MANTISSA)
              .or(VectorLanes.EXPONENT)
              .max(least)
              .min(greatest)
              .sub(leastCode);
      code.sub(VectorLanes.BITS_OF_ZERO)
          .convertShape(VectorOperators.I2B, VectorLanes.BYTES, 0)
          .reinterpretAsBytes()
          .intoArray(codes, at + i);
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
    IntVector least = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO);
    IntVector greatest =
        IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + greatestCode);
    // Before the fraction goes, a code may be as much as one greater than the greatest.
    IntVector beyond =
        IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + greatestCode + 2);
    for (int i = 0; i < size; i += LANES) {
      FloatVector value =
          FloatVector.fromArray(FLOATS, row, from + i).sub(min).mul(inverse).add(shift);
      FloatVector nearest =
          value
              .add(INTEGERS_ONLY)
              .reinterpretAsInts()
              .and(VectorLanes.MANTISSA)
              .or(VectorLanes.EXPONENT)
              .max(least)
              .min(beyond)
              .reinterpretAsFloats()
              .sub(INTEGERS_ONLY);
      FloatVector whole =
          nearest.blend(nearest.sub(1f), nearest.compare(VectorOperators.GT, value));
      whole
          .add(INTEGERS_ONLY)
          .reinterpretAsInts()
          .min(greatest)
          .sub(VectorLanes.BITS_OF_ZERO)
          .convertShape(VectorOperators.I2B, VectorLanes.BYTES, 0)
          .reinterpretAsBytes()
          .intoArray(codes, at + i);
    }
  }

  @Override
  public void roundedCodes(float[] row, int from, int size, float inverse, byte[] codes, int at) {
    if (Float.isInfinite(inverse)) {
      SCALAR.roundedCodes(row, from, size, inverse, codes, at);
      return;
    }
    for (int i = 0; i < size; i += LANES) {
      FloatVector value = FloatVector.fromArray(FLOATS, row, from + i).mul(inverse);
      FloatVector distance = value.abs();
      FloatVector nearest = distance.add(INTEGERS_ONLY).sub(INTEGERS_ONLY);
      // Only a tie that was rounded down to the even integer is off.
      FloatVector away =
          nearest.blend(nearest.add(1f), distance.sub(nearest).compare(VectorOperators.EQ, 0.5f));
      FloatVector signed = away.blend(away.neg(), value.compare(VectorOperators.LT, 0f));
      signed
          .add(INTEGERS_ONLY)
          .reinterpretAsInts()
          .sub(VectorLanes.BITS_OF_ZERO)
          .convertShape(VectorOperators.I2B, VectorLanes.BYTES, 0)
          .reinterpretAsBytes()
          .intoArray(codes, at + i);
    }
  }

  @Override
  public float greatestDistance(float[] row, int from, int size) {
    FloatVector greatest = FloatVector.fromArray(FLOATS, row, from).abs();
    for (int i = LANES; i < size; i += LANES) {
      greatest = greatest.max(FloatVector.fromArray(FLOATS, row, from + i).abs());
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
              ByteVector.fromArray(VectorLanes.BYTES, codes, at + i)
                  .convertShape(VectorOperators.B2I, VectorLanes.INTS, 0);
      FloatVector number =
          (FloatVector)
              code.add(leastCode).convertShape(VectorOperators.I2F, VectorLanes.FLOATS, 0);
      number.mul(scale).sub(min).intoArray(row, from + i);
    }
  }
}
