package dev.weighmaster.digest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.digest.ScannedFile.ReadMethod;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
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
  private static final WeightsSummary HEADER =
      new WeightsSummary(
          "GGUF v3",
          WeightsSummary.Role.MODEL,
          Optional.empty(),
          Optional.of("Q4_0"),
          List.of(),
          Optional.empty(),
          List.of(),
          List.of());
  private static final String POINTER =
      "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 7\n"
          .formatted("ab".repeat(32));

  /** Takes "GGUF" and a letter: s for a sound header, m for a malformed one, u for an unknown. */
  private static final FileScanner SCANNER =
      new FileScanner(
          Map.of(FileKind.GGUF, FileScannerTest::parse),
          Optional.of(content -> new ShardIndex(List.of(new String(content, UTF_8)))));

  private static WeightsSummary parse(ByteSource source) throws IOException {
    StringBuilder header = new StringBuilder();
    while (header.length() < 5) {
      ByteBuffer chunk = source.next();
      if (!chunk.hasRemaining()) {
        throw new MalformedWeightsException(header.length(), "ends within the header");
      }
      header.append(UTF_8.decode(chunk));
    }
    return switch (header.charAt(4)) {
      case 's' -> HEADER;
      case 'u' -> throw new UnsupportedWeightsException(4, "version u");
      default -> throw new MalformedWeightsException(4, "not a header");
    };
  }

  static Stream<Arguments> weights() {
    return Stream.of(
        arguments("m.gguf", "GGUFs", Optional.of(HEADER), Optional.empty()),
        arguments("renamed.bin", "GGUFs", Optional.of(HEADER), Optional.empty()),
        arguments("renamed", "GGUFs", Optional.of(HEADER), Optional.empty()),
        arguments("m.bin", "PK34s", Optional.empty(), Optional.empty()),
        arguments("tiny", "GG", Optional.empty(), Optional.empty()),
        arguments("empty", "", Optional.empty(), Optional.empty()),
        arguments("m.gguf", "GGUFm", Optional.empty(), Optional.of(Reason.MALFORMED_WEIGHTS)),
        arguments("m.gguf", "", Optional.empty(), Optional.of(Reason.MALFORMED_WEIGHTS)),
        arguments("m.gguf", "GGUFu", Optional.empty(), Optional.of(Reason.UNSUPPORTED)));
  }

  @ParameterizedTest
  @MethodSource("weights")
  void aHeaderIsReadInTheSamePassAndTheDigestIsWhole(
      String name, String start, Optional<WeightsSummary> header, Optional<Reason> reason)
      throws Exception {
    for (String rest : List.of("", start.isEmpty() ? "" : "x".repeat(5000))) {
      for (int chunk : new int[] {1, 3, 100_000}) {
        byte[] content = (start + rest).getBytes(UTF_8);
        if (start.equals("GG") && !rest.isEmpty()) {
          continue;
        }

        ScannedFile scanned = scan(name, content, chunk);

        assertThat(scanned.sha256()).hasValue(sha256(content));
        assertThat(scanned.bytesRead()).isEqualTo(content.length);
        assertThat(scanned.weights()).isEqualTo(header);
        assertThat(scanned.problem().map(Problem::reason)).isEqualTo(reason);
        assertThat(scanned.shards())
            .hasSize((content.length + 999) / 1000)
            .extracting(ShardDigest::shardSize)
            .containsOnly(content.length == 0 ? new Long[0] : new Long[] {1000L});
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
    assertThat(scan("model.safetensors.index.json", "a".getBytes(UTF_8), 5).index())
        .hasValue(new ShardIndex(List.of("a")));
  }

  @Test
  void aConfigurationThatCanNotBeReadIsAProblemAndACardIsNot() {
    assertThat(scan("config.json", "[]".getBytes(UTF_8), 5).problem())
        .hasValueSatisfying(
            problem -> {
              assertThat(problem.reason()).isEqualTo(Reason.MALFORMED_WEIGHTS);
              assertThat(problem.detail()).startsWith("config.json: not a JSON object");
            });
    assertThat(scan("config.json", new byte[(1 << 20) + 1], 1 << 16).problem())
        .hasValueSatisfying(
            problem -> assertThat(problem.detail()).contains("longer than 1048576 bytes"));
    assertThat(scan("README.md", "---\na: [".getBytes(UTF_8), 5).problem()).isEmpty();
    byte[] longCard = Arrays.copyOf("---\nlicense: mit\n---\n".getBytes(UTF_8), (1 << 20) + 1);
    assertThat(scan("README.md", longCard, 1 << 16).problem()).isEmpty();
    assertThat(scan("README.md", longCard, 1 << 16).card()).isPresent();
  }

  @Test
  void aSidecarComesWithTheBytesThatWereHashed() throws Exception {
    byte[] content = "{}".getBytes(UTF_8);

    CapturedFile captured = capture("model.sig", content);

    assertThat(captured.content()).hasValue(content);
    assertThat(captured.file().sha256()).hasValue(sha256(content));
    assertThat(capture("m.gguf", "GGUFs...".getBytes(UTF_8)).file().weights()).hasValue(HEADER);
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
      assertThat(scanned.bytesRead()).isZero();
      assertThat(scanned.readMethod()).isEqualTo(ReadMethod.NONE);
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
      assertThat(scanned.bytesRead()).isBetween(1L, length - 1L);
      assertThat(scanned.problem().map(Problem::reason)).hasValue(Reason.CHANGED_DURING_READ);
      assertThat(scanned.readMethod())
          .isEqualTo(length > 1 << 20 ? ReadMethod.MAPPED : ReadMethod.RANGED);
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
    return SCANNER
        .scan(
            new MemoryStorage(Map.of(name, content), chunk),
            MemoryStorage.file(name, content),
            List.of(1000L),
            Progress.NONE,
            0)
        .file();
  }

  private static CapturedFile capture(String name, byte[] content) {
    return SCANNER.scan(
        new MemoryStorage(Map.of(name, content), 1 << 16),
        MemoryStorage.file(name, content),
        List.of(),
        Progress.NONE,
        FileScanner.MAX_CAPTURED);
  }

  private static String sha256(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }
}
