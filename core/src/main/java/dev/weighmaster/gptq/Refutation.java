package dev.weighmaster.gptq;

/**
 * Rows that no coefficients fit: weighted and summed, with signs, their residuals at the columns
 * before cancel, while those at the column add up to more than all bounds. Nothing here trusts the
 * solver that proposes rows, signs and weights: whatever they are, the sums show what they show.
 */
final class Refutation {
  /** Far more than the rounding of the sums that are formed here. */
  private static final double ROUNDING = 0x1p-30;

  private Refutation() {}

  /**
   * By how many times all bounds are exceeded at least, under all coefficients of the enclosure:
   * more than 1 is a proof that there are none.
   *
   * @param basis proposes rows, signs and weights
   */
  static double excess(ColumnSystem system, Basis basis, Enclosure enclosure, Budget budget) {
    int unknowns = system.unknowns();
    double[] sums = new double[unknowns + 1];
    double[] sizes = new double[unknowns + 1];
    double allowed = 0;
    double total = 0;
    for (int i = 0; i <= unknowns; i++) {
      int row = basis.rows()[i];
      int sign = basis.signs()[i];
      double weight = Math.max(0, basis.multipliers()[i]);
      if (!system.allows(row, sign)) {
        return 0;
      }
      double[] values = system.row(row);
      for (int j = 0; j <= unknowns; j++) {
        sums[j] += weight * sign * values[j];
        sizes[j] += weight * Math.abs(values[j]);
      }
      allowed += weight * (1 + RowErrors.of(system, row).under(enclosure));
      total += weight;
    }
    budget.spend((long) unknowns * unknowns * unknowns);
    double shown = sums[unknowns] - ROUNDING * sizes[unknowns];
    for (int j = 0; j < unknowns; j++) {
      double most = Math.abs(enclosure.center()[j]) + enclosure.radius();
      shown -= (Math.abs(sums[j]) + ROUNDING * sizes[j]) * most;
    }
    double excess = 1 + (shown - allowed) / total;
    return Double.isFinite(excess) ? excess : 0;
  }
}
