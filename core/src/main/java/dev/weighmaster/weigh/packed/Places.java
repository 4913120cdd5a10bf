package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.weigh.Deviation;
import dev.weighmaster.weigh.Errors;
import dev.weighmaster.weigh.Finding;

/** Places in a matrix that was read as one of other rows, because its blocks cross rows. */
final class Places {
  private Places() {}

  /** The same with rows and columns of the matrix's own shape. */
  static Finding inItsShape(Finding finding, PackedMatrix matrix) {
    return new Finding(
        finding.level(),
        finding.recipe(),
        finding.intermediate(),
        finding.errors().map(each -> located(each, matrix)),
        finding.toReference(),
        finding.deviation().map(each -> located(each, matrix)),
        finding.detail());
  }

  private static Deviation located(Deviation at, PackedMatrix matrix) {
    long place = at.row() * matrix.columns() + at.column();
    long columns = matrix.shape().get(0);
    return new Deviation(
        at.weights(), place / columns, place % columns, at.stored(), at.expected(), at.source());
  }

  private static Errors located(Errors errors, PackedMatrix matrix) {
    Errors.WorstBlock worst = errors.worst();
    long place = worst.row() * matrix.columns() + worst.column();
    long columns = matrix.shape().get(0);
    return new Errors(
        errors.largest(),
        errors.rms(),
        errors.relative(),
        new Errors.WorstBlock(place / columns, place % columns, worst.weights(), worst.rms()));
  }
}
