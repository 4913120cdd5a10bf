package dev.weighmaster.weigh;

/**
 * Which level the errors of a tensor allow whose codes contradict nothing.
 *
 * <p>Measured over trained weights and over random ones with outliers, quantized with importance
 * that is log-normal with a deviation of up to 2.5, and with columns that have none.
 */
final class ErrorLimits {
  /**
   * Of the mean, where codes are forced. Measured: at most 1.07 up to a deviation of 1.5, and 1.15
   * (Q6_K) at 2.5.
   */
  private static final double SCALES = 1.25;

  /** Of the part of blocks that are more than twice as bad. Measured: at most 0.006 (Q6_K). */
  private static final double WORSE = 0.02;

  /** Of a block's error as a part of its weights. Measured: at most 0.55 (Q2_K). */
  private static final double POOR = 0.8;

  /**
   * Of the mean, where codes are free too. Measured: at most 1.15 up to a deviation of 1.5, and
   * 1.41 (IQ2_XXS) at 2.5.
   */
  private static final double CODES = 1.5;

  /**
   * Of a block's error as a part of its weights: zeros in their place have 1, and those of another
   * row 1.4. Measured: at most 0.86 (IQ2_XXS).
   */
  private static final double ELSEWHERE = 1.05;

  private ErrorLimits() {}

  /** For types whose codes are forced by the scales. */
  static Level ofScales(ReferenceErrors errors) {
    if (errors.mean() <= SCALES && errors.worse() <= WORSE && errors.worst() <= POOR) {
      return Level.EQUIVALENT;
    }
    return errors.worst() <= ELSEWHERE ? Level.WITHIN_BOUNDS : Level.DEVIATES;
  }

  /** For types that choose their codes too. */
  static Level ofCodes(ReferenceErrors errors) {
    return errors.mean() <= CODES && errors.worst() <= ELSEWHERE
        ? Level.WITHIN_BOUNDS
        : Level.DEVIATES;
  }
}
