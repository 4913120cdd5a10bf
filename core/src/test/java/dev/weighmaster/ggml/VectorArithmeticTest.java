package dev.weighmaster.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The vector form gives the same bits as the scalar one. */
class VectorArithmeticTest {
  private static final float[] NO_IMPORTANCE = {};

  @BeforeAll
  static void theModuleIsThere() {
    Assumptions.assumeThat(Arithmetic.vector())
        .as("java was started without --add-modules jdk.incubator.vector")
        .isPresent();
  }

  static Stream<Named<GgmlCodec>> codecs() {
    return CodecForms.vectors();
  }

  /** Rows of all lengths that leave lanes without a sub-block, of weights of any size. */
  @ParameterizedTest
  @MethodSource("codecs")
  void bothFormsGiveTheSameBytesAndTheSameFloats(GgmlCodec vector) {
    GgmlCodec scalar = CodecForms.scalar(vector.type());
    var random = new Random(17);
    for (int blocks = 1; blocks < 16; blocks++) {
      int length = blocks * Math.max(32, vector.type().blockElements());
      float[] row = new float[length];
      float[] importance = new float[length];
      for (int i = 0; i < length; i++) {
        float size = (float) Math.scalb(1.0, random.nextInt(1 + 9 * blocks) - 9 * blocks);
        row[i] = (float) random.nextGaussian() * size;
        importance[i] = random.nextInt(9) == 0 ? 0 : random.nextFloat() * size;
      }
      if (blocks % 3 == 0) { // sums overflow
        row[random.nextInt(length)] *= 1e30f;
      }
      for (float[] columns : new float[][] {NO_IMPORTANCE, importance}) {
        if (columns.length > 0 || !vector.needsImportance()) {
          int bytes = length / vector.type().blockElements() * vector.type().blockBytes();
          byte[] expected = new byte[bytes];
          byte[] encoded = new byte[bytes];
          scalar.encode(row, 0, length, columns, expected, 0);
          vector.encode(row, 0, length, columns, encoded, 0);
          assertThat(encoded).isEqualTo(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void bothFormsDecodeAnyBytesToTheSameBits(GgmlCodec vector) {
    byte[] blocks = new byte[500 * vector.type().blockBytes()];
    new Random(18).nextBytes(blocks);
    float[] expected = new float[500 * vector.type().blockElements()];
    float[] decoded = new float[expected.length];

    CodecForms.scalar(vector.type()).decode(blocks, 0, expected, 0, expected.length);
    vector.decode(blocks, 0, decoded, 0, decoded.length);

    // NaNs are equal whatever their payload.
    assertThat(decoded).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64, 256, 100})
  void bothFormsMeasureTheSameErrors(int block) {
    var random = new Random(19);
    float[] source = new float[1000];
    float[] decoded = new float[source.length];
    for (int i = 0; i < source.length; i++) {
      source[i] = (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(80) - 40));
      decoded[i] = random.nextInt(5) == 0 ? source[i] : (float) (source[i] * random.nextDouble());
    }
    source[777] = Float.NaN;
    var expected = new BlockErrors(block, Arithmetic.SCALAR);
    var measured = new BlockErrors(block, Arithmetic.vector().orElseThrow());

    expected.measure(source, decoded, 5, 990);
    measured.measure(source, decoded, 5, 990);

    assertThat(measured.blocks()).isEqualTo(expected.blocks());
    for (int i = 0; i < expected.blocks(); i++) {
      if (Double.isNaN(expected.squares(i))) {
        assertThat(measured.squares(i)).isNaN();
        assertThat(measured.sourceSquares(i)).isNaN();
      } else {
        assertThat(measured.squares(i)).isEqualTo(expected.squares(i));
        assertThat(measured.sourceSquares(i)).isEqualTo(expected.sourceSquares(i));
        assertThat(measured.greatestSquare(i)).isEqualTo(expected.greatestSquare(i));
      }
    }
  }
}
