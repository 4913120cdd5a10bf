package dev.weighmaster.weigh;

import dev.weighmaster.ggml.BlockErrors;
import java.util.Arrays;

/**
 * The errors of each row, and of each strip of {@value #STRIP} columns of a matrix: blocks that are
 * few among all can still be all of a row, which in an embedding is a token, or all of some
 * columns. Not thread-safe.
 *
 * <p>What is left of the weights counts by their size, and not by its square: so an outlier that is
 * lost is a small part. Nor do the greatest errors of blocks count in how much worse a row is than
 * the reference: honest importance matrices give some outliers next to none.
 */
final class RowsAndStrips {
  /**
   * Columns in a strip. Every block lies in one. Of fewer weights it is chance how much is left.
   */
  private static final int STRIP = 256;

  /**
   * The most of a row's or strip's squares that the reference's error may have; with more, the type
   * has no scales for weights so small, and what it makes of them is chance.
   */
  private static final double REPRESENTED = 0.25;

  /**
   * What a row or strip may lose or gain by chance: this, divided by the root of its weights.
   * Honest rows of 256 had at most 0.073, which is 1.2.
   */
  private static final double CHANCE = 2;

  private final double usual;
  private final long matrixRows;
  private final Sums[] strips;
  private Sums row = new Sums();
  private long matrix;
  private double shift;
  private double worse = 1;

  /**
   * @param usual the error, as a part of its weights, with which a row needs no comparison; see
   *     {@link ErrorLimits#usual}
   * @param length weights in a row
   * @param matrixRows rows in each matrix of the tensor
   */
  RowsAndStrips(double usual, int length, long matrixRows) {
    this.usual = usual;
    this.matrixRows = matrixRows;
    this.strips = new Sums[(length + STRIP - 1) / STRIP];
    Arrays.setAll(strips, strip -> new Sums());
  }

  /** Sums over the blocks of a row or strip. */
  private final class Sums {
    private long blocks;
    private long weights;
    private double sizes;
    private double gains;
    private double referenceGains;
    private double sourceSquares;
    private double squares;
    private double lesserSquares;
    private double referenceSquares;
    private double lesserReferenceSquares;

    void add(int count, BlockErrors measured, int i) {
      blocks++;
      weights += count;
      sizes += measured.sizes(i);
      gains += measured.gains(i);
      sourceSquares += measured.sourceSquares(i);
      squares += measured.squares(i);
      lesserSquares += measured.lesserSquares(i);
    }

    void addReference(BlockErrors reference, int i) {
      referenceGains += reference.gains(i);
      referenceSquares += reference.squares(i);
      lesserReferenceSquares += reference.lesserSquares(i);
    }

    /**
     * The part of the sizes that is lost or gained, against the source and against the reference,
     * more than by chance; 0 for few weights.
     */
    double shift() {
      return weights >= STRIP
              && sourceSquares > 0
              && referenceSquares <= sourceSquares * REPRESENTED
          ? Math.min(Math.abs(gains), Math.abs(gains - referenceGains)) / sizes
              - CHANCE / Math.sqrt((double) weights)
          : 0;
    }

    /** How many times as great the error is as the reference's, less what a few blocks may be. */
    double worse() {
      return squares <= usual * usual * sourceSquares
          ? 1
          : Math.min(
                  BlockErrorRatios.ratio(squares, referenceSquares),
                  BlockErrorRatios.ratio(lesserSquares, lesserReferenceSquares))
              - 1 / Math.sqrt((double) blocks);
    }
  }

  /**
   * Begins a row, to which blocks are added then.
   *
   * @param number counted over all matrices of the tensor; rows come in order, and some may be left
   *     out
   */
  void beginRow(long number) {
    endRow();
    if (number / matrixRows != matrix) {
      endMatrix();
      matrix = number / matrixRows;
    }
  }

  /**
   * Adds a block of the row, of which the reference's errors are not known: they count as 0.
   *
   * @param column of its first weight
   * @param count its weights
   * @param measured has its errors
   * @param i its number there
   */
  void add(int column, int count, BlockErrors measured, int i) {
    row.add(count, measured, i);
    strips[column / STRIP].add(count, measured, i);
  }

  /** Adds the reference's errors of the block that was added last. */
  void addReference(int column, BlockErrors reference, int i) {
    row.addReference(reference, i);
    strips[column / STRIP].addReference(reference, i);
  }

  private void endRow() {
    end(row);
    row = new Sums();
  }

  private void endMatrix() {
    for (Sums strip : strips) {
      end(strip);
    }
    Arrays.setAll(strips, strip -> new Sums());
  }

  /** What is no number stays. */
  private void end(Sums ended) {
    shift = Math.max(shift, ended.shift());
    worse = Math.max(worse, ended.worse());
  }

  /**
   * The greatest part by which the weights of a row or strip are all in all smaller or greater,
   * more than by chance: 1 where nothing is left of a great many.
   */
  double shift() {
    endRow();
    endMatrix();
    return shift;
  }

  /**
   * How many times as great as the reference's the error of a row or strip is, at most: without the
   * greatest error of each block, and less one by the root of its blocks. 1 where none has an
   * unusual error.
   */
  double worse() {
    endRow();
    endMatrix();
    return worse;
  }
}
