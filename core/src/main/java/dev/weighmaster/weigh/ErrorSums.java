package dev.weighmaster.weigh;

import dev.weighmaster.ggml.BlockErrors;
import java.util.Optional;

/** Adds up the errors of a tensor's rows. Not thread-safe. */
public final class ErrorSums {
  /** Of a type whose weights share no block. */
  private static final int USUAL_BLOCK = 32;

  private final int block;
  private final BlockErrors measured;
  private long weights;
  private double squares;
  private double sourceSquares;
  private double largestSquare;
  private double worstMean = -1;
  private long worstRow;
  private long worstColumn;
  private int worstLength;

  /**
   * @param blockElements weights that share a scale; 1 for types whose weights share none
   */
  public ErrorSums(int blockElements) {
    this.block = blockElements == 1 ? USUAL_BLOCK : blockElements;
    this.measured = new BlockErrors(block);
  }

  /**
   * Adds a row.
   *
   * @param from index of the row's first weight in both arrays
   * @return the errors of its blocks, until the next row is added
   */
  public BlockErrors add(float[] source, float[] decoded, int from, int length, long row) {
    measured.measure(source, decoded, from, length);
    for (int i = 0; i < measured.blocks(); i++) {
      int column = i * block;
      int count = Math.min(block, length - column);
      squares += measured.squares(i);
      sourceSquares += measured.sourceSquares(i);
      largestSquare = Math.max(largestSquare, measured.greatestSquare(i));
      if (measured.squares(i) / count > worstMean) {
        worstMean = measured.squares(i) / count;
        worstRow = row;
        worstColumn = column;
        worstLength = count;
      }
    }
    weights += length;
    return measured;
  }

  /** Whether some of the source's weights are not finite. */
  public boolean sourceIsNotFinite() {
    return !Double.isFinite(sourceSquares);
  }

  /** Empty if there are no weights, or some are not finite. */
  public Optional<Errors> errors() {
    if (weights == 0 || !Double.isFinite(squares) || !Double.isFinite(sourceSquares)) {
      return Optional.empty();
    }
    double relative =
        squares == 0 ? 0 : sourceSquares == 0 ? 1 : Math.sqrt(squares / sourceSquares);
    return Optional.of(
        new Errors(
            Math.sqrt(largestSquare),
            Math.sqrt(squares / weights),
            relative,
            new Errors.WorstBlock(worstRow, worstColumn, worstLength, Math.sqrt(worstMean))));
  }
}
