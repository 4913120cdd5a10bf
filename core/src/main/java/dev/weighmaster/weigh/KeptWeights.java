package dev.weighmaster.weigh;

import java.util.Arrays;

/**
 * How much is left of the weights of each row, and of each strip of {@value #STRIP} columns of a
 * matrix. Blocks that are few among all can still be all of a row, which in an embedding is a
 * token, or all of some columns. Weights count by their size, and not by its square: so an outlier
 * that is lost is a small part. Not thread-safe.
 */
final class KeptWeights {
  /**
   * Columns in a strip. Every block lies in one. Fewer weights are not judged as a row or strip.
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

  private final long matrixRows;
  private final Sums[] strips;
  private Sums row = new Sums();
  private long matrix;
  private double shift;

  /**
   * @param length weights in a row
   * @param matrixRows rows in each matrix of the tensor
   */
  KeptWeights(int length, long matrixRows) {
    this.matrixRows = matrixRows;
    this.strips = new Sums[(length + STRIP - 1) / STRIP];
    Arrays.setAll(strips, strip -> new Sums());
  }

  /** Sums over the weights of a row or strip. */
  private static final class Sums {
    private long weights;
    private double sizes;
    private double gains;
    private double squares;
    private double referenceSquares;

    void add(
        int count, double moreSizes, double moreGains, double moreSquares, double moreReference) {
      weights += count;
      sizes += moreSizes;
      gains += moreGains;
      squares += moreSquares;
      referenceSquares += moreReference;
    }

    /** The part of the sizes that is lost or gained more than by chance; 0 for few weights. */
    double shift() {
      return weights >= STRIP && squares > 0 && referenceSquares <= squares * REPRESENTED
          ? Math.abs(gains) / sizes - CHANCE / Math.sqrt((double) weights)
          : 0;
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
   * Adds a block of the row.
   *
   * @param column of its first weight
   * @param count its weights
   * @param sizes of the source's weights, added up
   * @param gains how much greater in size its weights are, all in all
   * @param squares of the source's weights
   * @param referenceSquares of the reference's errors; 0 where they are not known
   */
  void add(
      int column, int count, double sizes, double gains, double squares, double referenceSquares) {
    row.add(count, sizes, gains, squares, referenceSquares);
    strips[column / STRIP].add(count, sizes, gains, squares, referenceSquares);
  }

  private void endRow() {
    // What is no number stays.
    shift = Math.max(shift, row.shift());
    row = new Sums();
  }

  private void endMatrix() {
    for (Sums strip : strips) {
      shift = Math.max(shift, strip.shift());
    }
    Arrays.setAll(strips, strip -> new Sums());
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
}
