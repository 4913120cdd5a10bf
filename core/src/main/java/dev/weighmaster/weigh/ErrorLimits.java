package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.EnumMap;
import java.util.Map;

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

  /**
   * {@link #SCALES} and {@link #WORSE} where only some blocks were measured. Honest files had at
   * most 1.07 and 0.006 up to a deviation of 1.5.
   */
  private static final double SCALES_OF_SOME = 1.15;

  private static final double WORSE_OF_SOME = 0.01;

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

  /**
   * The error of a block relative to its weights that a thousandth of the blocks exceeded, of 2,528
   * rows of a trained model (all-MiniLM-L6-v2), under importance with a deviation of 1.5. The
   * median was 0.6 times as much (0.5 of Q4_0, Q5_0 and Q6_K, 0.8 of Q2_K). Weights with heavier
   * tails exceed it more often, and cost more time.
   */
  private static final Map<GgmlType, Double> USUAL =
      new EnumMap<>(
          Map.ofEntries(
              Map.entry(GgmlType.Q4_0, 0.18),
              Map.entry(GgmlType.Q4_1, 0.13),
              Map.entry(GgmlType.Q5_0, 0.09),
              Map.entry(GgmlType.Q5_1, 0.062),
              Map.entry(GgmlType.Q2_K, 0.38),
              Map.entry(GgmlType.Q3_K, 0.24),
              Map.entry(GgmlType.Q4_K, 0.11),
              Map.entry(GgmlType.Q5_K, 0.053),
              Map.entry(GgmlType.Q6_K, 0.04),
              Map.entry(GgmlType.IQ4_NL, 0.14),
              Map.entry(GgmlType.IQ4_XS, 0.125)));

  private ErrorLimits() {}

  /**
   * Up to what error, relative to its weights, a block of a type needs no comparison with the
   * reference; 0 for types without such a limit.
   */
  static double usual(GgmlType type) {
    return USUAL.getOrDefault(type, 0.0);
  }

  /**
   * Whether the scales of a tensor are so good that all blocks, if they were measured, would make
   * it {@link Level#EQUIVALENT} by {@link #ofScales}.
   *
   * @param drawn errors of blocks that were drawn
   * @param unusual errors of all blocks whose error is greater than {@link #usual}
   * @param blocks of the tensor
   * @param shift of its rows and strips, against the source: half of what is allowed against the
   *     reference leaves the other half to the reference's own
   */
  static boolean areSurelyGood(
      GgmlType type, BlockErrorRatios drawn, BlockErrorRatios unusual, long blocks, double shift) {
    return drawn.mean() <= SCALES_OF_SOME
        && drawn.worse() <= WORSE_OF_SOME
        && unusual.worseOf(blocks) <= WORSE_OF_SOME
        && unusual.worst() <= POOR
        && shift <= shiftLimit(type) / 2;
  }

  /** For types whose codes are forced by the scales. */
  static Level ofScales(ReferenceErrors errors) {
    if (errors.blocks().mean() <= SCALES
        && errors.blocks().worse() <= WORSE
        && errors.blocks().worst() <= POOR
        && isKept(errors)) {
      return Level.EQUIVALENT;
    }
    return errors.blocks().worst() <= ELSEWHERE ? Level.WITHIN_BOUNDS : Level.DEVIATES;
  }

  /**
   * Whether an importance matrix with which some rows have these errors is one that people use. It
   * spoils the same columns of every row; single blocks say more of the rows.
   */
  static boolean areOfImportance(Freedom freedom, ReferenceErrors errors) {
    return switch (freedom) {
      case NONE -> true;
      case SCALES -> errors.blocks().mean() <= SCALES && isKept(errors);
      case CODES -> errors.blocks().mean() <= CODES;
    };
  }

  private static boolean isKept(ReferenceErrors errors) {
    return errors.shift() <= shiftLimit(errors.type());
  }

  private static double shiftLimit(GgmlType type) {
    return type == GgmlType.Q2_K ? SHIFT_OF_FOUR_CODES : SHIFT;
  }

  /** For types that choose their codes too. */
  static Level ofCodes(ReferenceErrors errors) {
    return errors.blocks().mean() <= CODES && errors.blocks().worst() <= ELSEWHERE
        ? Level.WITHIN_BOUNDS
        : Level.DEVIATES;
  }
}
