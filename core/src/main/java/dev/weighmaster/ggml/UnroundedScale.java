package dev.weighmaster.ggml;

/**
 * A scale that is stored in half precision, and the range in which it lay before it was rounded.
 *
 * @param stored its value
 * @param least nearest to 0 of the range
 * @param greatest farthest from 0 of the range
 */
record UnroundedScale(float stored, float least, float greatest) {
  private static final int SIGN = 0x8000;
  private static final int GREATEST_FINITE = 0x7BFF;

  static UnroundedScale at(byte[] blocks, int offset) {
    short half = BlockBytes.shortAt(blocks, offset);
    int sign = half & SIGN;
    int magnitude = half & ~SIGN & 0xFFFF;
    float stored = GgmlFloats.fromHalf(half);
    if (magnitude == 0 || magnitude >= GREATEST_FINITE) {
      return new UnroundedScale(stored, stored, stored);
    }
    float nearer = GgmlFloats.fromHalf((short) (sign | (magnitude - 1)));
    float farther = GgmlFloats.fromHalf((short) (sign | (magnitude + 1)));
    return new UnroundedScale(stored, (nearer + stored) / 2, (stored + farther) / 2);
  }

  UnroundedScale times(int factor) {
    return new UnroundedScale(stored * factor, least * factor, greatest * factor);
  }
}
