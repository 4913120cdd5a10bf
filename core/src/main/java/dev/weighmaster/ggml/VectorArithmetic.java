package dev.weighmaster.ggml;

import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
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
  public void nearestLevels(
      float[] row, int from, int size, byte[] levels, float scale, byte[] codes) {
    for (int i = 0; i < size; i += LANES) {
      FloatVector x = FloatVector.fromArray(FLOATS, row, from + i);
      FloatVector least = x.sub(levels[0] * scale).abs();
      FloatVector nearest = FloatVector.zero(FLOATS);
      for (int code = 1; code < levels.length; code++) {
        FloatVector distance = x.sub(levels[code] * scale).abs();
        VectorMask<Float> nearer = distance.compare(VectorOperators.LT, least);
        least = least.blend(distance, nearer);
        nearest = nearest.blend(code, nearer);
      }
      nearest
          .add(INTEGERS_ONLY)
          .reinterpretAsInts()
          .sub(VectorLanes.BITS_OF_ZERO)
          .convertShape(VectorOperators.I2B, VectorLanes.BYTES, 0)
          .reinterpretAsBytes()
          .intoArray(codes, i);
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
  public boolean areNearest(
      float[] row,
      int from,
      int size,
      float[] scales,
      float[] mins,
      int leastCode,
      int greatestCode,
      float[] decoded) {
    IntVector least = IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + leastCode);
    IntVector greatest =
        IntVector.broadcast(VectorLanes.INTS, VectorLanes.BITS_OF_ZERO + greatestCode);
    IntVector differences = IntVector.zero(VectorLanes.INTS);
    int shift = Integer.numberOfTrailingZeros(size);
    for (int i = 0; i < scales.length << shift; i += LANES) {
      float scale = scales[i >> shift];
      float min = mins[i >> shift];
      differences =
          FloatVector.fromArray(FLOATS, row, from + i)
              .add(min)
              .div(scale)
              .add(INTEGERS_ONLY)
              .reinterpretAsInts()
              .and(VectorLanes.MANTISSA)
              .or(VectorLanes.EXPONENT)
              .max(least)
              .min(greatest)
              .reinterpretAsFloats()
              .sub(INTEGERS_ONLY)
              .mul(scale)
              .sub(min)
              .sub(FloatVector.fromArray(FLOATS, decoded, from + i))
              .reinterpretAsInts()
              .or(differences);
    }
    // The difference of equal weights is 0, but that of infinite ones is no number.
    return differences.lanewise(VectorOperators.LSHL, 1).reduceLanes(VectorOperators.OR) == 0
        || SCALAR.areNearest(row, from, size, scales, mins, leastCode, greatestCode, decoded);
  }

  @Override
  public void weighBySize(
      float[] row,
      int from,
      int length,
      float variance,
      float[] importance,
      float[] weights,
      int at) {
    for (int i = 0; i < length; i += LANES) {
      FloatVector x = FloatVector.fromArray(FLOATS, row, from + i);
      FloatVector size = x.mul(x).add(variance).sqrt();
      FloatVector.fromArray(FLOATS, importance, at + i).mul(size).intoArray(weights, at + i);
    }
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

  @Override
  public void weightsOfNibbles(
      byte[] nibbles,
      int at,
      int size,
      float[] scales,
      float[] mins,
      int subBlock,
      float[] row,
      int from) {
    for (int i = 0; i < size; i += LANES) {
      IntVector pair =
          (IntVector)
              ByteVector.fromArray(VectorLanes.BYTES, nibbles, at + i)
                  .convertShape(VectorOperators.B2I, VectorLanes.INTS, 0);
      ((FloatVector) pair.and(0xF).convertShape(VectorOperators.I2F, FLOATS, 0))
          .mul(scales[subBlock])
          .sub(mins[subBlock])
          .intoArray(row, from + i);
      IntVector second = pair.lanewise(VectorOperators.LSHR, 4).and(0xF);
      ((FloatVector) second.convertShape(VectorOperators.I2F, FLOATS, 0))
          .mul(scales[subBlock + 1])
          .sub(mins[subBlock + 1])
          .intoArray(row, from + size + i);
    }
  }

  @Override
  public void fromHalves(byte[] halves, int at, float[] row, int from, int count) {
    int whole = count - count % LANES;
    IntVector greatest = IntVector.zero(VectorLanes.INTS);
    for (int i = 0; i < whole; i += LANES) {
      IntVector half =
          (IntVector)
              ByteVector.fromArray(VectorLanes.BYTE_PAIRS, halves, at + Short.BYTES * i)
                  .reinterpretAsShorts()
                  .convertShape(VectorOperators.S2I, VectorLanes.INTS, 0);
      IntVector magnitude = half.and(GgmlFloats.HALF_MAGNITUDE);
      greatest = greatest.max(magnitude);
      FloatVector denormal =
          ((FloatVector) magnitude.convertShape(VectorOperators.I2F, FLOATS, 0))
              .mul(GgmlFloats.LEAST_HALF);
      magnitude
          .lanewise(VectorOperators.LSHL, GgmlFloats.EXTRA_BITS)
          .add(GgmlFloats.REBIAS)
          .reinterpretAsFloats()
          .blend(denormal, denormal.compare(VectorOperators.LT, GgmlFloats.LEAST_NORMAL))
          .reinterpretAsInts()
          .or(half.and(Integer.MIN_VALUE))
          .reinterpretAsFloats()
          .intoArray(row, from + i);
    }
    boolean finite = greatest.reduceLanes(VectorOperators.MAX) < GgmlFloats.HALF_INFINITY;
    int done = finite ? whole : 0;
    SCALAR.fromHalves(halves, at + Short.BYTES * done, row, from + done, count - done);
  }

  @Override
  public void toHalves(float[] row, int from, int count, byte[] halves, int at) {
    int whole = count - count % LANES;
    IntVector greatest = IntVector.zero(VectorLanes.INTS);
    for (int i = 0; i < whole; i += LANES) {
      IntVector bits = FloatVector.fromArray(FLOATS, row, from + i).reinterpretAsInts();
      IntVector magnitude = bits.and(Integer.MAX_VALUE);
      greatest = greatest.max(magnitude);
      IntVector odd = magnitude.lanewise(VectorOperators.LSHR, GgmlFloats.EXTRA_BITS).and(1);
      IntVector normal =
          magnitude
              .add(odd)
              .sub(GgmlFloats.REBIAS - GgmlFloats.ALMOST_HALF_A_UNIT)
              .lanewise(VectorOperators.LSHR, GgmlFloats.EXTRA_BITS);
      IntVector denormal =
          magnitude
              .reinterpretAsFloats()
              .add(0.5f)
              .reinterpretAsInts()
              .sub(Float.floatToRawIntBits(0.5f));
      normal
          .blend(denormal, magnitude.compare(VectorOperators.LT, GgmlFloats.LEAST_NORMAL_HALF))
          .or(bits.lanewise(VectorOperators.LSHR, 16).and(Short.MIN_VALUE))
          .convertShape(VectorOperators.I2S, VectorLanes.SHORTS, 0)
          .reinterpretAsBytes()
          .intoArray(halves, at + Short.BYTES * i);
    }
    boolean finite = greatest.reduceLanes(VectorOperators.MAX) < GgmlFloats.FIRST_INFINITE_HALF;
    int done = finite ? whole : 0;
    SCALAR.toHalves(row, from + done, count - done, halves, at + Short.BYTES * done);
  }

  @Override
  public void fromBfloat16s(byte[] bfloat16s, int at, float[] row, int from, int count) {
    int whole = count - count % LANES;
    for (int i = 0; i < whole; i += LANES) {
      ((IntVector)
              ByteVector.fromArray(VectorLanes.BYTE_PAIRS, bfloat16s, at + Short.BYTES * i)
                  .reinterpretAsShorts()
                  .convertShape(VectorOperators.S2I, VectorLanes.INTS, 0))
          .lanewise(VectorOperators.LSHL, Short.SIZE)
          .reinterpretAsFloats()
          .intoArray(row, from + i);
    }
    SCALAR.fromBfloat16s(bfloat16s, at + Short.BYTES * whole, row, from + whole, count - whole);
  }

  @Override
  public void addErrors(
      float[] source, float[] decoded, int from, int count, BlockErrors.Parts parts) {
    if (count % BlockErrors.PARTS != 0) {
      SCALAR.addErrors(source, decoded, from, count, parts);
      return;
    }
    for (int part = 0; part < BlockErrors.PARTS; part += VectorLanes.DOUBLES.length()) {
      DoubleVector squares = DoubleVector.zero(VectorLanes.DOUBLES);
      DoubleVector sourceSquares = DoubleVector.zero(VectorLanes.DOUBLES);
      DoubleVector sizes = DoubleVector.zero(VectorLanes.DOUBLES);
      DoubleVector gains = DoubleVector.zero(VectorLanes.DOUBLES);
      // Numbers that are not negative have the order of their bits, which is faster to find.
      LongVector greatest = LongVector.zero(VectorLanes.LONGS);
      for (int i = part; i < count; i += BlockErrors.PARTS) {
        DoubleVector x =
            (DoubleVector)
                FloatVector.fromArray(VectorLanes.HALF_FLOATS, source, from + i)
                    .convertShape(VectorOperators.F2D, VectorLanes.DOUBLES, 0);
        DoubleVector difference =
            ((DoubleVector)
                    FloatVector.fromArray(VectorLanes.HALF_FLOATS, decoded, from + i)
                        .convertShape(VectorOperators.F2D, VectorLanes.DOUBLES, 0))
                .sub(x);
        DoubleVector square = difference.mul(difference);
        squares = squares.add(square);
        sourceSquares = sourceSquares.add(x.mul(x));
        greatest = greatest.max(square.reinterpretAsLongs());
        LongVector bits = x.reinterpretAsLongs();
        sizes = sizes.add(bits.and(Long.MAX_VALUE).reinterpretAsDoubles());
        gains =
            gains.add(
                difference
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, bits.and(Long.MIN_VALUE))
                    .reinterpretAsDoubles());
      }
      squares.intoArray(parts.squares, part);
      sourceSquares.intoArray(parts.sourceSquares, part);
      greatest.reinterpretAsDoubles().intoArray(parts.greatest, part);
      sizes.intoArray(parts.sizes, part);
      gains.intoArray(parts.gains, part);
    }
  }
}
