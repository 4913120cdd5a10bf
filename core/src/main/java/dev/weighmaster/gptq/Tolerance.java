package dev.weighmaster.gptq;

/**
 * How far an honest file can be from GPTQ in exact arithmetic.
 *
 * <p>Three things are uncertain. The quantizer rounded under a scale that differs from the stored
 * one by up to h, a part of it. So the decoded weights of a row and group are all wrong by the same
 * part of themselves, and so are the residuals. It computed in single precision: a weight took up
 * no more than one rounding for each column before it. And the quotient of weight and scale was
 * rounded before it was rounded to a code.
 */
final class Tolerance {
  private static final double ROUNDING = 0x1p-24;

  /** Roundings add up as the square root of their number, times no more than this. */
  private static final double DEVIATIONS = 8;

  /** What a weight is taken to have been moved by at most, in steps. */
  private static final int STEPS = 4;

  /** Of the quotient, which is less than 256 with its zero, in half steps. */
  private static final double QUOTIENT = 0x1p-15;

  private Tolerance() {}

  /** What is left of a residual can be this much, with coefficients of zero. */
  static double bound(GptqStack stack, int position, int before, int row) {
    double scale = stack.scale(position, row);
    double h = stack.scaleError(position, row);
    return scale * ((1 + QUOTIENT + h) / 2 + h * Math.abs(stack.level(position, row)))
        + arithmetic(stack, position, before, row);
  }

  /** What rounding in single precision can have added to a weight. */
  static double arithmetic(GptqStack stack, int position, int before, int row) {
    double scale = stack.scale(position, row);
    double decoded = Math.abs(stack.level(position, row)) * scale;
    double weight = decoded + Math.abs(stack.residuals(position)[row]);
    return DEVIATIONS * ROUNDING * Math.sqrt(2 + before) * (weight + STEPS * scale);
  }

  /** What the decoded weight can be wrong by, because of the scale. */
  static double ofScale(GptqStack stack, int position, int row) {
    return stack.scaleError(position, row)
        * stack.scale(position, row)
        * stack.level(position, row);
  }
}
