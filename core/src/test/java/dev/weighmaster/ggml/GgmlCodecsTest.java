package dev.weighmaster.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class GgmlCodecsTest {
  private static final float[] NO_IMPORTANCE = {};

  /**
   * What {@code ggml_quantize_chunk} and {@code dequantize_row} of llama.cpp v0.5.0 make of {@link
   * HardRows}: type, whether with importance, and the first 16 digits of the SHA-256 of the bytes
   * and of the floats that they are decoded to.
   */
  private static final String GGML =
      """
      F16     no  d62549a71bdbbf4c -
      Q4_0    no  d2255aa03a505358 e0082cdf316d2add
      Q4_0    yes f7fad5c9a95826ac 3ac23ee93fb656da
      Q4_1    no  b415c211595e683b 8d17e5272ec56a73
      Q4_1    yes ffd8339c456a7c12 39eb2d2d82ff09f2
      Q5_0    no  8063e2b51eca6bd1 7b500eedbce892ed
      Q5_0    yes 364744727dbf5c29 fd6320d257cf953d
      Q5_1    no  b5e0cbef6821b78a 602ad54660fef4b7
      Q5_1    yes c089db709df8b8e1 f2422370b1e62709
      Q8_0    no  439a8b2ddeab1e15 c46b34b6f8f03b79
      Q2_K    no  42bdd826d36fa27c 1a4e2342409e6f15
      Q2_K    yes 9840bfd9df4667ba 6cff4428aebca7d1
      Q3_K    no  55914eccbf6d9cfe 9321ad536ae4f4eb
      Q3_K    yes 4d1ac6d53d2fdded f5bc977c45fa3eeb
      Q4_K    no  b1bf2556d5a5ac06 dad3d8a43be4df0a
      Q4_K    yes ebd23442a470a00b a4c391c2c0e44e9d
      Q5_K    no  090a50aa8e68ee59 c45420dbc55eb1d6
      Q5_K    yes 1617216011bb9820 e58f8d7a5e7c8437
      Q6_K    no  42cbc59334f50e0a 4c89304dc7e8fbab
      Q6_K    yes ee024e20f5f6a343 841e334801110875
      IQ2_XXS yes a79721214abe5de0 40e406a203c3bd5a
      IQ2_XS  yes bd5766c18b1bb046 bae02dd8998837e8
      IQ3_XXS no  3ef33a809dca6750 9bc472fe922780f0
      IQ3_XXS yes 1523456b50f4a337 a524f96d0e6d56b1
      IQ1_S   yes c755ecd0bc3c080b 0e4e9c7153a2db70
      IQ4_NL  no  ac967c5ca728c5d6 f0189be1e46c290f
      IQ4_NL  yes a61e858529d9e730 a40ed64980e75307
      IQ3_S   no  f47a384c2180c3a1 ab648fac3b411c14
      IQ3_S   yes 6bde633042b3200d 839c03b6ad6dc487
      IQ2_S   no  53627aa2508cf3d4 3983361c02c5ed53
      IQ2_S   yes a9ecc2856e0bae4c 21b6cb323716b525
      IQ4_XS  no  d0adcaa745f37e7f 9c0e90a87a1a7f79
      IQ4_XS  yes dfc3400db43b5528 23cd4da3529de98d
      IQ1_M   no  0a1b8843ced70653 06e01083c6839d0e
      IQ1_M   yes 7feab51db37a9922 062dde557d942e57
      BF16    no  0339f173da38d2ec -
      TQ1_0   no  7a543966975c5d08 88f23a4237fcf655
      TQ2_0   no  91726d230f0d6a43 88f23a4237fcf655
      MXFP4   no  4486ac9b549bdb6b 6dd066fdf6a56692
      NVFP4   no  9b80226f37958d99 d8b5c00341c17da1
      Q1_0    no  1c42889be8f0cef9 f8c1f96d14689b5a
      Q2_0    no  d79f4f2cab478939 881adc5587d419ef
      """;

  static Stream<Arguments> cases() {
    return GGML.lines()
        .map(line -> line.trim().split(" +"))
        .flatMap(
            fields ->
                CodecForms.of(GgmlType.valueOf(fields[0]))
                    .map(codec -> arguments(codec, fields[1].equals("yes"), fields[2], fields[3])));
  }

  static Stream<Named<GgmlCodec>> codecs() {
    return CodecForms.all();
  }

  private static String digest(byte[] bytes) {
    return Sha256Hex.of(bytes).substring(0, 16);
  }

  private static int bytes(GgmlCodec codec, int weights) {
    return weights / codec.type().blockElements() * codec.type().blockBytes();
  }

  /** Encodes rows of {@link HardRows#COLUMNS} weights. */
  private static byte[] encode(GgmlCodec codec, float[] weights, float[] importance) {
    int rowBytes = bytes(codec, HardRows.COLUMNS);
    byte[] blocks = new byte[weights.length / HardRows.COLUMNS * rowBytes];
    for (int row = 0; row < weights.length / HardRows.COLUMNS; row++) {
      int from = row * HardRows.COLUMNS;
      codec.encode(weights, from, HardRows.COLUMNS, importance, blocks, row * rowBytes);
    }
    return blocks;
  }

  /** With importance only where there must be some. */
  private static byte[] encode(GgmlCodec codec, float[] weights) {
    return encode(codec, weights, codec.needsImportance() ? HardRows.importance() : NO_IMPORTANCE);
  }

  private static float[] decode(GgmlCodec codec, byte[] blocks) {
    float[] weights =
        new float[blocks.length / codec.type().blockBytes() * codec.type().blockElements()];
    codec.decode(blocks, 0, weights, 0, weights.length);
    return weights;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hardRowsAreEncodedAsGgmlEncodesThem(
      GgmlCodec codec, boolean withImportance, String encoded, String decoded) {
    float[] importance = withImportance ? HardRows.importance() : NO_IMPORTANCE;

    assertThat(digest(encode(codec, HardRows.weights(), importance))).isEqualTo(encoded);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hardRowsAreDecodedAsGgmlDecodesThem(
      GgmlCodec codec, boolean withImportance, String encoded, String decoded) {
    float[] importance = withImportance ? HardRows.importance() : NO_IMPORTANCE;

    float[] weights = decode(codec, encode(codec, HardRows.weights(), importance));

    if (!decoded.equals("-")) { // ggml has no such call for F16 and BF16
      var bytes = ByteBuffer.allocate(weights.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(weights);
      assertThat(digest(bytes.array())).isEqualTo(decoded);
    }
  }

  @Test
  void f32IsTheWeightsThemselves() {
    GgmlCodec codec = GgmlCodecs.of(GgmlType.F32).orElseThrow();
    float[] weights = {1, -0f, Float.MIN_VALUE, Float.POSITIVE_INFINITY, Float.NaN};
    byte[] blocks = new byte[20];

    codec.encode(weights, 0, 5, NO_IMPORTANCE, blocks, 0);

    assertThat(Arrays.copyOf(blocks, 8)).containsExactly(0, 0, 0x80, 0x3F, 0, 0, 0, 0x80);
    assertThat(decode(codec, blocks)).isEqualTo(weights);
  }

  @ParameterizedTest
  @EnumSource
  void eachCodecIsOfItsType(GgmlType type) {
    assertThat(GgmlCodecs.of(type).map(GgmlCodec::type)).isIn(Optional.of(type), Optional.empty());
  }

  @Test
  void typesThatAreNoWeightsHaveNoCodec() {
    assertThat(GgmlCodecs.of(GgmlType.I32)).isEmpty();
    assertThat(GgmlCodecs.of(GgmlType.Q8_K)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void importanceChangesNothingWhereItIsNotHeeded(GgmlCodec codec) {
    float[] weights = HardRows.weights();
    byte[] without = encode(codec, weights);
    byte[] with = encode(codec, weights, HardRows.importance());

    assertThat(Arrays.equals(with, without))
        .isEqualTo(!codec.heedsImportance() || codec.needsImportance());
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void aRowInTheMiddleOfItsArraysIsEncodedAndDecodedAlikeAndNothingElseIsTouched(GgmlCodec codec) {
    float[] weights = HardRows.weights();
    float[] importance = codec.needsImportance() ? HardRows.importance() : NO_IMPORTANCE;
    byte[] expected = encode(codec, Arrays.copyOf(weights, HardRows.COLUMNS), importance);
    byte[] blocks = new byte[expected.length + 7];
    Arrays.fill(blocks, (byte) 0x55);
    float[] shifted = new float[HardRows.COLUMNS + 5];
    System.arraycopy(weights, 0, shifted, 3, HardRows.COLUMNS);

    codec.encode(shifted, 3, HardRows.COLUMNS, importance, blocks, 4);
    assertThat(Arrays.copyOfRange(blocks, 4, 4 + expected.length)).isEqualTo(expected);
    assertThat(Arrays.copyOf(blocks, 4)).containsOnly(0x55);
    assertThat(Arrays.copyOfRange(blocks, 4 + expected.length, blocks.length)).containsOnly(0x55);

    Arrays.fill(shifted, 99);
    codec.decode(blocks, 4, shifted, 3, HardRows.COLUMNS);
    assertThat(Arrays.copyOfRange(shifted, 3, 3 + HardRows.COLUMNS))
        .isEqualTo(decode(codec, expected));
    assertThat(new float[] {shifted[0], shifted[1], shifted[2]}).containsOnly(99);
    assertThat(new float[] {shifted[515], shifted[516]}).containsOnly(99);
  }

  /** Each row alone, and all of them mixed with ordinary weights. */
  static Stream<Arguments> hostileRows() {
    float[][] values = {
      {Float.NaN},
      {Float.POSITIVE_INFINITY},
      {Float.NEGATIVE_INFINITY},
      {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY},
      {Float.MAX_VALUE, -Float.MAX_VALUE},
      {Float.MIN_VALUE, -Float.MIN_VALUE},
      {Float.intBitsToFloat(0x7F80_0001), Float.intBitsToFloat(0xFFFF_FFFF)},
      {0f, -0f},
      {Float.NaN, 1, -2, 3, Float.NEGATIVE_INFINITY, 0.25f, Float.MIN_VALUE}
    };
    return codecs().flatMap(codec -> Arrays.stream(values).map(value -> arguments(codec, value)));
  }

  @ParameterizedTest
  @MethodSource("hostileRows")
  void rowsOfAnyFloatsAreEncodedAndDecoded(GgmlCodec codec, float[] values) {
    float[] row = new float[HardRows.COLUMNS];
    for (int i = 0; i < row.length; i++) {
      row[i] = values[i % values.length];
    }

    assertThat(decode(codec, encode(codec, row))).hasSameSizeAs(row);
    assertThat(decode(codec, encode(codec, row, HardRows.importance()))).hasSameSizeAs(row);
    // As importance, too.
    assertThat(encode(codec, row, row)).isNotEmpty();
    float[] ordinary = Arrays.copyOf(HardRows.weights(), HardRows.COLUMNS);
    assertThat(encode(codec, ordinary, row)).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void anyBytesAreDecoded(GgmlCodec codec) {
    byte[] blocks = new byte[1000 * codec.type().blockBytes()];
    new Random(3).nextBytes(blocks);

    float[] weights = decode(codec, blocks);

    assertThat(weights).hasSize(1000 * codec.type().blockElements());
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void aRowWithoutWeightsIsNoBytes(GgmlCodec codec) {
    codec.encode(new float[0], 0, 0, NO_IMPORTANCE, new byte[0], 0);
    codec.decode(new byte[0], 0, new float[0], 0, 0);
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void whatDoesNotFitIsRefused(GgmlCodec codec) {
    int elements = HardRows.COLUMNS;
    float[] row = new float[elements];
    float[] importance = codec.needsImportance() ? HardRows.importance() : NO_IMPORTANCE;
    byte[] blocks = new byte[bytes(codec, elements)];

    assertThatThrownBy(() -> codec.decode(blocks, 1, row, 0, elements))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> codec.decode(blocks, 0, row, 1, elements))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> codec.decode(blocks, -1, row, 0, elements))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> codec.encode(row, 0, elements, importance, blocks, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> codec.encode(row, 1, elements, importance, blocks, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    if (codec.heedsImportance()) {
      assertThatThrownBy(() -> codec.encode(row, 0, elements, new float[1], blocks, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
    if (codec.type().blockElements() > 1) {
      assertThatThrownBy(() -> codec.decode(blocks, 0, row, 0, elements - 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("%d weights are no whole blocks of %s", elements - 1, codec.type());
    }
  }
}
