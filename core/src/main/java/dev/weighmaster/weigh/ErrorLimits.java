package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.BlockErrors;
import java.util.EnumMap;
import java.util.Map;

/**
 * Which level the errors of a tensor allow whose codes contradict nothing.
 *
 * <p>Measured over trained weights (all-MiniLM-L6-v2) and random ones, in rows of 256, 1,024 and
 * 4,096: normal, with outliers, of Student's t with 3 degrees, with log-normal rows or columns
 * (deviation 1), with columns 20 times as great, all positive, half zeros. They were quantized
 * without importance, with an even one, with one that is log-normal with a deviation of up to 2.5
 * (a column in a hundred has none), and with one that a column in 200 has a thousand times. Limits
 * that leave out some of these files name them.
 */
final class ErrorLimits {
  /**
   * Limit of the mean error ratio of a type whose codes are forced. Honest files had at most 1.23
   * (Q4_K).
   */
  private static final double SCALES = 1.25;

  /**
   * The same for Q6_K, whose error is a quarter of that of four bits; honest: at most 1.24, and
   * 1.36 with log-normal columns.
   */
  private static final double SCALES_OF_SIX_BITS = 1.4;

  /**
   * Limit of the share of blocks that are more than twice as bad, which is how an outlier is lost;
   * honest: at most 0.047, but 0.13 of Q6_K with columns 20 times as great or log-normal ones.
   */
  private static final double WORSE = 0.05;

  /** The same without the greatest error of each block; honest: at most 0.012 (Q5_0). */
  static final double WORSE_ALL_OVER = 0.02;

  /**
   * {@link #SCALES}, {@link #WORSE} and {@link #WORSE_ALL_OVER} where only some blocks were
   * measured. More does not lower the level, but costs another pass.
   */
  private static final double SCALES_OF_SOME = 1.15;

  private static final double WORSE_OF_SOME = 0.025;
  private static final double WORSE_ALL_OVER_OF_SOME = 0.01;

  /** Fewer blocks that were measured are few; {@link #SCALES_OF_SOME} leaves more room for them. */
  static final int MANY = 1024;

  private static final double SCALES_OF_FEW = 1.1;

  /**
   * Limit of a block's error relative to its weights. Without its weights, a block has 1; honest:
   * at most 0.88 (Q3_K, of a block with an outlier).
   */
  private static final double POOR = 0.95;

  /**
   * Limit of the error of a row or strip, as a multiple of the reference's: {@link
   * RowsAndStrips#worse}. Honest files had at most 1.15, and 1.30 (Q6_K) with log-normal columns at
   * a deviation of 2.5. Scales that move each weight of a row of Q4_K by 0.05 of the weights'
   * deviation, to the side that was chosen, have 1.6; by 0.2, 6.
   */
  private static final double ROW = 1.4;

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
   * Honest: at most 0.02 (Q3_K). A row that is clipped until its error is 0.8 of its weights has
   * 0.5.
   */
  private static final double SHIFT = 0.05;

  /** The same for Q2_K, whose four codes lose more; honest: at most 0.09. */
  private static final double SHIFT_OF_FOUR_CODES = 0.15;

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

  /** Whether the error of a row, relative to its weights, is at most so great. */
  static boolean isUsual(BlockErrors row, double usual) {
    double squares = 0;
    double sourceSquares = 0;
    for (int i = 0; i < row.blocks(); i++) {
      squares += row.squares(i);
      sourceSquares += row.sourceSquares(i);
    }
    return squares <= usual * usual * sourceSquares;
  }

  /**
   * Whether the scales of a tensor are so good that all blocks, if they were measured, would make
   * it {@link Level#EQUIVALENT} by {@link #ofScales}.
   *
   * @param drawn errors of blocks that were drawn
   * @param unusual errors of the blocks with an error greater than {@link #usual}, of rows without
   * @param compared errors of the rows that have such an error themselves
   * @param blocks of the tensor
   */
  static boolean areSurelyGood(
      BlockErrorRatios drawn, BlockErrorRatios unusual, ReferenceErrors compared, long blocks) {
    return drawn.mean() <= (drawn.blocks() < MANY ? SCALES_OF_FEW : SCALES_OF_SOME)
        && drawn.worse() <= WORSE_OF_SOME * drawn.blocks()
        && drawn.worseAllOver() <= WORSE_ALL_OVER_OF_SOME * drawn.blocks()
        && unusual.worse() + compared.blocks().worse() <= WORSE_OF_SOME * blocks
        && unusual.worseAllOver() + compared.blocks().worseAllOver()
            <= WORSE_ALL_OVER_OF_SOME * blocks
        && Math.max(unusual.worst(), compared.blocks().worst()) <= POOR
        && areKept(compared);
  }

  /** For types whose codes are forced by the scales. */
  static Level ofScales(ReferenceErrors errors) {
    if (errors.blocks().mean() <= mostScales(errors.type())
        && errors.blocks().worse() <= WORSE * errors.blocks().blocks()
        && errors.blocks().worseAllOver() <= WORSE_ALL_OVER * errors.blocks().blocks()
        && errors.blocks().worst() <= POOR
        && areKept(errors)) {
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
      case SCALES -> errors.blocks().mean() <= mostScales(errors.type()) && areKept(errors);
      case CODES -> errors.blocks().mean() <= CODES;
    };
  }

  private static double mostScales(GgmlType type) {
    return type == GgmlType.Q6_K ? SCALES_OF_SIX_BITS : SCALES;
  }

  private static boolean areKept(ReferenceErrors errors) {
    double mostShift = errors.type() == GgmlType.Q2_K ? SHIFT_OF_FOUR_CODES : SHIFT;
    return errors.rows().shift() <= mostShift && errors.rows().worse() <= ROW;
  }

  /** For types that choose their codes too. */
  static Level ofCodes(ReferenceErrors errors) {
    return errors.blocks().mean() <= CODES && errors.blocks().worst() <= ELSEWHERE
        ? Level.WITHIN_BOUNDS
        : Level.DEVIATES;
  }
}
