package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.CodeRows;
import dev.weighmaster.packing.Groups;
import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.weigh.ErrorSums;
import dev.weighmaster.weigh.Finding;
import dev.weighmaster.weigh.Level;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/**
 * Compares a matrix of integers with its source where a method has moved codes away from the
 * nearest, to make up for the errors of others: GPTQ, and what looks like it. Such a method makes
 * the errors of weights greater, but not without limit. Not thread-safe.
 */
final class MovedCodes {
  /**
   * Limit of a matrix's error, in that of rounding each weight to the nearest. Honest files of
   * generated calibrations had at most 2.9; one of a real calibration had 1.25.
   */
  private static final double OF_MATRIX = 4;

  /** The same of a row; honest: at most 4.7. */
  private static final double OF_ROW = 8;

  /**
   * Limit of a row's error, relative to its weights, from {@link #ENOUGH_BITS} on: another row's
   * weights have 1.4. Honest: at most 0.8. With fewer bits, rounding alone can lose a row.
   */
  private static final double RELATIVE = 1.1;

  private static final int ENOUGH_BITS = 4;

  private final PackedMatrix matrix;
  private final ModelTensors source;
  private final Tensor tensor;
  private final Optional<float[]> columnScales;
  private final float[] scales;
  private final float[] zeros;
  private double squares;
  private double roundedSquares;
  private double worstRow;
  private double farthestRow;
  private int rowOfWorst;
  private long moved;
  private long farthest;

  /**
   * @param tensor of the source, with as many weights as the matrix
   */
  MovedCodes(PackedMatrix matrix, ModelTensors source, Tensor tensor) {
    this(matrix, source, tensor, Optional.empty());
  }

  /**
   * @param columnScales what the source's columns were multiplied by first; only of matrices whose
   *     rows have scales of their own
   */
  MovedCodes(
      PackedMatrix matrix, ModelTensors source, Tensor tensor, Optional<float[]> columnScales) {
    this.matrix = matrix;
    this.source = source;
    this.tensor = tensor;
    this.columnScales = columnScales;
    this.scales = new float[matrix.groups().count()];
    this.zeros = new float[scales.length];
  }

  Finding run() throws IOException {
    GroupRanges ranges = GroupRanges.of(matrix, source, tensor);
    int columns = matrix.columns();
    float[] decoded = new float[columns];
    ErrorSums errors = new ErrorSums(1);
    CodeRows rows = matrix.open();
    try (SourceRows originals = SourceRows.open(source, tensor, columns)) {
      while (rows.advance()) {
        float[] original = originals.next();
        columnScales.ifPresent(all -> multiply(original, all));
        rows.decode(decoded);
        errors.add(original, decoded, 0, columns, rows.row());
        ranges.find(rows.row(), original);
        add(rows, decoded, original, ranges);
      }
    }
    return finding(errors);
  }

  private static void multiply(float[] weights, float[] by) {
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= by[i];
    }
  }

  private void add(CodeRows rows, float[] decoded, float[] original, GroupRanges ranges) {
    Groups groups = matrix.groups();
    int greatest = (1 << matrix.codes().bits()) - 1;
    int half = (greatest + 1) / 2;
    for (int group = 0; group < scales.length; group++) {
      boolean symmetric = rows.zeros()[group] == half;
      float min = Math.min(0, ranges.min(group));
      float max = Math.max(0, ranges.max(group));
      scales[group] = (symmetric ? 2 * Math.max(-min, max) : max - min) / greatest;
      zeros[group] = symmetric ? half : (float) Math.rint(-min / scales[group]);
    }
    double ofRow = 0;
    double ofRounded = 0;
    double ofSource = 0;
    for (int i = 0; i < decoded.length; i++) {
      int group = groups.of(i);
      float rounded = rounded(original[i], scales[group], zeros[group], greatest);
      ofRow += square((double) decoded[i] - original[i]);
      ofRounded += square((double) rounded - original[i]);
      ofSource += square(original[i]);
      count(rows.codes()[i] & 0xFF, original[i], rows, group, greatest);
    }
    farthestRow = Math.max(farthestRow, ofRow == 0 ? 0 : Math.sqrt(ofRow / ofSource));
    squares += ofRow;
    roundedSquares += ofRounded;
    double ratio = ofRow == ofRounded ? 1 : Math.sqrt(ofRow / ofRounded);
    if (!(ratio <= worstRow)) {
      worstRow = ratio;
      rowOfWorst = rows.row();
    }
  }

  private static double square(double value) {
    return value * value;
  }

  private static float rounded(float weight, float scale, float zero, int greatest) {
    if (scale == 0) {
      return 0;
    }
    return (code(weight, scale, zero, greatest) - zero) * scale;
  }

  private static float code(float weight, float scale, float zero, int greatest) {
    return (float) Math.max(0, Math.min(greatest, Math.rint(weight / scale) + zero));
  }

  private void count(int code, float weight, CodeRows rows, int group, int greatest) {
    float nearest = code(weight, rows.scales()[group], rows.zeros()[group], greatest);
    if (code != nearest) {
      moved++;
      farthest = Math.max(farthest, (long) Math.abs(code - nearest));
    }
  }

  private Finding finding(ErrorSums errors) {
    if (errors.sourceIsNotFinite()) {
      return Finding.of(Level.NOT_COMPARED, "the source's weights are not all finite");
    }
    double ratio = squares == roundedSquares ? 1 : Math.sqrt(squares / roundedSquares);
    boolean bounded =
        errors.errors().isPresent()
            && ratio <= OF_MATRIX
            && worstRow <= OF_ROW
            && (farthestRow <= RELATIVE || matrix.codes().bits() < ENOUGH_BITS);
    String detail =
        String.format(
            Locale.ROOT,
            "%d of %d codes are not the nearest, by up to %d; row %d has %.2f times the error of"
                + " rounding",
            moved,
            (long) matrix.rows() * matrix.columns(),
            farthest,
            rowOfWorst,
            worstRow);
    return new Finding(
        bounded ? Level.WITHIN_BOUNDS : Level.DEVIATES,
        Optional.empty(),
        Optional.empty(),
        errors.errors(),
        Optional.of(ratio),
        Optional.empty(),
        Optional.of(detail));
  }
}
