package dev.weighmaster.gptq;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Looks for coefficients that leave no row more than its bound, or for the rows that rule them out:
 * the dual simplex method of the linear program that makes the greatest remainder least. It starts
 * from the rows that are furthest from the least squares, and takes in those that are violated.
 */
final class ColumnSolver {
  /** What the search has come to. */
  enum State {
    /** No row is left more than its bound. */
    FITS,
    /** The rows of the basis leave more than was asked for. */
    EXCEEDS,
    /** The budget is spent, or the rows don't make a basis. */
    GIVEN_UP
  }

  private static final double ROUNDING = 1e-5;
  private static final double MOST_DRIFT = 1e-7;
  private static final int STARTING_ROWS = 4;
  private static final int SAMPLE_ROWS = 4;
  private static final int LEAST_SAMPLE = 64;
  private static final double RIDGE = 1e-9;

  private final ColumnSystem system;
  private final Budget budget;
  private final float[] remainders;
  private int[] pool = {};
  private double[][] poolValues = {};
  private Basis basis;
  private double[][] basisValues;

  ColumnSolver(ColumnSystem system, Budget budget) {
    this.system = system;
    this.budget = budget;
    this.remainders = new float[system.rows()];
  }

  Basis basis() {
    return basis;
  }

  /**
   * Goes on until no row is left more than its bound, or the greatest remainder is known to be more
   * than some excess under all coefficients, or is the least.
   */
  State search(double excess) {
    if (basis == null && (budget.isSpent() || !start())) {
      return State.GIVEN_UP;
    }
    while (!budget.isSpent()) {
      int violated = mostViolated();
      if (violated < 0) {
        if (!refresh()) {
          return State.GIVEN_UP;
        }
        refill();
        violated = mostViolated();
      }
      if (violated < 0) {
        return basis.excess() > 1 ? State.EXCEEDS : State.FITS;
      }
      if (!enter(violated)) {
        return State.GIVEN_UP;
      }
      if (basis.excess() > excess) {
        return State.EXCEEDS;
      }
    }
    return State.GIVEN_UP;
  }

  private boolean start() {
    int[] usable = system.boundedTwice();
    if (usable.length <= system.unknowns()) {
      return false;
    }
    pass(leastSquares(usable));
    int size = system.unknowns() + 1;
    IndependentRows independent = new IndependentRows(size);
    int[] rows = new int[size];
    int found = 0;
    basisValues = new double[size][];
    for (int row : furthest(usable, remainders, STARTING_ROWS * size)) {
      double[] values = system.row(row);
      if (!independent.isComplete() && independent.add(Basis.equation(values))) {
        rows[found] = row;
        basisValues[found++] = values;
      }
    }
    budget.spend(4L * size * size * size);
    return found == size && setBasis(Basis.of(rows, basisValues));
  }

  private boolean setBasis(Optional<Basis> found) {
    found.ifPresent(some -> basis = some);
    return found.isPresent();
  }

  private double[] leastSquares(int[] usable) {
    int unknowns = system.unknowns();
    SymmetricMatrix squares = new SymmetricMatrix(unknowns);
    double[] right = new double[unknowns];
    int sample = Math.min(usable.length, SAMPLE_ROWS * unknowns + LEAST_SAMPLE);
    for (int i = 0; i < sample; i++) {
      double[] values = system.row(usable[(int) ((long) i * usable.length / sample)]);
      squares.addSquare(values, 1);
      for (int j = 0; j < unknowns; j++) {
        right[j] += values[unknowns] * values[j];
      }
    }
    budget.spend((long) sample * unknowns * unknowns / 2);
    return squares
        .factor(RIDGE * squares.trace())
        .map(factor -> factor.solve(right))
        .orElseGet(() -> new double[unknowns]);
  }

  /** The rows that leave most. */
  static int[] furthest(int[] rows, float[] remainders, int count) {
    return IntStream.of(rows)
        .boxed()
        .sorted((a, b) -> Float.compare(Math.abs(remainders[b]), Math.abs(remainders[a])))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private void pass() {
    pass(basis.solution());
  }

  private void pass(double[] coefficients) {
    system.remainders(coefficients, remainders);
    budget.spend((long) system.rows() * system.unknowns());
  }

  /** The row of the pool that is furthest over its bound; less than 0 if none is. */
  private int mostViolated() {
    double most = Math.max(1, basis.excess()) + ROUNDING;
    int violated = -1;
    for (int i = 0; i < pool.length; i++) {
      double remainder = basis.remainder(poolValues[i]);
      if (Math.abs(remainder) > most && system.allows(pool[i], remainder > 0 ? 1 : -1)) {
        most = Math.abs(remainder);
        violated = i;
      }
    }
    budget.spend((long) pool.length * system.unknowns());
    return violated;
  }

  private boolean enter(int violated) {
    double[] values = poolValues[violated];
    int sign = basis.remainder(values) > 0 ? 1 : -1;
    int leaving = basis.exchange(pool[violated], sign, values);
    if (leaving < 0) {
      return false;
    }
    basisValues[leaving] = values;
    long size = system.unknowns() + 1L;
    budget.spend(2 * size * size);
    return true;
  }

  /** Fills the pool with the rows that are furthest over their bounds. */
  private void refill() {
    pass();
    double most = Math.max(1, basis.excess());
    int[] violated =
        IntStream.range(0, remainders.length)
            .filter(row -> Math.abs(remainders[row]) > most && isBound(row))
            .toArray();
    pool = furthest(violated, remainders, 16 + system.unknowns() / 2);
    poolValues = new double[pool.length][];
    Arrays.setAll(poolValues, i -> system.row(pool[i]));
  }

  /** Whether a row's bound is one on the side that its remainder is on. */
  private boolean isBound(int row) {
    return system.allows(row, remainders[row] > 0 ? 1 : -1);
  }

  /** The most that a row is left with under the coefficients of the basis. */
  double greatestRemainder() {
    pass();
    return IntStream.range(0, remainders.length)
        .filter(this::isBound)
        .mapToDouble(row -> Math.abs(remainders[row]))
        .max()
        .orElse(0);
  }

  /**
   * The most that a row is left with under the coefficients of the basis, less what its residuals
   * can be wrong by.
   */
  double greatestBeyondErrors() {
    pass();
    budget.spend((long) system.rows() * system.unknowns());
    double[] coefficients = Arrays.copyOf(basis.solution(), system.unknowns());
    return IntStream.range(0, remainders.length)
        .filter(this::isBound)
        .mapToDouble(
            row -> Math.abs(remainders[row]) - RowErrors.of(system, row).under(coefficients))
        .max()
        .orElse(0);
  }

  /** Inverts the basis anew if rounding has added up. */
  private boolean refresh() {
    if (basis.drift(basisValues) < MOST_DRIFT) {
      return true;
    }
    long size = system.unknowns() + 1L;
    budget.spend(2 * size * size * size);
    return setBasis(Basis.of(basis.rows(), basis.signs(), basisValues));
  }
}
