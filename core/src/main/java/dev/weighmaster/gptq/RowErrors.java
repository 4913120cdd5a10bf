package dev.weighmaster.gptq;

import java.util.Arrays;

/** How wrong a row's residuals at the columns before can be, as parts of its bound. */
final class RowErrors {
  /**
   * Each residual's, if the row's scales are wrong by as much as they can be: one array for each
   * group, zero at the columns of other groups, because those of a group are wrong together.
   */
  private final double[][] ofScales;

  /** What single precision adds, times the Euclidean norm of the coefficients. */
  private final double arithmetic;

  private RowErrors(double[][] ofScales, double arithmetic) {
    this.ofScales = ofScales;
    this.arithmetic = arithmetic;
  }

  static RowErrors of(ColumnSystem system, int row) {
    int unknowns = system.unknowns();
    double[][] ofScales = new double[system.stack.slots()][];
    double arithmetic = 0;
    for (int j = 0; j < unknowns; j++) {
      int position = system.before[j];
      double error = Tolerance.ofScale(system.stack, position, row) / system.bounds[row];
      if (error != 0) {
        int slot = system.stack.slot(position);
        ofScales[slot] = ofScales[slot] == null ? new double[unknowns] : ofScales[slot];
        ofScales[slot][j] = error;
      }
      arithmetic =
          Math.max(
              arithmetic,
              Tolerance.arithmetic(system.stack, position, unknowns, row) / system.bounds[row]);
    }
    return new RowErrors(
        Arrays.stream(ofScales).filter(errors -> errors != null).toArray(double[][]::new),
        arithmetic);
  }

  /** Times the Euclidean norm of the coefficients, the most that the errors add up to. */
  double norm() {
    double squares = 0;
    for (double[] errors : ofScales) {
      for (double error : errors) {
        squares += error * error;
      }
    }
    return Math.sqrt(squares) + arithmetic;
  }

  /** The most that the errors add up to under some coefficients. */
  double under(double[] coefficients) {
    double most = arithmetic * norm(coefficients);
    for (double[] errors : ofScales) {
      double sum = 0;
      for (int j = 0; j < errors.length; j++) {
        sum += coefficients[j] * errors[j];
      }
      most += Math.abs(sum);
    }
    return most;
  }

  /** The most that they add up to under all coefficients of an enclosure. */
  double under(Enclosure enclosure) {
    double most = under(enclosure.center()) + arithmetic * enclosure.radius();
    for (double[] errors : ofScales) {
      most += enclosure.reach(errors);
    }
    return most;
  }

  static double norm(double[] vector) {
    double squares = 0;
    for (double value : vector) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }
}
