package dev.weighmaster.weigh;

import dev.weighmaster.ggml.BlockErrors;
import dev.weighmaster.ggml.ForcedCodec;
import dev.weighmaster.ggml.GgmlCodec;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compares a tensor that no recipe gives: every code with the one that its type's algorithm picks
 * under the stored scales, and the error with the one that the algorithm makes by itself. Not
 * thread-safe.
 */
final class CodesPass {
  /**
   * From here on, an intermediate is given up that fits worse than another one: an honest file fits
   * under one of them without a single deviation.
   */
  private static final long HOPELESS = 10_000;

  private static final float[] NO_IMPORTANCE = {};

  private final GgmlCodec codec;
  private final Freedom freedom;
  private final SourceTile source;
  private final PairedRows rows;
  private final float[] decoded;
  private final float[] expected;
  private final byte[] encoded;
  private final ErrorSums errors;
  private final ReferenceErrors referenceErrors;
  private final Map<Intermediate, DeviationCount> counts = new EnumMap<>(Intermediate.class);

  CodesPass(GgmlCodec codec, GgmlCodec sourceCodec, PairedRows rows) {
    this.codec = codec;
    this.freedom = Freedom.of(codec);
    this.source = new SourceTile(sourceCodec, rows.capacity());
    this.rows = rows;
    this.decoded = new float[rows.capacity()];
    this.expected = new float[rows.capacity()];
    this.encoded = new byte[rows.storedRow()];
    this.errors = new ErrorSums(codec.type().blockElements());
    this.referenceErrors = new ReferenceErrors(codec, rows);
    for (Intermediate intermediate : SourceTile.intermediates(sourceCodec.type())) {
      counts.put(intermediate, new DeviationCount());
    }
  }

  Finding run() throws IOException {
    int length = rows.length();
    while (rows.advance()) {
      int weights = rows.rows() * length;
      source.load(rows.original(), weights);
      codec.decode(rows.stored(), 0, decoded, 0, weights);
      for (int row = 0; row < rows.rows(); row++) {
        float[] original = source.weights(Intermediate.NONE);
        long number = rows.firstRow() + row;
        BlockErrors measured = errors.add(original, decoded, row * length, length, number);
        if (freedom != Freedom.NONE) {
          referenceErrors.add(measured, original, row * length, number);
        }
        count(row);
      }
      giveUpTheHopeless();
    }
    return finding();
  }

  private void count(int row) {
    int from = row * rows.length();
    int different = 0;
    for (Map.Entry<Intermediate, DeviationCount> each : counts.entrySet()) {
      Intermediate intermediate = each.getKey();
      DeviationCount plain = counts.get(Intermediate.NONE);
      if (plain != null
          && intermediate != Intermediate.NONE
          && !source.changes(intermediate, from, rows.length())) {
        each.getValue().addSame(different, plain);
      } else {
        expect(source.weights(intermediate), row);
        int found =
            each.getValue()
                .add(
                    decoded,
                    expected,
                    source.weights(Intermediate.NONE),
                    from,
                    rows.length(),
                    rows.firstRow() + row);
        different = intermediate == Intermediate.NONE ? found : different;
      }
    }
  }

  private void expect(float[] weights, int row) {
    int length = rows.length();
    int from = row * length;
    switch (freedom) {
      case NONE -> {
        codec.encode(weights, from, length, NO_IMPORTANCE, encoded, 0);
        codec.decode(encoded, 0, expected, from, length);
      }
      case SCALES ->
          ((ForcedCodec) codec)
              .decodeChosenAnew(
                  rows.stored(), row * rows.storedRow(), weights, from, length, expected);
      case CODES -> System.arraycopy(decoded, from, expected, from, length);
    }
  }

  private void giveUpTheHopeless() {
    long least = counts.get(best()).count();
    counts.values().removeIf(each -> each.count() > least && each.count() > HOPELESS);
  }

  /** The first of those under which the fewest weights deviate. */
  private Intermediate best() {
    List<Intermediate> left = List.copyOf(counts.keySet());
    Intermediate best = left.get(0);
    for (Intermediate each : left) {
      if (counts.get(each).count() < counts.get(best).count()) {
        best = each;
      }
    }
    return best;
  }

  private Finding finding() {
    Intermediate best = best();
    Optional<Deviation> deviation = counts.get(best).deviation();
    if (errors.sourceIsNotFinite()) {
      return Finding.of(Level.NOT_COMPARED, "the source's weights are not all finite");
    }
    return new Finding(
        level(deviation),
        Optional.empty(),
        Optional.of(best),
        errors.errors(),
        freedom == Freedom.NONE ? Optional.empty() : Optional.of(referenceErrors.blocks().mean()),
        deviation,
        Optional.empty());
  }

  private Level level(Optional<Deviation> deviation) {
    if (deviation.isPresent() || errors.errors().isEmpty()) {
      return Level.DEVIATES;
    }
    return switch (freedom) {
      case NONE -> Level.EQUIVALENT;
      case SCALES -> ErrorLimits.ofScales(referenceErrors);
      case CODES -> ErrorLimits.ofCodes(referenceErrors);
    };
  }
}
