package dev.weighmaster.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;

/**
 * Each type's codec, in all forms that this virtual machine can run, and ggml itself give the same
 * bits. The classes that extend this share the types, and run side by side.
 *
 * <p>Each property holds at least 1,000,000 weights of every type against ggml; the system property
 * {@code weighmaster.ggml.weights} names another number.
 */
@AddLifecycleHook(GgmlInterop.WhereGgmlIs.class)
abstract class GgmlInterop {
  private static final int TRIES = 250;
  private static final int WEIGHTS_A_TRY =
      perPart(Integer.getInteger("weighmaster.ggml.weights", 1_000_000), TRIES);
  private static final float[] NO_IMPORTANCE = {};

  /** Those with a codec, but for F32, which ggml copies. */
  private static final List<GgmlType> ALL =
      Arrays.stream(GgmlType.values())
          .filter(type -> type != GgmlType.F32 && GgmlCodecs.of(type).isPresent())
          .toList();

  private final List<GgmlType> types;

  /** For those of all types that are chosen. */
  GgmlInterop(Predicate<GgmlType> chosen) {
    this.types = ALL.stream().filter(chosen).toList();
  }

  /** Whether it is one of those types of at most two bits a code that are slowest to encode. */
  static boolean isSlow(GgmlType type) {
    return type.name().matches("IQ[12]_.*");
  }

  static final class WhereGgmlIs implements SkipExecutionHook {
    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
      return GgmlLibrary.missing().map(SkipResult::skip).orElseGet(SkipResult::doNotSkip);
    }
  }

  @Provide
  Arbitrary<GeneratedRows> rows() {
    Arbitrary<GeneratedRow> row =
        Combinators.combine(
                Arbitraries.of(GeneratedRow.Kind.class),
                Arbitraries.integers()
                    .between(GeneratedRow.LEAST_EXPONENT, GeneratedRow.GREATEST_EXPONENT)
                    .withDistribution(RandomDistribution.uniform()),
                seeds())
            .as(GeneratedRow::new);
    return Arbitraries.integers()
        .between(8, 64)
        .withDistribution(RandomDistribution.uniform())
        .map(blocks -> 32 * blocks)
        .flatMap(
            columns ->
                Combinators.combine(
                        row.list().ofSize(perPart(WEIGHTS_A_TRY, columns / 256 * 256)),
                        Arbitraries.of(GeneratedRows.Importance.class),
                        seeds())
                    .as(
                        (rows, importance, seed) ->
                            new GeneratedRows(columns, rows, importance, seed)));
  }

  @Provide
  Arbitrary<Long> seeds() {
    return Arbitraries.longs().withDistribution(RandomDistribution.uniform());
  }

  @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
  void everyTypeIsEncodedAndDecodedAsGgmlDoes(@ForAll("rows") GeneratedRows rows) {
    GgmlLibrary ggml = GgmlLibrary.load();
    float[] allWeights = rows.weights();
    float[] importance = rows.importanceOfColumns();
    for (GgmlType type : types) {
      int columns = rows.columns() / type.blockElements() * type.blockElements();
      float[] weights = firstColumns(allWeights, rows.columns(), columns);
      try (GgmlLibrary.Rows theirs = ggml.rows(weights, columns, importance)) {
        if (!CodecForms.scalar(type).needsImportance()) {
          theirs.quantize(type, false);
          requireEqual(ggml, type, weights, columns, NO_IMPORTANCE, theirs.blocks());
        }
        theirs.quantize(type, true);
        requireEqual(ggml, type, weights, columns, importance, theirs.blocks());
      }
    }
  }

  private static float[] firstColumns(float[] weights, int all, int first) {
    float[] cut = new float[weights.length / all * first];
    for (int row = 0; row < weights.length / all; row++) {
      System.arraycopy(weights, row * all, cut, row * first, first);
    }
    return cut;
  }

  /** The forms take turns, row by row: each for all rows would take twice as long. */
  private static void requireEqual(
      GgmlLibrary ggml,
      GgmlType type,
      float[] weights,
      int columns,
      float[] importance,
      byte[] expected) {
    int rowBytes = columns / type.blockElements() * type.blockBytes();
    byte[] blocks = new byte[rowBytes];
    List<Named<GgmlCodec>> forms = CodecForms.of(type).toList();
    for (int row = 0; row < weights.length / columns; row++) {
      Named<GgmlCodec> form = forms.get(row % forms.size());
      form.getPayload().encode(weights, row * columns, columns, importance, blocks, 0);
      byte[] theirs = Arrays.copyOfRange(expected, row * rowBytes, (row + 1) * rowBytes);
      assertThat(Arrays.mismatch(blocks, theirs))
          .as(
              "%s: a byte of row %d, %d columns with importance",
              form.getName(), row, importance.length)
          .isNegative();
    }
    requireDecodedEqual(ggml, type, expected);
  }

  private static void requireDecodedEqual(GgmlLibrary ggml, GgmlType type, byte[] blocks) {
    float[] expected = ggml.decode(type, blocks);
    for (Named<GgmlCodec> form : CodecForms.of(type).toList()) {
      float[] decoded = new float[expected.length];
      form.getPayload().decode(blocks, 0, decoded, 0, decoded.length);
      // Bit for bit, but that NaNs are equal whatever their payload.
      assertThat(Arrays.mismatch(decoded, expected))
          .as("%s: a decoded weight", form.getName())
          .isNegative();
    }
  }

  @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
  void anyBlocksAreDecodedAsGgmlDecodesThem(@ForAll("seeds") long seed) {
    GgmlLibrary ggml = GgmlLibrary.load();
    var random = new Random(seed);
    for (GgmlType type : types) {
      byte[] blocks = new byte[perPart(WEIGHTS_A_TRY, type.blockElements()) * type.blockBytes()];
      random.nextBytes(blocks);
      requireDecodedEqual(ggml, type, blocks);
    }
  }

  @Test
  void thereAreAllQuantizedTypesThatFilesHold() {
    assertThat(ALL.stream().filter(GgmlType::quantized)).hasSize(25);
  }

  /** Rounded up. */
  private static int perPart(int count, int parts) {
    return (count + parts - 1) / parts;
  }
}
