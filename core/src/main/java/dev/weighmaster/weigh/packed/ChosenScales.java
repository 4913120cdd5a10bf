package dev.weighmaster.weigh.packed;

/**
 * How much worse a matrix is by scales that its source does not make than by those that it makes.
 * Tools that try several scales take smaller ones than the greatest weight needs, and are better by
 * that. Not thread-safe.
 */
final class ChosenScales {
  /** Limit of the mean ratio of the errors of groups. */
  private static final double MEAN = 1.25;

  /** The same of one group. */
  private static final double MOST = 2;

  private long groups;
  private long chosen;
  private double ratios;
  private double worst = 1;

  /** Adds a group whose scale the source makes. */
  void addComputed() {
    groups++;
    ratios++;
  }

  /**
   * Adds a group.
   *
   * @param squares of its errors
   * @param usualSquares of its errors by the scale that its source makes
   */
  void add(double squares, double usualSquares) {
    groups++;
    chosen++;
    double ratio = squares == usualSquares ? 1 : Math.sqrt(squares / usualSquares);
    ratios += ratio;
    // What is no number is the worst.
    worst = ratio <= worst ? worst : ratio;
  }

  /** How many groups have scales that their source does not make. */
  long chosen() {
    return chosen;
  }

  double mean() {
    return groups == 0 ? 1 : ratios / groups;
  }

  /** Whether they are about as good as those that the source makes. */
  boolean areGood() {
    return mean() <= MEAN && worst <= MOST;
  }
}
