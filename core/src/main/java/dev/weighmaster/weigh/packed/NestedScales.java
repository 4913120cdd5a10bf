package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.BlockwiseMatrix.Nested;
import java.util.Arrays;

/**
 * Holds scales that are quantized themselves to how bitsandbytes does that: less their mean, in
 * blocks, to the nearest level of the block's greatest. The mean is a sum in an order that is not
 * known. Not thread-safe.
 */
final class NestedScales {
  /** Of a mean that was summed up in single precision. */
  private static final double OF_A_SUM = 1e-4;

  /** Of a part of a block's greatest scale. */
  private static final double LAST_BITS = 1e-6;

  private final Nested nested;
  private final float[] middles;
  private long count;
  private double sum;
  private float greatest;
  private boolean computed = true;

  NestedScales(Nested nested) {
    this.nested = nested;
    this.middles = new float[nested.levels().length - 1];
    for (int i = 0; i < middles.length; i++) {
      middles[i] = (nested.levels()[i] + nested.levels()[i + 1]) / 2;
    }
  }

  /**
   * Adds the next scale; whether it is as near as the levels let it be.
   *
   * @param made by the source
   */
  boolean add(float made, float stored) {
    int block = (int) (count / nested.block());
    float absmax = nested.absmax()[block];
    float moved = made - nested.offset();
    greatest = Math.max(greatest, Math.abs(moved));
    sum += made;
    count++;
    if (count % nested.block() == 0) {
      endBlock(absmax);
    }
    boolean nearest = isNearest(moved, stored - nested.offset(), absmax);
    computed &= nearest;
    return nearest;
  }

  private void endBlock(float absmax) {
    computed &= greatest == absmax;
    greatest = 0;
  }

  private boolean isNearest(float moved, float stored, float absmax) {
    double value = absmax == 0 ? 0 : moved / (double) absmax;
    int at = Arrays.binarySearch(middles, (float) value);
    int place = at >= 0 ? at : -at - 1;
    double level = absmax == 0 ? 0 : stored / (double) absmax;
    for (int i = Math.max(0, place - 1); i <= Math.min(middles.length, place + 1); i++) {
      boolean near =
          i == place
              || (i < place
                  ? value - middles[i] <= LAST_BITS
                  : middles[i - 1] - value <= LAST_BITS);
      if (near && Math.abs(level - nested.levels()[i]) <= rounding(absmax)) {
        return true;
      }
    }
    return false;
  }

  /** What adding and taking off the mean rounds, as a part of a block's greatest scale. */
  private double rounding(float absmax) {
    return absmax == 0
        ? LAST_BITS
        : LAST_BITS + 0x1p-22 * (Math.abs(nested.offset()) + absmax) / absmax;
  }

  /** Whether all are computed, their mean and the greatest of each block, too. */
  boolean allComputed() {
    boolean last =
        count % nested.block() == 0 || greatest == nested.absmax()[(int) (count / nested.block())];
    double mean = sum / count;
    return computed && last && Math.abs(mean - nested.offset()) <= OF_A_SUM * Math.abs(mean);
  }
}
