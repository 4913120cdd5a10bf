package dev.weighmaster.weigh.packed;

/**
 * A norm of the source, and what a quantizer has divided it to. Immutable.
 *
 * @param added to a norm before it is used: nothing, and 1 by Gemma
 */
@SuppressWarnings("ArrayRecordComponent") // as long as a row
record DividedNorm(float[] original, float[] divided, float added) {
  /** What dividing a norm in bfloat16 and storing it in half precision round. */
  private static final double ROUNDING = 0x1.4p-8;

  private double before(int column) {
    return (double) original[column] + added;
  }

  private double now(int column) {
    return (double) divided[column] + added;
  }

  /** The least by which a value can have been divided. */
  double least(int column) {
    double size = Math.abs(now(column));
    return Math.abs(before(column)) / (size + ROUNDING * (size + added));
  }

  /** The most. */
  double most(int column) {
    double size = Math.abs(now(column));
    return Math.abs(before(column)) / Math.max(Double.MIN_NORMAL, size - ROUNDING * (size + added));
  }

  /** By what each column was multiplied. */
  float[] divisors() {
    float[] divisors = new float[original.length];
    for (int i = 0; i < divisors.length; i++) {
      divisors[i] = isZero(i) ? 1 : (float) ((least(i) + most(i)) / 2);
    }
    return divisors;
  }

  /** Whether a value was 0, and is, so that nothing is known of what it was divided by. */
  boolean isZero(int column) {
    return before(column) == 0 && now(column) == 0;
  }

  /** Whether some positive number divides a value so. */
  boolean canBe(int column) {
    return isZero(column) || before(column) * now(column) > 0;
  }
}
