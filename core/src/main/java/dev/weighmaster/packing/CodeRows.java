package dev.weighmaster.packing;

import dev.weighmaster.io.WorkStopped;
import java.io.IOException;

/**
 * The rows of a packed matrix, one at a time. The arrays are used again for the next row. Not
 * thread-safe.
 */
public final class CodeRows {
  private final PackedMatrix matrix;
  private final byte[] codes;
  private final float[] scales;
  private final float[] zeros;
  private PackedMatrix.Strip strip;
  private int stripFirst;
  private int stripEnd;
  private int row = -1;

  CodeRows(PackedMatrix matrix) {
    this.matrix = matrix;
    this.codes = new byte[matrix.columns()];
    this.scales = new float[matrix.groups().count()];
    this.zeros = new float[matrix.groups().count()];
  }

  /**
   * Reads the next row; whether there was one.
   *
   * @throws UnpackableException if it is not as its layout has it
   * @throws IOException if it can't be read
   */
  public boolean advance() throws IOException {
    WorkStopped.check();
    row++;
    if (row >= matrix.rows()) {
      return false;
    }
    if (row == stripEnd) {
      strip = null; // before the next one is read
      stripFirst = row;
      stripEnd = Math.min(matrix.rows(), row + matrix.stripRows());
      strip = matrix.strip(stripFirst, stripEnd - stripFirst);
    }
    strip.unpack(row - stripFirst, codes, scales, zeros);
    return true;
  }

  public int row() {
    return row;
  }

  /** A code for each column, unsigned. */
  public byte[] codes() {
    return codes;
  }

  /** A scale for each group. */
  public float[] scales() {
    return scales;
  }

  /** A zero point for each group. */
  public float[] zeros() {
    return zeros;
  }

  /** Computes the row's weights. */
  public void decode(float[] weights) {
    Groups groups = matrix.groups();
    CodeType type = matrix.codes();
    for (int i = 0; i < codes.length; i++) {
      int group = groups.of(i);
      weights[i] = (type.level(codes[i] & 0xFF) - zeros[group]) * scales[group];
    }
  }
}
