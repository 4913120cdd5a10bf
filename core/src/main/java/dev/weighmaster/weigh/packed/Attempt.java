package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.CodeRows;
import dev.weighmaster.packing.CodeType;
import dev.weighmaster.packing.PackedMatrix;
import java.util.ArrayList;
import java.util.List;

/** Holds a matrix to a source whose weights were rounded first, or not. Not thread-safe. */
final class Attempt {
  /** From here on, a rule is given up that fits worse than another one. */
  private static final long HOPELESS = 10_000;

  private final PackedMatrix matrix;
  private final Precision through;
  private final ScaleCheck scales;
  private final SharedWeights shared;
  private final List<CodeTally> tallies = new ArrayList<>();
  private final ChosenScales chosen = new ChosenScales();
  private final double[] squares;
  private final double[] usualSquares;

  /**
   * @param source what the source's weights are
   * @param through what they are rounded to first
   */
  Attempt(PackedMatrix matrix, Precision source, Precision through) {
    int groups = matrix.groups().count();
    Precision computed = through == Precision.F32 ? source : through;
    this.matrix = matrix;
    this.through = through;
    this.scales = new ScaleCheck(matrix, computed);
    this.shared = new SharedWeights(through, matrix.columns(), groups);
    this.squares = new double[groups];
    this.usualSquares = new double[groups];
    for (CodeRule rule : CodeRule.of(matrix, through, computed)) {
      tallies.add(new CodeTally(rule, matrix));
    }
  }

  void add(CodeRows rows, float[] decoded, float[] original, GroupRanges ranges) {
    shared.load(original, ranges, rows, scales);
    for (CodeTally tally : tallies) {
      tally.add(rows, decoded, shared, original);
    }
    addChosen(decoded, original);
    long least = best().deviations().count();
    tallies.removeIf(each -> each.deviations().count() > Math.max(least, HOPELESS));
  }

  /** Adds the errors of the groups whose scales the source does not make. */
  private void addChosen(float[] decoded, float[] original) {
    boolean any = false;
    for (int group = 0; group < squares.length; group++) {
      squares[group] = 0;
      usualSquares[group] = 0;
      any |= !shared.computed(group);
    }
    for (int i = 0; any && i < decoded.length; i++) {
      int group = matrix.groups().of(i);
      if (!shared.computed(group)) {
        double error = (double) decoded[i] - original[i];
        double usual = (double) usual(i, group) - original[i];
        squares[group] += error * error;
        usualSquares[group] += usual * usual;
      }
    }
    for (int group = 0; group < squares.length; group++) {
      if (shared.computed(group)) {
        chosen.addComputed();
      } else {
        chosen.add(squares[group], usualSquares[group]);
      }
    }
  }

  private float usual(int column, int group) {
    CodeType type = matrix.codes();
    CodeRule rule = tallies.get(0).rule();
    shared.setUsual(rule, scales, group);
    float scale = scales.usual(shared.min(group), shared.max(group));
    float zero = scales.usualZero(shared.min(group), shared.max(group));
    return (type.level(rule.code(shared.weights()[column])) - zero) * scale;
  }

  /** The first of the rules by which the fewest codes deviate, and of those are ties. */
  CodeTally best() {
    CodeTally best = tallies.get(0);
    for (CodeTally each : tallies) {
      long more = each.deviations().count() - best.deviations().count();
      if (more < 0 || (more == 0 && each.ties() < best.ties())) {
        best = each;
      }
    }
    return best;
  }

  Precision through() {
    return through;
  }

  ScaleCheck scales() {
    return scales;
  }

  ChosenScales chosen() {
    return chosen;
  }
}
