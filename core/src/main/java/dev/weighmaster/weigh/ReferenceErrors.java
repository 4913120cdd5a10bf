package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.BlockErrors;
import dev.weighmaster.ggml.GgmlCodec;
import java.util.Arrays;

/**
 * Compares a tensor's errors with those that its type's algorithm makes by itself: of each block,
 * and of each row and strip of columns. Not thread-safe.
 *
 * <p>That algorithm is the one without importance, and the one by importance, if all columns have
 * the same: of weights that are all positive, Q4_1 and Q5_1 lose more by the second. Of a block in
 * a row that is notably worse than the first, the greater error counts.
 */
final class ReferenceErrors {
  private static final float[] NO_IMPORTANCE = {};

  private final GgmlCodec codec;
  private final int block;
  private final float[] even;
  private final byte[] encoded;
  private final float[] original;
  private final float[] reference;
  private final BlockErrors plain;
  private final BlockErrors byImportance;
  private final BlockErrorRatios blocks;
  private final RowsAndStrips rows;

  /**
   * @param rows of the tensor, from which rows are added in order
   */
  ReferenceErrors(GgmlCodec codec, PairedRows rows) {
    int length = rows.length();
    this.codec = codec;
    this.block = codec.type().blockElements();
    this.even = new float[codec.heedsImportance() ? length : 0];
    Arrays.fill(even, 1);
    this.encoded = new byte[rows.storedRow()];
    this.original = new float[length];
    this.reference = new float[length];
    this.plain = new BlockErrors(block);
    this.byImportance = new BlockErrors(block);
    this.blocks = new BlockErrorRatios();
    this.rows = new RowsAndStrips(ErrorLimits.usual(codec.type()), length, rows.matrixRows());
  }

  /**
   * Adds a row.
   *
   * @param measured its errors
   * @param from index of its first weight in the source's weights
   * @param row counted over all matrices of the tensor; rows come in order, and some may be left
   *     out
   */
  void add(BlockErrors measured, float[] source, int from, long row) {
    add(measured, source, from, row, true);
  }

  /**
   * Adds a row that was chosen for its error: its blocks say nothing of the others', and count in
   * it and in its strips alone.
   */
  void addUnusual(BlockErrors measured, float[] source, int from, long row) {
    add(measured, source, from, row, false);
  }

  private void add(BlockErrors measured, float[] source, int from, long row, boolean drawn) {
    System.arraycopy(source, from, original, 0, original.length);
    measure(codec.needsImportance() ? even : NO_IMPORTANCE, plain);
    boolean notable = codec.heedsImportance() && !codec.needsImportance() && isNotable(measured);
    if (notable) {
      measure(even, byImportance);
    }
    rows.beginRow(row);
    for (int i = 0; i < measured.blocks(); i++) {
      BlockErrors greater =
          notable && byImportance.squares(i) > plain.squares(i) ? byImportance : plain;
      if (drawn) {
        blocks.add(measured, greater, i);
      }
      rows.add(i * block, block, measured, i);
      rows.addReference(i * block, greater, i);
    }
  }

  /** Adds a row whose error is usual, and need not be compared. */
  void addUsual(BlockErrors measured, long row) {
    rows.beginRow(row);
    for (int i = 0; i < measured.blocks(); i++) {
      rows.add(i * block, block, measured, i);
    }
  }

  private void measure(float[] importance, BlockErrors errors) {
    int length = original.length;
    codec.encode(original, 0, length, importance, encoded, 0);
    codec.decode(encoded, 0, reference, 0, length);
    errors.measure(original, reference, 0, length);
  }

  /** Whether a row is so much worse than by the algorithm without importance that it may count. */
  private boolean isNotable(BlockErrors measured) {
    double squares = 0;
    double plainSquares = 0;
    int worse = 0;
    for (int i = 0; i < measured.blocks(); i++) {
      squares += measured.squares(i);
      plainSquares += plain.squares(i);
      worse += BlockErrorRatios.isWorseAllOver(measured, plain, i) ? 1 : 0;
    }
    return !(BlockErrorRatios.ratio(squares, plainSquares) <= BlockErrorRatios.NOTABLE)
        || worse > ErrorLimits.WORSE_ALL_OVER * measured.blocks();
  }

  GgmlType type() {
    return codec.type();
  }

  /** The errors of the blocks of the rows that were compared. */
  BlockErrorRatios blocks() {
    return blocks;
  }

  /** The errors of the rows and strips. */
  RowsAndStrips rows() {
    return rows;
  }
}
