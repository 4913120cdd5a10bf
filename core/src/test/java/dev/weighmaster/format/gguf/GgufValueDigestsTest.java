package dev.weighmaster.format.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.Fixtures;
import dev.weighmaster.format.InMemoryByteSource;
import dev.weighmaster.format.MalformedWeightsException;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufValueDigestsTest {

  private static Map<String, String> digests(byte[] file, int chunk) throws IOException {
    return GgufValueDigests.read(new InMemoryByteSource(file, chunk));
  }

  private static GgufWriter everyType(GgufWriter gguf) {
    return gguf.put("a", new GgufValue.Whole(GgufType.UINT8, 200))
        .put("b", new GgufValue.Whole(GgufType.INT16, -2))
        .put("c", new GgufValue.Whole(GgufType.UINT32, 4_000_000_000L))
        .put("d", new GgufValue.Whole(GgufType.INT64, Long.MIN_VALUE))
        .put("e", new GgufValue.Real(GgufType.FLOAT32, 1.5))
        .put("f", new GgufValue.Real(GgufType.FLOAT64, -0.1))
        .put("g", new GgufValue.Bool(true))
        .put("h", "text")
        .put("i", "x".repeat(100_000))
        .put("j", texts("Ġthe", "", "z".repeat(9000)))
        .put("k", GgufValue.array(GgufType.ARRAY, List.of(texts("a"), texts("b"))));
  }

  private static GgufValue texts(String... texts) {
    return GgufValue.array(GgufType.STRING, Arrays.stream(texts).map(GgufValue::text).toList());
  }

  @Test
  void aDigestIsThatOfTheBytesInTheFile() throws Exception {
    byte[] file = new GgufWriter().put("k", "text").toByteArray();
    byte[] value = {8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 't', 'e', 'x', 't'};
    assertThat(new String(file, StandardCharsets.ISO_8859_1))
        .contains(new String(value, StandardCharsets.ISO_8859_1));

    assertThat(digests(file, 1 << 16))
        .containsExactly(
            Map.entry(
                "k", HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(value))));
  }

  @ParameterizedTest
  @CsvSource({"1, LITTLE_ENDIAN, 65536", "2, BIG_ENDIAN, 7", "3, LITTLE_ENDIAN, 1"})
  void versionByteOrderAndChunksChangeNoDigest(int version, String order, int chunk)
      throws IOException {
    ByteOrder byteOrder =
        order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;

    Map<String, String> digests = digests(everyType(new GgufWriter()).toByteArray(), 1 << 16);
    assertThat(digests.values()).hasSize(11).doesNotHaveDuplicates();

    assertThat(digests(everyType(new GgufWriter(version, byteOrder)).toByteArray(), chunk))
        .containsExactlyEntriesOf(digests);
  }

  @Test
  void aDigestHoldsWhatTheReaderDoesNotKeep() throws IOException {
    GgufValue tokens =
        texts(IntStream.range(0, 50_000).mapToObj(i -> "t" + i).toArray(String[]::new));
    GgufValue others =
        texts(
            IntStream.range(0, 50_000).mapToObj(i -> "t" + i / 49_999 * i).toArray(String[]::new));
    String template = "x".repeat(70_000);

    Map<String, String> some =
        digests(new GgufWriter().put("t", tokens).put("c", template + "a").toByteArray(), 999);
    Map<String, String> more =
        digests(new GgufWriter().put("t", others).put("c", template + "b").toByteArray(), 999);

    assertThat(more.get("t")).isNotEqualTo(some.get("t"));
    assertThat(more.get("c")).isNotEqualTo(some.get("c"));
  }

  @Test
  void oneNumberInTwoTypesIsTwoValues() throws IOException {
    byte[] file =
        new GgufWriter()
            .put("a", new GgufValue.Whole(GgufType.UINT32, 5))
            .put("b", new GgufValue.Whole(GgufType.INT32, 5))
            .toByteArray();

    assertThat(digests(file, 64).values()).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 10, 23, 30, 100, 200_000})
  void aHeaderThatEndsEarlyIsMalformed(int length) {
    byte[] file = everyType(new GgufWriter()).toByteArray();

    assertThatThrownBy(() -> digests(Arrays.copyOf(file, Math.min(length, file.length / 2)), 64))
        .isInstanceOf(MalformedWeightsException.class);
  }

  @Test
  void aQuantizationOfTheFixturesHasItsSourcesTokenizer() throws IOException {
    Map<String, String> source =
        digests(Files.readAllBytes(Fixtures.path("gguf/tiny-llama-F16.gguf")), 1 << 16);
    Map<String, String> quantization =
        digests(Files.readAllBytes(Fixtures.path("gguf/tiny-llama-Q4_K_M.gguf")), 1 << 16);

    assertThat(source.keySet()).anyMatch(key -> key.startsWith("tokenizer."));
    source.forEach(
        (key, digest) -> {
          if (key.startsWith("tokenizer.")) {
            assertThat(quantization).containsEntry(key, digest);
          }
        });
    assertThat(quantization.get("general.file_type")).isNotEqualTo(source.get("general.file_type"));
  }

  @Test
  void aValueHasTheDigestThatItHasInAFile() throws IOException {
    List<GgufValue> values =
        List.of(
            GgufValue.text(""),
            GgufValue.text("a\nä"),
            GgufValue.text("x".repeat(100_000)),
            GgufValue.uint32(-7),
            new GgufValue.Whole(GgufType.UINT8, 200),
            new GgufValue.Whole(GgufType.INT16, -3),
            new GgufValue.Whole(GgufType.UINT64, -1),
            new GgufValue.Real(GgufType.FLOAT32, 0.1f),
            new GgufValue.Real(GgufType.FLOAT64, 0.1),
            new GgufValue.Bool(true));
    for (GgufValue value : values) {
      assertThat(digests(new GgufWriter().put("k", value).toByteArray(), 1 << 16))
          .containsEntry("k", GgufValueDigests.of(value));
    }
  }
}
