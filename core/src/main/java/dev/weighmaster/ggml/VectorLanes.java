package dev.weighmaster.ggml;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** What the vector forms share: the shape of vectors, and how lanes are filled and rounded. */
final class VectorLanes {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  /** Sub-blocks that are computed at once. */
  static final int COUNT = FLOATS.length();

  /** Below this distance from 0, {@link #rounded} is {@link GgmlFloats#nearestInt}. */
  static final float ROUNDED_RIGHT = 4_194_303f;

  /** The bits of the sum of {@link GgmlFloats#INTEGERS_ONLY} and 0; an integer is added to them. */
  static final int BITS_OF_ZERO = 0x4B40_0000;

  private static final int MANTISSA = 0x007F_FFFF;
  private static final int EXPONENT = BITS_OF_ZERO & ~MANTISSA;

  private VectorLanes() {}

  /**
   * Lays sub-blocks side by side, so that each is a column: weight {@code i} of sub-block {@code j}
   * goes to {@code i * columns + j}. The last sub-block is repeated in columns without one.
   */
  static void columns(
      float[] values, int from, int size, int subBlocks, int columns, float[] target) {
    for (int column = 0; column < columns; column++) {
      int first = from + Math.min(column, subBlocks - 1) * size;
      for (int i = 0; i < size; i++) {
        target[i * columns + column] = values[first + i];
      }
    }
  }

  static FloatVector load(float[] values, int at) {
    return FloatVector.fromArray(FLOATS, values, at);
  }

  static FloatVector all(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }

  /** The bits, for {@link #rounded}, of a code that limits others. */
  static IntVector limit(int code) {
    return IntVector.broadcast(INTS, BITS_OF_ZERO + code);
  }

  /**
   * The nearest integers between two limits, as floats. Only for values whose distance from 0 is
   * below {@link #ROUNDED_RIGHT}.
   */
  static FloatVector rounded(FloatVector values, IntVector least, IntVector greatest) {
    return values
        .add(GgmlFloats.INTEGERS_ONLY)
        .reinterpretAsInts()
        .max(least)
        .min(greatest)
        .reinterpretAsFloats()
        .sub(GgmlFloats.INTEGERS_ONLY);
  }

  /** {@link #rounded} for any values: {@link GgmlFloats#nearestInt} in all bits. */
  static FloatVector roundedAny(FloatVector values, IntVector least, IntVector greatest) {
    return limitedBits(values, least, greatest).reinterpretAsFloats().sub(GgmlFloats.INTEGERS_ONLY);
  }

  /** {@link #roundedAny}, as bits that {@link #limit} has. */
  static IntVector limitedBits(FloatVector values, IntVector least, IntVector greatest) {
    return values
        .add(GgmlFloats.INTEGERS_ONLY)
        .reinterpretAsInts()
        .and(MANTISSA)
        .or(EXPONENT)
        .max(least)
        .min(greatest);
  }

  /** The bits, as {@link #limit} has them, of small integers. */
  static IntVector bits(FloatVector integers) {
    return integers.add(GgmlFloats.INTEGERS_ONLY).reinterpretAsInts();
  }

  static VectorMask<Float> above(FloatVector values, float limit) {
    return values.compare(VectorOperators.GT, limit);
  }

  static VectorMask<Float> above(FloatVector values, FloatVector limits) {
    return values.compare(VectorOperators.GT, limits);
  }

  static VectorMask<Float> below(FloatVector values, float limit) {
    return values.compare(VectorOperators.LT, limit);
  }

  static VectorMask<Float> below(FloatVector values, FloatVector limits) {
    return values.compare(VectorOperators.LT, limits);
  }
}
