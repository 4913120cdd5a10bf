package dev.weighmaster.ggml;

import java.util.Random;

/**
 * A row of weights, made from few numbers, so that a test that fails can name it.
 *
 * @param exponent how large most weights are, as a power of two
 */
record GeneratedRow(Kind kind, int exponent, long seed) {
  static final int LEAST_EXPONENT = -24;
  static final int GREATEST_EXPONENT = 8;

  /** ggml ends the process where a sum of larger weights overflows. */
  private static final float GREATEST = 1e6f;

  /** The greatest codes of types that are symmetric, or one more. */
  private static final int[] SPANS = {1, 2, 4, 7, 8, 15, 16, 31, 32, 127};

  enum Kind {
    ZEROS,
    CONSTANT,
    NEARLY_CONSTANT,
    TWO_VALUES,
    NORMAL,
    BFLOATS,
    ONE_HUGE_VALUE,
    SPARSE,
    TIES,
    ALL_OF_ONE_SIGN,
    FADING,
    CONSTANT_BLOCKS,
    DENORMALS
  }

  float[] weights(int columns) {
    var random = new Random(seed);
    float size = Math.scalb(random.nextBoolean() ? 1f : -1f, exponent);
    float[] weights = new float[columns];
    int chosen = random.nextInt(columns);
    int span = SPANS[random.nextInt(SPANS.length)];
    float ofBlock = 0;
    for (int i = 0; i < columns; i++) {
      float normal = (float) random.nextGaussian() * size;
      float weight =
          switch (kind) {
            case ZEROS -> random.nextBoolean() ? 0f : -0f;
            case CONSTANT -> size / 3;
            case NEARLY_CONSTANT -> random.nextInt(8) == 0 ? Math.nextUp(size) : size;
            case TWO_VALUES -> random.nextBoolean() ? size : -size;
            case NORMAL -> normal;
            case BFLOATS -> Float.intBitsToFloat(Float.floatToRawIntBits(normal) & 0xFFFF_0000);
            case ONE_HUGE_VALUE -> i == chosen ? GREATEST * (2 * random.nextFloat() - 1) : normal;
            case SPARSE -> random.nextInt(20) == 0 ? normal : 0;
            // Half a step from code to code, where the outermost weight is the greatest code.
            case TIES -> size * (i % 256 == 0 ? span : (random.nextInt(4 * span + 1) / 2f - span));
            case ALL_OF_ONE_SIGN -> Math.copySign(normal, size) + 3 * size;
            case FADING -> Math.scalb(normal, -4 * (i / 16 % 16));
            case CONSTANT_BLOCKS -> i % 16 == 0 && random.nextBoolean() ? normal : ofBlock;
            case DENORMALS ->
                Math.copySign(
                    Float.intBitsToFloat(random.nextInt(1 << 23) >> -exponent % 24), normal);
          };
      ofBlock = weight;
      weights[i] = Math.max(-GREATEST, Math.min(GREATEST, weight));
    }
    return weights;
  }
}
