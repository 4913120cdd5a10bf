package dev.weighmaster.digest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.hub.QuantizationConfig;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileScannerTest {
  private static final DigestSeries IN_SHARDS_OF_1000 =
      new DigestSeries(HashType.SHA256, Optional.of(1000L));

  private static final byte[] SOUND =
      new GgufWriter()
          .put("general.architecture", "llama")
          .tensor("a", GgmlType.Q4_0, List.of(32L), new byte[18])
          .toByteArray();
  private static final String UNKNOWN_VERSION = "GGUFc\0\0\0";
  private static final String POINTER =
      "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 7\n"
          .formatted("ab".repeat(32));

  static Stream<Arguments> weights() {
    Optional<String> quantized = Optional.of("Q4_0");
    return Stream.of(
        arguments("m.gguf", SOUND, quantized, Optional.empty()),
        arguments("renamed.bin", SOUND, quantized, Optional.empty()),
        arguments("renamed", SOUND, quantized, Optional.empty()),
        arguments("m.bin", bytes("PK34s"), Optional.empty(), Optional.empty()),
        arguments("tiny", bytes("GG"), Optional.empty(), Optional.empty()),
        arguments("empty", bytes(""), Optional.empty(), Optional.empty()),
        arguments(
            "m.gguf",
            bytes("GGUF\3\0\0\0xxxxxxxxxxxxxxxx"),
            Optional.empty(),
            Optional.of(Reason.MALFORMED_WEIGHTS)),
        arguments("m.gguf", bytes(""), Optional.empty(), Optional.of(Reason.MALFORMED_WEIGHTS)),
        arguments(
            "m.safetensors", bytes("\0"), Optional.empty(), Optional.of(Reason.MALFORMED_WEIGHTS)),
        arguments(
            "m.gguf", bytes(UNKNOWN_VERSION), Optional.empty(), Optional.of(Reason.UNSUPPORTED)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @ParameterizedTest
  @MethodSource("weights")
  void aHeaderIsReadInTheSamePassAndTheDigestIsWhole(
      String name, byte[] start, Optional<String> method, Optional<Reason> reason)
      throws Exception {
    boolean sniffed = start.length >= 4;
    for (int length : new int[] {start.length, sniffed ? start.length + 5000 : start.length}) {
      for (int chunk : new int[] {1, 3, 100_000}) {
        byte[] content = Arrays.copyOf(start, length);

        ScannedFile scanned = scan(name, content, chunk);

        assertThat(scanned.sha256()).hasValue(sha256(content));
        assertThat(scanned.reading().bytes()).isEqualTo(content.length);
        assertThat(scanned.weights().flatMap(WeightsSummary::method)).isEqualTo(method);
        assertThat(scanned.problem().map(Problem::reason)).isEqualTo(reason);
        assertThat(scanned.series())
            .extracting(SeriesDigest::series)
            .containsExactly(IN_SHARDS_OF_1000);
      }
    }
  }

  @Test
  void aGitLfsPointerIsNoMalformedModel() throws Exception {
    for (String name : List.of("m.gguf", "config.json", "m.bin")) {
      ScannedFile scanned = scan(name, POINTER.getBytes(UTF_8), 10);

      assertThat(scanned.pointer()).hasValue(new LfsPointer("ab".repeat(32), 7));
      assertThat(scanned.problem()).isEmpty();
      assertThat(scanned.sha256()).hasValue(sha256(POINTER.getBytes(UTF_8)));
    }
  }

  @Test
  void smallFilesDeclareWhatTheyHold() {
    assertThat(scan("README.md", "---\nlicense: mit\n---\n".getBytes(UTF_8), 5).card())
        .hasValueSatisfying(card -> assertThat(card.license()).hasValue("mit"));
    assertThat(
            scan(
                    "config.json",
                    "{\"quantization_config\":{\"quant_method\":\"awq\"}}".getBytes(UTF_8),
                    5)
                .quantizationConfig())
        .hasValueSatisfying(config -> assertThat(config.method()).isEqualTo("AWQ"));
    byte[] index = bytes("{\"weight_map\":{\"t\":\"a.safetensors\"}}");
    assertThat(scan("model.safetensors.index.json", index, 5).index())
        .hasValue(new ShardIndex(List.of("a.safetensors")));
    assertThat(scan("pytorch_model.bin.index.json", index, 5).index())
        .hasValue(new ShardIndex(List.of("a.safetensors")));
    assertThat(scan("any.index.json", index, 5).index()).isEmpty();
  }

  @Test
  void anIndexOfOtherWeightsThatCanNotBeReadIsNoProblemOfItsOwn() throws Exception {
    ScannedFile scanned = scan("pytorch_model.bin.index.json", bytes("{\"weight_map\": 1}"), 5);

    assertThat(scanned.index()).isEmpty();
    assertThat(scanned.problem()).isEmpty();
    assertThat(scanned.sha256()).isPresent();
  }

  @Test
  void aConfigurationThatCanNotBeReadIsAProblemAndACardHasOne() {
    assertThat(scan("config.json", "[]".getBytes(UTF_8), 5).problem())
        .hasValueSatisfying(
            problem -> {
              assertThat(problem.reason()).isEqualTo(Reason.UNSUPPORTED);
              assertThat(problem.detail()).startsWith("config.json: not a JSON object");
            });
    assertThat(scan("config.json", new byte[(4 << 20) + 1], 1 << 16).problem())
        .hasValueSatisfying(
            problem -> assertThat(problem.detail()).contains("longer than 4194304 bytes"));
    ScannedFile card = scan("README.md", "---\na: [\n---\n".getBytes(UTF_8), 5);
    assertThat(card.problem()).isEmpty();
    assertThat(card.card().flatMap(ModelCard::problem)).isPresent();
    byte[] longCard = Arrays.copyOf("---\nlicense: mit\n---\n".getBytes(UTF_8), (1 << 20) + 1);
    assertThat(scan("README.md", longCard, 1 << 16).problem()).isEmpty();
    assertThat(scan("README.md", longCard, 1 << 16).card()).isPresent();
  }

  @Test
  void aConfigurationThatIsTooLongIsSearchedInTheSamePass() throws Exception {
    String settings = "\"quantization_config\": {\"bits\": 4}";
    byte[] padded = bytes("{\"pad\": \"" + "x".repeat(5 << 20) + "\", " + settings + "}");
    ScannedFile scanned = scan("config.json", padded, 1 << 16);

    assertThat(scanned.quantizationConfig()).hasValue(QuantizationConfig.UNREADABLE);
    assertThat(scanned.problem().map(Problem::reason)).hasValue(Reason.UNSUPPORTED);
    assertThat(scanned.sha256()).hasValue(sha256(padded));
    assertThat(scanned.reading().bytes()).isEqualTo(padded.length);
    byte[] fullPrecision = bytes("{\"pad\": \"" + "x".repeat(5 << 20) + "\"}");
    assertThat(scan("config.json", fullPrecision, 1 << 16).quantizationConfig()).isEmpty();
    byte[] many = bytes("{" + settings + ", \"pad\": [" + "1,".repeat(1_200_000) + "1]}");
    assertThat(scan("config.json", many, 1 << 16).quantizationConfig())
        .hasValue(QuantizationConfig.UNREADABLE);
    assertThat(scan("config.json", bytes("{\"quantization_config\": 7}"), 5).quantizationConfig())
        .isEmpty();
  }

  @Test
  void aSidecarComesWithTheBytesThatWereHashed() throws Exception {
    byte[] content = "{}".getBytes(UTF_8);

    CapturedFile captured = capture("model.sig", content);

    assertThat(captured.content()).hasValue(content);
    assertThat(captured.file().sha256()).hasValue(sha256(content));
    CapturedFile pointer = capture("model.sig", POINTER.getBytes(UTF_8));
    assertThat(pointer.content()).hasValue(POINTER.getBytes(UTF_8));
  }

  @Test
  void aSidecarThatIsTooLongComesWithoutItsBytes() {
    CapturedFile captured = capture("model.sig", new byte[FileScanner.MAX_CAPTURED + 1]);

    assertThat(captured.content()).isEmpty();
    assertThat(captured.file().sha256()).isPresent();
    assertThat(captured.file().problem()).isEmpty();
  }

  @Test
  void whatCanNotBeReadIsAProblem(@TempDir Path directory) throws IOException {
    Files.createDirectories(directory.resolve("acme/m"));
    Files.createSymbolicLink(directory.resolve("acme/m/gone.gguf"), Path.of("nowhere"));
    Path file = Files.writeString(directory.resolve("acme/m/z.gguf"), "GGUFs");
    LocalStorage storage = new LocalStorage(directory);
    List<HubFile> files = Inventory.files(storage, new Repository("acme/m", "", "acme/m"));
    Files.delete(file);

    for (HubFile each : files) {
      ScannedFile scanned = FileScanner.scan(storage, each, List.of(), Progress.NONE);
      assertThat(scanned.problem().map(Problem::reason)).hasValue(Reason.IO_ERROR);
      assertThat(scanned.sha256()).isEmpty();
      assertThat(scanned.reading().bytes()).isZero();
      assertThat(scanned.reading().method()).isEqualTo(Reading.Method.NONE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400_000, 5_000_000})
  void aFileThatIsTruncatedWhileItIsReadHasNoDigest(int length, @TempDir Path directory)
      throws IOException {
    Path file = directory.resolve("acme/m/m.gguf");
    Files.createDirectories(file.getParent());
    LocalStorage storage = new LocalStorage(directory);
    for (int i = 0; i < 50; i++) {
      Files.write(file, new byte[length]);
      HubFile listed = Inventory.files(storage, new Repository("acme/m", "", "acme/m")).get(0);

      ScannedFile scanned =
          FileScanner.scan(storage, listed, List.of(), bytes -> setLength(file, 10));

      assertThat(scanned.sha256()).isEmpty();
      assertThat(scanned.weights()).isEmpty();
      assertThat(scanned.reading().bytes()).isBetween(1L, length - 1L);
      assertThat(scanned.problem().map(Problem::reason)).hasValue(Reason.CHANGED_DURING_READ);
      assertThat(scanned.reading().method())
          .isEqualTo(length > 1 << 20 ? Reading.Method.MAPPED : Reading.Method.RANGED);
    }
  }

  private static void setLength(Path file, long length) {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ScannedFile scan(String name, byte[] content, int chunk) {
    return FileScanner.scan(
        new MemoryStorage(Map.of(name, content), chunk),
        MemoryStorage.file(name, content),
        List.of(IN_SHARDS_OF_1000),
        Progress.NONE);
  }

  private static CapturedFile capture(String name, byte[] content) {
    return FileScanner.scanCapturing(
        new MemoryStorage(Map.of(name, content), 1 << 16),
        MemoryStorage.file(name, content),
        Progress.NONE);
  }

  private static String sha256(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }
}
