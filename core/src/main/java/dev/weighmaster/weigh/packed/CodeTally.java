package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.CodeRows;
import dev.weighmaster.packing.CodeType;
import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.weigh.DeviationCount;

/** Counts the codes of a matrix that a rule does not give. Not thread-safe. */
final class CodeTally {
  private final CodeRule rule;
  private final PackedMatrix matrix;
  private final DeviationCount deviations = new DeviationCount();
  private final float[] expected;
  private long ties;

  CodeTally(CodeRule rule, PackedMatrix matrix) {
    this.rule = rule;
    this.matrix = matrix;
    this.expected = new float[matrix.columns()];
  }

  /** Adds a row. */
  void add(CodeRows rows, float[] decoded, SharedWeights shared, float[] original) {
    CodeType type = matrix.codes();
    int group = -1;
    for (int i = 0; i < expected.length; i++) {
      if (matrix.groups().of(i) != group) {
        group = matrix.groups().of(i);
        shared.set(rule, rows, group);
      }
      float weight = shared.weights()[i];
      int code = rule.code(weight);
      expected[i] = (type.level(code) - rows.zeros()[group]) * rows.scales()[group];
      if (expected[i] != decoded[i] && rule.isTie(weight, rows.codes()[i] & 0xFF, code)) {
        expected[i] = decoded[i];
        ties++;
      }
    }
    deviations.add(decoded, expected, original, 0, expected.length, rows.row());
  }

  CodeRule rule() {
    return rule;
  }

  DeviationCount deviations() {
    return deviations;
  }

  /** Codes that are the other one of a tie. */
  long ties() {
    return ties;
  }
}
