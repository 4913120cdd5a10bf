package dev.weighmaster.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.Fixtures;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What ggml itself makes of 40 rows that were chosen to be hard. */
class GgmlFixturesTest {
  private static final int ROWS = 40;
  private static final int COLUMNS = 1024;
  private static final String WITH_IMPORTANCE = "-imatrix";

  /** Each case whose type has a codec: its name, the SHA-256 of the decoded floats, the codec. */
  static Stream<Arguments> cases() throws IOException {
    return Files.readAllLines(Fixtures.path("ggml/MANIFEST.tsv")).stream()
        .skip(1)
        .map(line -> line.split("\t", -1))
        .flatMap(fields -> forms(fields[0]).map(codec -> arguments(fields[0], fields[3], codec)));
  }

  private static Stream<Named<GgmlCodec>> forms(String name) {
    return CodecForms.of(GgmlType.valueOf(name.replace(WITH_IMPORTANCE, "")));
  }

  private static byte[] file(String name) throws IOException {
    return Files.readAllBytes(Fixtures.path("ggml/" + name));
  }

  private static float[] floats(String name) throws IOException {
    byte[] bytes = file(name);
    float[] floats = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
    return floats;
  }

  private static byte[] bytes(float[] floats) {
    ByteBuffer bytes =
        ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(floats);
    return bytes.array();
  }

  private static byte[] encode(GgmlCodec codec, String name, int length) throws IOException {
    float[] weights = floats("weights.f32");
    float[] importance = name.endsWith(WITH_IMPORTANCE) ? floats("imatrix.f32") : new float[0];
    byte[] blocks = new byte[length];
    int rowBytes = length / ROWS;
    for (int row = 0; row < ROWS; row++) {
      codec.encode(weights, row * COLUMNS, COLUMNS, importance, blocks, row * rowBytes);
    }
    return blocks;
  }

  @ParameterizedTest(name = "{0}, {2}")
  @MethodSource("cases")
  void everyHardRowIsEncodedAsGgmlEncodesIt(String name, String decoded, GgmlCodec codec)
      throws IOException {
    byte[] expected = file(name + ".bin");

    assertThat(encode(codec, name, expected.length)).isEqualTo(expected);
  }

  /**
   * The fixtures have the bytes of the later version; what the earlier gives is known by digest.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "IQ1_M, 253, aacfcc6568149bdb2d9b967a7a225f000486166daf86d89af3fa99ef700a00b0",
    "IQ1_M-imatrix, 309, bae807ae3303ea52b87e5917dc15e3c95a1f2b56551a6d4d030c35ff35afb1db"
  })
  void theEarlierIq1MDiffersFromTheLaterWhereGgmlsDoes(String name, int differing, String sha256)
      throws IOException {
    byte[] later = file(name + ".bin");

    byte[] earlier = encode(GgmlCodecs.versions(GgmlType.IQ1_M).get(1), name, later.length);

    assertThat(IntStream.range(0, later.length).filter(i -> earlier[i] != later[i]))
        .hasSize(differing);
    assertThat(Sha256Hex.of(earlier)).isEqualTo(sha256);
  }

  @ParameterizedTest(name = "{0}, {2}")
  @MethodSource("cases")
  void everyHardRowIsDecodedAsGgmlDecodesIt(String name, String decoded, GgmlCodec codec)
      throws IOException {
    byte[] blocks = file(name + ".bin");
    float[] weights = new float[ROWS * COLUMNS];

    codec.decode(blocks, 0, weights, 0, weights.length);

    if (decoded.equals("-")) {
      // F16 and BF16: the manifest names no floats, but each value is its own encoding.
      byte[] again = new byte[blocks.length];
      codec.encode(weights, 0, weights.length, new float[0], again, 0);
      assertThat(again).isEqualTo(blocks);
    } else {
      assertThat(Sha256Hex.of(bytes(weights))).isEqualTo(decoded);
    }
  }
}
