package dev.weighmaster.weigh;

import dev.weighmaster.ggml.BlockErrors;
import dev.weighmaster.ggml.GgmlCodec;

/**
 * Some blocks of a tensor, and what its type's own algorithm makes of their weights. They are
 * gathered, because the algorithm is fast for many at once. Only for types whose blocks depend on
 * their own weights alone, where columns have no importance. Not thread-safe.
 */
final class ReferenceSample {
  private static final int WEIGHTS = 1 << 13;
  private static final float[] NO_IMPORTANCE = {};

  private final GgmlCodec codec;
  private final int block;
  private final float[] source = new float[WEIGHTS];
  private final float[] decoded = new float[WEIGHTS];
  private final float[] reference = new float[WEIGHTS];
  private final byte[] encoded;
  private final BlockErrors measured;
  private final BlockErrors ofReference;
  private final BlockErrorRatios errors = new BlockErrorRatios();
  private int gathered;

  ReferenceSample(GgmlCodec codec) {
    this.codec = codec;
    this.block = codec.type().blockElements();
    this.encoded = new byte[WEIGHTS / block * codec.type().blockBytes()];
    this.measured = new BlockErrors(block);
    this.ofReference = new BlockErrors(block);
  }

  /**
   * Adds a block.
   *
   * @param at index of its first weight in both arrays
   */
  void add(float[] weights, float[] stored, int at) {
    System.arraycopy(weights, at, source, gathered, block);
    System.arraycopy(stored, at, decoded, gathered, block);
    gathered += block;
    if (gathered == WEIGHTS) {
      measure();
    }
  }

  private void measure() {
    if (gathered == 0) {
      return;
    }
    codec.encode(source, 0, gathered, NO_IMPORTANCE, encoded, 0);
    codec.decode(encoded, 0, reference, 0, gathered);
    measured.measure(source, decoded, 0, gathered);
    ofReference.measure(source, reference, 0, gathered);
    for (int i = 0; i < measured.blocks(); i++) {
      errors.add(measured, ofReference, i);
    }
    gathered = 0;
  }

  /** The errors of all blocks that were added. */
  BlockErrorRatios errors() {
    measure();
    return errors;
  }
}
