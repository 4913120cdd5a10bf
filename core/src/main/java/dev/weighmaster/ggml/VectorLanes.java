package dev.weighmaster.ggml;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the vector forms share: the shape of vectors, how lanes are filled, and how they are
 * rounded.
 *
 * <p>The vector forms call the vector API directly, and pass no vectors to methods of their own in
 * loops. HotSpot stops inlining after 8,000 bytecodes, but for the API's own methods, and a vector
 * that is passed to a method that is not inlined becomes an object: the code is then a hundred
 * times slower.
 *
 * <p>A float is rounded to the nearest integer by adding {@link GgmlFloats#INTEGERS_ONLY}, limited
 * as an {@code int} of the sum's bits, and made a float again by subtracting it. Where a value may
 * be further from 0 than {@link #ROUNDED_RIGHT}, the exponent is replaced by {@link #EXPONENT} in
 * between, which is what {@link GgmlFloats#nearestInt} gives.
 */
final class VectorLanes {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  /** Sub-blocks that are computed at once. */
  static final int COUNT = FLOATS.length();

  /** As many bytes as there are lanes. */
  static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(COUNT * Byte.SIZE));

  /** As many times two bytes, or shorts, as there are lanes. */
  static final VectorSpecies<Byte> BYTE_PAIRS =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(COUNT * Short.SIZE));

  static final VectorSpecies<Short> SHORTS = BYTE_PAIRS.withLanes(short.class);

  static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

  static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;

  /** As many floats as a vector has doubles. */
  static final VectorSpecies<Float> HALF_FLOATS =
      VectorSpecies.of(float.class, VectorShape.forBitSize(DOUBLES.length() * Float.SIZE));

  static final float ROUNDED_RIGHT = 4_194_303f;

  /** The bits of {@link GgmlFloats#INTEGERS_ONLY}; those of its sum with an integer follow. */
  static final int BITS_OF_ZERO = 0x4B40_0000;

  static final int MANTISSA = 0x007F_FFFF;
  static final int EXPONENT = BITS_OF_ZERO & ~MANTISSA;

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
}
