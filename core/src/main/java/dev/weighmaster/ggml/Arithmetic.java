package dev.weighmaster.ggml;

import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;
import java.util.Optional;

/**
 * How codecs compute: one weight after the other, or one in each lane of a vector. Both give the
 * same bits, because a lane adds up its own sub-block in the same order.
 */
interface Arithmetic {
  /** The form that reads like the definition. */
  Arithmetic SCALAR = new ScalarArithmetic();

  /** The form that computes with vectors where this virtual machine can. */
  Arithmetic BEST = vector().orElse(SCALAR);

  /**
   * The form that uses {@code jdk.incubator.vector}; empty where the virtual machine was started
   * without that module.
   */
  static Optional<Arithmetic> vector() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      return Optional.empty();
    }
    try {
      // By name: only that class and what it uses is compiled against the module.
      return Optional.of(
          Class.forName("dev.weighmaster.ggml.VectorArithmetic")
              .asSubclass(Arithmetic.class)
              .getDeclaredConstructor()
              .newInstance());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the vector form of the codecs does not load", e);
    }
  }

  /** See {@link ScaleAndMinSearch}. */
  ScaleSearch scaleAndMin(int size, int maxCode, SearchSteps steps, Deviation deviation);

  /** See {@link CenteredScaleSearch}. */
  ScaleSearch centered(int size, int half);

  /** See {@link DescendingScaleSearch}. */
  ScaleSearch descending(int size, int half);

  /**
   * Gives each weight of a sub-block the code that is nearest under a scale and a minimum.
   *
   * @param size weights in the sub-block: a multiple of 16
   * @param leastCode what a code of 0 stands for
   * @param greatestCode the greatest number that a code stands for
   */
  void nearestCodes(
      float[] row,
      int from,
      int size,
      float scale,
      float min,
      int leastCode,
      int greatestCode,
      byte[] codes,
      int at);

  /**
   * Gives each weight of a block the code {@code (weight - min) * inverse + shift} without its
   * fraction. What no {@code int} holds is 0, as {@link GgmlFloats#truncate} and a byte have it.
   *
   * @param size weights in the block: a multiple of 16
   * @param greatestCode greater codes become this
   */
  void truncatedCodes(
      float[] row,
      int from,
      int size,
      float min,
      float inverse,
      float shift,
      int greatestCode,
      byte[] codes,
      int at);

  /**
   * Gives each weight of a block the integer that is nearest to {@code weight * inverse}, ties away
   * from zero, as {@link GgmlFloats#roundHalfAway} and a byte have it.
   *
   * @param size weights in the block: a multiple of 16
   */
  void roundedCodes(float[] row, int from, int size, float inverse, byte[] codes, int at);

  /**
   * Gives each weight of a block the code of the nearest of some levels: the first of those that
   * are as near.
   *
   * @param size weights in the block: a multiple of 16
   * @param levels what codes stand for, in units of {@code scale}
   * @param codes receives the codes, from index 0
   */
  void nearestLevels(float[] row, int from, int size, byte[] levels, float scale, byte[] codes);

  /**
   * The distance from 0 of the weight that is furthest from it.
   *
   * @param size how many weights: a multiple of 16
   */
  float greatestDistance(float[] row, int from, int size);

  /**
   * Whether {@link #weights} gives a block's decoded weights for the codes of {@link
   * #nearestCodes}.
   *
   * @param from index of the block's first weight in both arrays
   * @param size weights in a sub-block: a power of 2, at least 16
   * @param scales of the block's sub-blocks
   */
  boolean areNearest(
      float[] row,
      int from,
      int size,
      float[] scales,
      float[] mins,
      int leastCode,
      int greatestCode,
      float[] decoded);

  /**
   * Weighs as {@link RowWeights#bySize} does.
   *
   * @param length a multiple of 16
   * @param importance of the columns, from {@code at}
   * @param weights receives the weights, from {@code at}
   */
  void weighBySize(
      float[] row,
      int from,
      int length,
      float variance,
      float[] importance,
      float[] weights,
      int at);

  /**
   * The reverse of {@link #nearestCodes}: each weight of a sub-block is {@code scale * (code +
   * leastCode) - min}.
   *
   * @param size weights in the sub-block: a multiple of 16
   */
  void weights(
      byte[] codes, int at, int size, float scale, float min, int leastCode, float[] row, int from);

  /**
   * The weights of two sub-blocks with codes of four bits, that of the first in the lower bits of a
   * byte, and that of the second in the upper: each is {@code scale * code - min}.
   *
   * @param size weights in a sub-block: a multiple of 16
   * @param subBlock index of the first one's scale and minimum
   */
  void weightsOfNibbles(
      byte[] nibbles,
      int at,
      int size,
      float[] scales,
      float[] mins,
      int subBlock,
      float[] row,
      int from);

  /**
   * Half-precision floats as {@link GgmlFloats#fromHalf} reads them.
   *
   * @param halves two bytes each, the first at {@code at}
   */
  void fromHalves(byte[] halves, int at, float[] row, int from, int count);

  /**
   * The reverse of {@link #fromHalves}, as {@link GgmlFloats#toHalf} rounds.
   *
   * @param halves receives two bytes each, the first at {@code at}
   */
  void toHalves(float[] row, int from, int count, byte[] halves, int at);

  /**
   * bfloat16s as {@link GgmlFloats#fromBfloat16} reads them.
   *
   * @param bfloat16s two bytes each, the first at {@code at}
   */
  void fromBfloat16s(byte[] bfloat16s, int at, float[] row, int from, int count);

  /**
   * Adds up a block's errors as {@link BlockErrors} does: that of weight {@code i} in place {@code
   * i % }{@link BlockErrors#PARTS}.
   *
   * @param from index of the block's first weight in both arrays
   * @param count how many weights
   * @param parts receives the sums
   */
  void addErrors(float[] source, float[] decoded, int from, int count, BlockErrors.Parts parts);
}
