package dev.weighmaster.gptq;

import dev.weighmaster.gptq.ColumnFinding.Decision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Weighs the columns of a stack, in the order in which they were rounded, until the budget is spent
 * or there are too few rows. Not thread-safe.
 */
public final class GptqWeigher {
  /** What one core makes in about a minute. */
  public static final long DEFAULT_BUDGET = 120_000_000_000L;

  /** An excess that mostly is more than the tolerance: a proof is tried as soon as there is one. */
  private static final double CLEAR_EXCESS = 1.05;

  /** Of sums in single precision. */
  private static final double ROUNDING = 1e-4;

  private static final Comparator<ColumnFinding> RANK =
      Comparator.comparing(ColumnFinding::decision, Comparator.comparing(GptqWeigher::rank))
          .thenComparing(ColumnFinding::excess);

  private final GptqStack stack;
  private final Budget budget;
  private final List<ColumnFinding> findings = new ArrayList<>();
  private int[] before = {};

  private GptqWeigher(GptqStack stack, long budget) {
    this.stack = stack;
    this.budget = new Budget(budget);
  }

  /**
   * Weighs a stack.
   *
   * @param budget multiplications to make at most, or little more
   */
  public static GptqFindings weigh(GptqStack stack, long budget) {
    GptqWeigher weigher = new GptqWeigher(stack, budget);
    weigher.weighSteps();
    return new GptqFindings(weigher.findings, stack.order().size(), stack.rows(), stack.leftOut());
  }

  private void weighSteps() {
    int start = 0;
    while (start < stack.columns() && goesOn()) {
      int end = stack.order().stepEnd(start);
      if (end == start + 1) {
        weighNext(start);
      } else {
        weighUnordered(start, end);
      }
      start = end;
    }
  }

  private boolean goesOn() {
    return !budget.isSpent() && stack.rows() >= GptqStack.LEAST_ROWS * (before.length + 1L);
  }

  private void weighNext(int position) {
    findings.add(stack.isZero(position) ? notDecided(position) : judge(position));
    putBefore(position);
  }

  /**
   * Weighs columns of which nobody knows which was rounded next. The one that was fits, with those
   * before it; so if none fits, not all are as GPTQ rounded them. One that fits is put before the
   * others, even if it was rounded after some of them: of those that are left, the one that was
   * rounded first still has all that were rounded earlier before it.
   */
  private void weighUnordered(int start, int end) {
    List<Integer> left = new ArrayList<>();
    for (int position = start; position < end; position++) {
      if (stack.isZero(position)) {
        findings.add(notDecided(position));
        putBefore(position);
      } else {
        left.add(position);
      }
    }
    while (!left.isEmpty() && goesOn()) {
      ColumnFinding next = nextOf(left);
      findings.add(next);
      if (next.decision() == Decision.DEVIATES) {
        left.forEach(this::putBefore);
        return;
      }
    }
  }

  /**
   * The first of some columns that fits; or one that isn't decided; or, if all deviate, the one
   * that exceeds least.
   */
  private ColumnFinding nextOf(List<Integer> left) {
    Candidates.sort(left, stack, before, budget);
    ColumnFinding next = null;
    int nextPosition = 0;
    for (int position : left) {
      ColumnFinding finding = judge(position);
      if (next == null || RANK.compare(finding, next) < 0) {
        next = finding;
        nextPosition = position;
      }
      if (next.decision() == Decision.FITS) {
        break;
      }
    }
    left.remove((Integer) nextPosition);
    putBefore(nextPosition);
    return next;
  }

  private void putBefore(int position) {
    before = Arrays.copyOf(before, before.length + 1);
    before[before.length - 1] = position;
  }

  private ColumnFinding notDecided(int position) {
    return new ColumnFinding(
        stack.order().column(position), Decision.NOT_DECIDED, 0, before.length, 0);
  }

  private ColumnFinding judge(int position) {
    ColumnSystem system = new ColumnSystem(stack, position, before);
    int column = stack.order().column(position);
    int rows = system.boundedTwice().length;
    ColumnSolver solver = new ColumnSolver(system, budget);
    ColumnSolver.State state = solver.search(CLEAR_EXCESS);
    if (state == ColumnSolver.State.EXCEEDS) {
      Optional<Enclosure> enclosure = Enclosure.of(system, budget);
      double proven = proven(system, solver, enclosure);
      if (proven <= 1 && solver.basis().excess() > CLEAR_EXCESS) {
        state = solver.search(Double.POSITIVE_INFINITY);
        proven = proven(system, solver, enclosure);
      }
      if (proven > 1) {
        return new ColumnFinding(column, Decision.DEVIATES, rows, before.length, proven);
      }
    }
    return switch (state) {
      case FITS -> fits(position, rows, solver.greatestRemainder());
      case EXCEEDS -> fits(position, rows, solver.greatestBeyondErrors());
      case GIVEN_UP -> notDecided(position);
    };
  }

  private double proven(ColumnSystem system, ColumnSolver solver, Optional<Enclosure> enclosure) {
    return enclosure
        .map(coefficients -> Refutation.excess(system, solver.basis(), coefficients, budget))
        .orElse(0.0);
  }

  private ColumnFinding fits(int position, int rows, double excess) {
    return excess > 1 + ROUNDING
        ? notDecided(position)
        : new ColumnFinding(
            stack.order().column(position), Decision.FITS, rows, before.length, excess);
  }

  private static int rank(Decision decision) {
    return switch (decision) {
      case FITS -> 0;
      case NOT_DECIDED -> 1;
      case DEVIATES -> 2;
    };
  }
}
