package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.GgmlCodec;
import java.util.Arrays;

/**
 * Compares a tensor's errors with those that its type's algorithm makes by itself, without
 * importance of columns. Not thread-safe.
 *
 * <p>An importance matrix makes some blocks worse to make columns better that matter; where it
 * gives an outlier no importance, the block that has it gets many times worse. So each block counts
 * for at most {@link #MOST}, and a block that is poor counts by itself.
 *
 * <p>Blocks that are few among all can still be all of a row, which in an embedding is a token, or
 * all of some columns. So each row, and each strip of {@link #STRIP} columns of a matrix, is also
 * asked how much of its weights is left. There they count by their size, and not by its square: so
 * an outlier that is lost is a small part.
 */
final class ReferenceErrors {
  /** What one block counts at most, in errors of the reference. */
  private static final double MOST = 2;

  /** From here on, it is the tensor's own error that is great, and not what the type does to it. */
  private static final double NOTABLE = 1.25;

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

  private final GgmlCodec codec;
  private final int block;
  private final int length;
  private final long matrixRows;
  private final float[] importance;
  private final byte[] encoded;
  private final float[] reference;
  private final Kept[] strips;
  private long matrix;
  private long blocks;
  private double ratios;
  private long worse;
  private double worst;
  private double shift;

  /**
   * @param rows of the tensor, from which rows are added in order
   */
  ReferenceErrors(GgmlCodec codec, PairedRows rows) {
    this.codec = codec;
    this.block = codec.type().blockElements();
    this.length = rows.length();
    this.matrixRows = rows.matrixRows();
    this.importance = new float[codec.needsImportance() ? length : 0];
    Arrays.fill(importance, 1);
    this.encoded = new byte[rows.storedRow()];
    this.reference = new float[length];
    this.strips = new Kept[(length + STRIP - 1) / STRIP];
    Arrays.setAll(strips, strip -> new Kept());
  }

  /** Sums over the weights of a row or strip. */
  private static final class Kept {
    private long weights;
    private double sizes;
    private double gains;
    private double squares;
    private double referenceSquares;

    void add(Kept other) {
      weights += other.weights;
      sizes += other.sizes;
      gains += other.gains;
      squares += other.squares;
      referenceSquares += other.referenceSquares;
    }

    /**
     * The part of the sizes that is lost or gained, against the reference and more than by chance;
     * 0 for few weights.
     */
    double shift() {
      return weights >= STRIP && squares > 0 && referenceSquares <= squares * REPRESENTED
          ? Math.abs(gains) / sizes - CHANCE / Math.sqrt((double) weights)
          : 0;
    }
  }

  /**
   * Adds a row.
   *
   * @param from index of the row's first weight in both arrays
   * @param row counted over all matrices of the tensor; rows come in order, and some may be left
   *     out
   */
  void add(float[] source, float[] decoded, int from, long row) {
    if (row / matrixRows != matrix) {
      endMatrix();
      matrix = row / matrixRows;
    }
    codec.encode(source, from, length, importance, encoded, 0);
    codec.decode(encoded, 0, reference, 0, length);
    var whole = new Kept();
    for (int at = 0; at < length; at += block) {
      var part = new Kept();
      part.weights = block;
      double squares = 0;
      for (int i = at; i < at + block; i++) {
        double x = source[from + i];
        double error = decoded[from + i] - x;
        double referenceError = reference[i] - x;
        squares += error * error;
        part.referenceSquares += referenceError * referenceError;
        part.squares += x * x;
        part.sizes += Math.abs(x);
        part.gains += Math.copySign(1, x) * (error - referenceError);
      }
      add(squares, part.referenceSquares, part.squares);
      strips[at / STRIP].add(part);
      whole.add(part);
    }
    shift = Math.max(shift, whole.shift());
  }

  private void add(double squares, double referenceSquares, double sourceSquares) {
    blocks++;
    double ratio = squares == referenceSquares ? 1 : Math.sqrt(squares / referenceSquares);
    if (ratio <= MOST) {
      ratios += ratio;
    } else {
      ratios += MOST;
      worse++;
    }
    double relative = Math.sqrt(squares / sourceSquares);
    // What is no number is the worst.
    if (!(ratio <= NOTABLE) && !(relative <= worst)) {
      worst = relative;
    }
  }

  private void endMatrix() {
    for (Kept strip : strips) {
      // What is no number stays.
      shift = Math.max(shift, strip.shift());
    }
    Arrays.setAll(strips, strip -> new Kept());
  }

  GgmlType type() {
    return codec.type();
  }

  /** The mean of the blocks' errors, in those of the reference; 1 if there are no blocks. */
  double mean() {
    return blocks == 0 ? 1 : ratios / blocks;
  }

  /** The part of the blocks whose error is more than {@link #MOST} times the reference's. */
  double worse() {
    return blocks == 0 ? 0 : (double) worse / blocks;
  }

  /**
   * The greatest error of a block, as a part of its weights, among those whose error is notably
   * greater than the reference's; 0 if there are none.
   */
  double worst() {
    return worst;
  }

  /**
   * The greatest part by which the weights of a row, or of a strip of a matrix, are all in all
   * smaller or greater than the reference makes them, more than by chance: 1 where nothing is left
   * of a great many.
   */
  double shift() {
    endMatrix();
    return shift;
  }
}
