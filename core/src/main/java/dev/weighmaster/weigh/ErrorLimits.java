package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;

/**
 * Which level the errors of a tensor allow whose codes contradict nothing.
 *
 * <p>Measured over trained weights and over random ones with outliers, quantized with importance
 * that is log-normal with a deviation of up to 2.5, and with columns that have none.
 */
final class ErrorLimits {
  /**
   * Limit of the mean error ratio of a type whose codes are forced. Honest files had at most 1.07
   * up to a deviation of 1.5, and 1.15 (Q6_K) at 2.5.
   */
  private static final double SCALES = 1.25;

  /** Limit of the share of blocks that are more than twice as bad; honest: at most 0.006 (Q6_K). */
  private static final double WORSE = 0.02;

  /** Limit of a block's error relative to its weights; honest: at most 0.55 (Q2_K). */
  private static final double POOR = 0.8;

  /**
   * Limit of the mean error ratio of a type that chooses its codes too. Honest files had at most
   * 1.15 up to a deviation of 1.5, and 1.41 (IQ2_XXS) at 2.5.
   */
  private static final double CODES = 1.5;

  /**
   * Limit of a block's error relative to its weights. Zeros instead of the weights have 1, the
   * weights of another row 1.4, honest files at most 0.86 (IQ2_XXS).
   */
  private static final double ELSEWHERE = 1.05;

  /**
   * Limit of the part of a row's or strip's weights that is lost or gained, more than by chance.
   * Honest: at most 0.03 (Q3_K). A row that is clipped until its error is just below {@link #POOR}
   * has 0.5.
   */
  private static final double SHIFT = 0.05;

  /** The same for Q2_K, whose four codes lose more; honest: at most 0.15. */
  private static final double SHIFT_OF_FOUR_CODES = 0.2;

  private ErrorLimits() {}

  /** For types whose codes are forced by the scales. */
  static Level ofScales(ReferenceErrors errors) {
    if (errors.mean() <= SCALES
        && errors.worse() <= WORSE
        && errors.worst() <= POOR
        && isKept(errors)) {
      return Level.EQUIVALENT;
    }
    return errors.worst() <= ELSEWHERE ? Level.WITHIN_BOUNDS : Level.DEVIATES;
  }

  /**
   * Whether an importance matrix with which some rows have these errors is one that people use. It
   * spoils the same columns of every row; single blocks say more of the rows.
   */
  static boolean areOfImportance(Freedom freedom, ReferenceErrors errors) {
    return switch (freedom) {
      case NONE -> true;
      case SCALES -> errors.mean() <= SCALES && isKept(errors);
      case CODES -> errors.mean() <= CODES;
    };
  }

  private static boolean isKept(ReferenceErrors errors) {
    return errors.shift() <= (errors.type() == GgmlType.Q2_K ? SHIFT_OF_FOUR_CODES : SHIFT);
  }

  /** For types that choose their codes too. */
  static Level ofCodes(ReferenceErrors errors) {
    return errors.mean() <= CODES && errors.worst() <= ELSEWHERE
        ? Level.WITHIN_BOUNDS
        : Level.DEVIATES;
  }
}
