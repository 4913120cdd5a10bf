package dev.weighmaster.gptq;

/**
 * What was found out about the rounding of one column.
 *
 * @param column in the matrix; if any of several could have been rounded next and all deviate, the
 *     one that does so least
 * @param rows that bound the weight before rounding from both sides
 * @param before how many columns were taken to be rounded earlier: the finding is the stronger, the
 *     more rows there are for each
 * @param excess the greatest part of half a step that a row is left with under the coefficients
 *     that were found, if it {@link Decision#FITS}; what some row is left with at least under any
 *     coefficients, if it {@link Decision#DEVIATES}; else 0
 */
public record ColumnFinding(int column, Decision decision, int rows, int before, double excess) {
  /** Whether GPTQ can have chosen a column's codes. */
  public enum Decision {
    /** Some coefficients give all codes of the column. */
    FITS,
    /** No coefficients do, whatever the calibration data: it is proven. */
    DEVIATES,
    /** Neither was shown. */
    NOT_DECIDED
  }
}
