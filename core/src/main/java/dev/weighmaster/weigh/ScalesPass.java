package dev.weighmaster.weigh;

import dev.weighmaster.ggml.BlockErrors;
import dev.weighmaster.ggml.ForcedCodec;
import dev.weighmaster.ggml.GgmlCodec;
import java.io.IOException;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Finds a tensor {@link Level#EQUIVALENT} in one fast pass, or finds nothing: then {@link
 * CodesPass} says what it is. Not thread-safe.
 *
 * <p>Every code of every block is compared with the one that its type's algorithm picks under the
 * stored scales, and the pass ends at the first that is another one. How good the scales are is
 * told by the errors that they make, in three ways:
 *
 * <ul>
 *   <li><b>Every block</b> has to have an error that is usual for its type, as a part of its
 *       weights: {@link ErrorLimits#usual}. One whose error is greater is encoded by the type's
 *       algorithm, and must not be worse than that by more than {@link ErrorLimits} allows.
 *   <li><b>Every row, and every strip of columns,</b> has to have what it had in the source, all in
 *       all, and an error that is usual, or not much greater than the algorithm's: {@link
 *       RowsAndStrips}. A row whose error is greater is encoded, too.
 *   <li><b>{@value #LEAST_DRAWS} to {@value #MOST_DRAWS} blocks</b> are drawn, one of each so many
 *       that follow each other, and encoded in any case. Their mean error shows scales that are a
 *       little worse all over.
 * </ul>
 *
 * <p>So a block that nobody draws can be as bad as its type usually is, and no worse: who makes a
 * file can't hide scales there, and can't know which blocks are drawn, for that is decided when a
 * tensor is weighed. What is drawn is held to stricter limits than {@link CodesPass} holds all
 * blocks to; a tensor between the two is passed again, all of it.
 */
final class ScalesPass {
  /**
   * Blocks to draw: one in so many, but at least and at most so many in all. Ratios of errors count
   * up to 2, and none is below 0.9. So the mean of those drawn is further from the tensor's than
   * the two limits of {@link ErrorLimits} are from each other at most once in ten thousand times
   * for the fewest blocks, and in ten million for the most (Bernstein's inequality).
   */
  private static final int DRAWN_OF = 64;

  private static final int LEAST_DRAWS = 256;
  private static final int MOST_DRAWS = ErrorLimits.MANY;

  private final ForcedCodec codec;
  private final Intermediate intermediate;
  private final PairedRows rows;
  private final SourceTile source;
  private final float[] decoded;
  private final ErrorSums errors;
  private final double usual;
  private final BlockLottery lottery;
  private final ReferenceSample drawn;
  private final ReferenceSample unusual;
  private final ReferenceErrors compared;
  private final long blocks;

  /**
   * @param intermediate that the source's weights went through
   * @param rows from the first on
   * @param random what the maker of a file can't predict
   */
  ScalesPass(
      ForcedCodec codec,
      GgmlCodec sourceCodec,
      Intermediate intermediate,
      PairedRows rows,
      RandomGenerator random) {
    int block = codec.type().blockElements();
    this.codec = codec;
    this.intermediate = intermediate;
    this.rows = rows;
    this.source = new SourceTile(sourceCodec, rows.capacity());
    this.decoded = new float[rows.capacity()];
    this.errors = new ErrorSums(block);
    this.usual = ErrorLimits.usual(codec.type());
    this.blocks = rows.allRows() * (rows.length() / block);
    this.lottery = new BlockLottery(random, blocks, draws(blocks));
    this.drawn = new ReferenceSample(codec);
    this.unusual = new ReferenceSample(codec);
    this.compared = new ReferenceErrors(codec, rows);
  }

  private static int draws(long blocks) {
    return (int) Math.max(LEAST_DRAWS, Math.min(MOST_DRAWS, blocks / DRAWN_OF));
  }

  /** Passes the rows. */
  Optional<Finding> run() throws IOException {
    int length = rows.length();
    while (rows.advance()) {
      int weights = rows.rows() * length;
      source.load(rows.original(), weights);
      codec.decode(rows.stored(), 0, decoded, 0, weights);
      if (!codec.areChosen(rows.stored(), 0, source.weights(intermediate), 0, weights, decoded)) {
        return Optional.empty();
      }
      for (int row = 0; row < rows.rows(); row++) {
        measure(row);
      }
    }
    return finding();
  }

  private void measure(int row) {
    int block = codec.type().blockElements();
    int from = row * rows.length();
    float[] weights = source.weights(Intermediate.NONE);
    long number = rows.firstRow() + row;
    BlockErrors measured = errors.add(weights, decoded, from, rows.length(), number);
    boolean isUsual = ErrorLimits.isUsual(measured, usual);
    if (isUsual) {
      compared.addUsual(measured, number);
    } else {
      compared.add(measured, weights, from, number);
    }
    for (int i = 0; i < measured.blocks(); i++) {
      int at = from + i * block;
      if (lottery.next()) {
        drawn.add(weights, decoded, at);
      }
      if (isUsual && !(measured.squares(i) <= usual * usual * measured.sourceSquares(i))) {
        unusual.add(weights, decoded, at);
      }
    }
  }

  private Optional<Finding> finding() {
    BlockErrorRatios sample = drawn.errors();
    if (errors.errors().isEmpty()
        || !ErrorLimits.areSurelyGood(sample, unusual.errors(), compared, blocks)) {
      return Optional.empty();
    }
    return Optional.of(
        new Finding(
            Level.EQUIVALENT,
            Optional.empty(),
            Optional.of(intermediate),
            errors.errors(),
            Optional.of(sample.mean()),
            Optional.empty(),
            Optional.empty()));
  }
}
