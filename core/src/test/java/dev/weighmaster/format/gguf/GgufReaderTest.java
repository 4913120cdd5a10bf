package dev.weighmaster.format.gguf;

import static dev.weighmaster.format.gguf.GgufValue.text;
import static dev.weighmaster.format.gguf.GgufValue.uint32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.InMemoryByteSource;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class GgufReaderTest {

  private static GgufHeader read(byte[] file) throws IOException {
    return GgufReader.read(new InMemoryByteSource(file, 61));
  }

  /** A file by hand: little-endian, version 3. */
  private static final class Raw {
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 17).order(ByteOrder.LITTLE_ENDIAN);

    Raw head(long tensors, long metadata) {
      return ascii("GGUF").u32(3).u64(tensors).u64(metadata);
    }

    Raw ascii(String text) {
      bytes.put(text.getBytes(StandardCharsets.US_ASCII));
      return this;
    }

    Raw u8(int value) {
      bytes.put((byte) value);
      return this;
    }

    Raw u32(int value) {
      bytes.putInt(value);
      return this;
    }

    Raw u64(long value) {
      bytes.putLong(value);
      return this;
    }

    Raw string(String text) {
      return u64(text.length()).ascii(text);
    }

    Raw key(String key, GgufType type) {
      return string(key).u32(type.id());
    }

    Raw tensor(String name, GgmlType type, long offset, long... shape) {
      string(name).u32(shape.length);
      Arrays.stream(shape).forEach(this::u64);
      return u32(type.id()).u64(offset);
    }

    Raw zeros(int count) {
      bytes.put(new byte[count]);
      return this;
    }

    Raw align() {
      return zeros(-bytes.position() & 31);
    }

    byte[] done() {
      return Arrays.copyOf(bytes.array(), bytes.position());
    }
  }

  private static Raw raw() {
    return new Raw();
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        arguments("nothing", raw(), "file ends within"),
        arguments("another format", raw().ascii("GGML").u32(3).u64(0).u64(0), "begin with GGUF"),
        arguments("a name turned round", raw().ascii("FUGG").u32(3).u64(0).u64(0), "begin with"),
        arguments("only a name", raw().ascii("GGUF"), "file ends within"),
        arguments("too many tensors", raw().head(1L << 40, 0), "1099511627776 tensors"),
        arguments("a negative tensor count", raw().head(-1, 0), "18446744073709551615 tensors"),
        arguments("too much metadata", raw().head(0, 1L << 60), "metadata entries"),
        arguments("less metadata than counted", raw().head(0, 1), "file ends within its metadata"),
        arguments("fewer tensors than counted", raw().head(1, 0), "file ends within its tensor"),
        arguments("an empty key", raw().head(0, 1).key("", GgufType.UINT8).u8(0), "key is 0"),
        arguments(
            "a key of 65536 bytes",
            raw().head(0, 1).key("k".repeat(65_536), GgufType.UINT8).u8(0),
            "key is 65536"),
        arguments(
            "a key of 2^62 bytes", raw().head(0, 1).u64(1L << 62).ascii("key"), "a length is"),
        arguments("a key of 2^30 bytes", raw().head(0, 1).u64(1L << 30).ascii("key"), "key is"),
        arguments("a negative key length", raw().head(0, 1).u64(-1).ascii("key"), "a length is"),
        arguments(
            "a key that is not UTF-8",
            raw().head(0, 1).u64(2).u8(0xC3).u8(0x28).u32(0).u8(0),
            "a metadata key is not UTF-8 (at byte 32)"),
        arguments(
            "a key twice",
            raw().head(0, 2).key("a", GgufType.UINT8).u8(1).key("a", GgufType.INT8).u8(1),
            "metadata key 'a' twice"),
        arguments("value type 13", raw().head(0, 1).string("a").u32(13).u64(0), "type 13"),
        arguments("value type -1", raw().head(0, 1).string("a").u32(-1).u64(0), "type -1"),
        arguments("a bool of 2", raw().head(0, 1).key("a", GgufType.BOOL).u8(2), "a BOOL is 2"),
        arguments(
            "a bool of 2 deep in an array",
            raw().head(0, 1).key("a", GgufType.ARRAY).u32(7).u64(20).zeros(19).u8(2),
            "a BOOL is 2"),
        arguments(
            "a string longer than the file",
            raw().head(0, 1).key("a", GgufType.STRING).u64(1 << 20).ascii("b"),
            "file ends within"),
        arguments(
            "a string of 2^63 - 1 bytes",
            raw().head(0, 1).key("a", GgufType.STRING).u64(Long.MAX_VALUE).ascii("b"),
            "a length is"),
        arguments(
            "a string that is not UTF-8",
            raw().head(0, 1).key("a", GgufType.STRING).u64(1).u8(0xFF),
            "a metadata value is not UTF-8"),
        arguments(
            "a string that ends within a character",
            raw().head(0, 1).key("a", GgufType.STRING).u64(2).u8('a').u8(0xC3),
            "a metadata value is not UTF-8"),
        arguments(
            "an array of 2^60 strings",
            raw().head(0, 1).key("a", GgufType.ARRAY).u32(8).u64(1L << 60).zeros(50),
            "a length is"),
        arguments(
            "an array of 2^30 strings",
            raw().head(0, 1).key("a", GgufType.ARRAY).u32(8).u64(1 << 30).zeros(50),
            "file ends within an array"),
        arguments(
            "an array of 2^30 doubles",
            raw().head(0, 1).key("a", GgufType.ARRAY).u32(12).u64(1 << 30).zeros(50),
            "file ends within an array"),
        arguments(
            "an array of an unknown type",
            raw().head(0, 1).key("a", GgufType.ARRAY).u32(99).u64(0),
            "type 99"),
        arguments(
            "a string in an array that is longer than the file",
            raw().head(0, 1).key("a", GgufType.ARRAY).u32(8).u64(1).u64(100),
            "file ends within"),
        arguments("arrays nine deep", nested(9), "more than 8 deep"),
        arguments("arrays 900 deep", nested(900), "more than 8 deep"),
        arguments(
            "an alignment of 0",
            raw().head(0, 1).key("general.alignment", GgufType.UINT32).u32(0),
            "power of two"),
        arguments(
            "an alignment of 24",
            raw().head(0, 1).key("general.alignment", GgufType.UINT32).u32(24),
            "power of two"),
        arguments(
            "an alignment of another type",
            raw().head(0, 1).key("general.alignment", GgufType.UINT64).u64(32),
            "power of two"),
        arguments(
            "an alignment in words",
            raw().head(0, 1).key("general.alignment", GgufType.STRING).string("32"),
            "power of two"),
        arguments(
            "an alignment beyond the file",
            raw()
                .head(1, 1)
                .key("general.alignment", GgufType.UINT32)
                .u32(1 << 31)
                .tensor("a", GgmlType.F32, 0, 1)
                .zeros(64),
            "file ends within tensor 'a'"),
        arguments(
            "a tensor name that is longer than the file",
            raw().head(1, 0).u64(1 << 20).ascii("n"),
            "file ends within its tensor directory"),
        arguments(
            "a tensor name that is not UTF-8",
            raw().head(1, 0).u64(1).u8(0x80).u32(0).u32(0).u64(0).align().zeros(4),
            "a tensor name is not UTF-8"),
        arguments(
            "a tensor name twice",
            raw()
                .head(2, 0)
                .tensor("a", GgmlType.F32, 0, 1)
                .tensor("a", GgmlType.F32, 32, 1)
                .align()
                .zeros(64),
            "tensor 'a' twice"),
        arguments(
            "2^32 - 1 dimensions",
            raw().head(1, 0).string("a").u32(-1).zeros(100),
            "file ends within its tensor directory"),
        arguments(
            "a negative dimension",
            raw().head(1, 0).tensor("a", GgmlType.F32, 0, -1).align().zeros(4),
            "negative dimension"),
        arguments(
            "more than 2^63 elements",
            raw().head(1, 0).tensor("a", GgmlType.I8, 0, 1L << 32, 1L << 32).align().zeros(4),
            "more elements than can be"),
        arguments(
            "more than 2^63 bytes",
            raw().head(1, 0).tensor("a", GgmlType.F64, 0, 1L << 61).align().zeros(4),
            "more elements than can be"),
        arguments(
            "2^62 bytes",
            raw().head(1, 0).tensor("a", GgmlType.I8, 0, 1L << 62).align().zeros(4),
            "file ends within tensor"),
        arguments(
            "a row that is not a whole number of blocks",
            raw().head(1, 0).tensor("a", GgmlType.Q4_0, 0, 48, 2).align().zeros(54),
            "rows of 48"),
        arguments(
            "a scalar of a type with blocks",
            raw().head(1, 0).tensor("a", GgmlType.Q4_0, 0).align().zeros(18),
            "rows of 1"),
        arguments(
            "a first tensor that is not at 0",
            raw().head(1, 0).tensor("a", GgmlType.F32, 32, 1).align().zeros(64),
            "is at offset 32"),
        arguments(
            "an offset that is not aligned",
            raw()
                .head(2, 0)
                .tensor("a", GgmlType.F32, 0, 1)
                .tensor("b", GgmlType.F32, 4, 1)
                .align()
                .zeros(64),
            "tensor 'b' is at offset 4 "),
        arguments(
            "a hole",
            raw()
                .head(2, 0)
                .tensor("a", GgmlType.F32, 0, 1)
                .tensor("b", GgmlType.F32, 64, 1)
                .align()
                .zeros(96),
            "tensor 'b' is at offset 64 "),
        arguments(
            "an overlap",
            raw()
                .head(2, 0)
                .tensor("a", GgmlType.F32, 0, 16)
                .tensor("b", GgmlType.F32, 32, 1)
                .align()
                .zeros(96),
            "tensor 'b' is at offset 32 "),
        arguments(
            "offsets out of order",
            raw()
                .head(2, 0)
                .tensor("a", GgmlType.F32, 32, 1)
                .tensor("b", GgmlType.F32, 0, 1)
                .align()
                .zeros(64),
            "tensor 'a' is at offset 32 "),
        arguments(
            "a negative offset",
            raw().head(1, 0).tensor("a", GgmlType.F32, -32, 1).align().zeros(64),
            "is at offset 18446744073709551584"),
        arguments(
            "a file that ends before its tensor data",
            raw().head(1, 0).tensor("a", GgmlType.F32, 0, 1),
            "file ends within tensor 'a'"),
        arguments(
            "a file that ends within its last tensor",
            raw().head(1, 0).tensor("a", GgmlType.F32, 0, 2).align().zeros(7),
            "file ends within tensor 'a'"));
  }

  private static Raw nested(int depth) {
    Raw raw = raw().head(0, 1).key("a", GgufType.ARRAY);
    for (int i = 1; i < depth; i++) {
      raw.u32(GgufType.ARRAY.id()).u64(1);
    }
    return raw.u32(GgufType.UINT8.id()).u64(1).u8(7);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void refuses(String what, Raw file, String message) {
    assertThatThrownBy(() -> read(file.done()))
        .as(what)
        .isInstanceOf(MalformedWeightsException.class)
        .hasMessageContaining(message);
  }

  static Stream<Arguments> unknown() {
    return Stream.of(
        arguments(raw().ascii("GGUF").u32(0).u64(0).u64(0), "version 0"),
        arguments(raw().ascii("GGUF").u32(4).u64(0).u64(0), "version 4"),
        arguments(raw().ascii("GGUF").u32(0x04000000).u64(0).u64(0), "version 4"),
        arguments(raw().ascii("GGUF").u32(-1).u64(0).u64(0), "version 4294967295"),
        arguments(raw().head(1, 0).string("a").u32(0).u32(4).u64(0).align().zeros(4), "type 4,"),
        arguments(raw().head(1, 0).string("a").u32(0).u32(43).u64(0).align().zeros(4), "type 43,"),
        arguments(raw().head(1, 0).string("a").u32(0).u32(-1).u64(0).align().zeros(4), "type -1,"),
        arguments(
            raw().head(1, 0).tensor("a", GgmlType.F32, 0, 1, 1, 1, 1, 1, 1).align().zeros(4),
            "6 dimensions"),
        arguments(
            raw().head(1, 0).tensor("n".repeat(128), GgmlType.F32, 0, 1).align().zeros(4),
            "tensor name is 128 bytes"),
        // BitNet's I2_S has the number of a type that ggml has given up.
        arguments(
            raw()
                .head(2, 0)
                .tensor("a", GgmlType.IQ4_NL_4_4, 0, 128)
                .tensor("b", GgmlType.F32, 64, 1)
                .align()
                .zeros(68),
            "tensor 'a' has type 36, which stands for another layout here"),
        arguments(
            raw().head(1, 0).tensor("a", GgmlType.IQ4_NL_4_4, 0, 128).align().zeros(64),
            "tensor 'a' has type 36, which stands for another layout here"),
        arguments(
            raw().head(1, 0).tensor("a", GgmlType.Q1_0, 0, 32).align().zeros(6),
            "tensor 'a' has type 41, which stands for another layout here"));
  }

  @ParameterizedTest
  @MethodSource("unknown")
  void knowsWhatItDoesNotKnow(Raw file, String message) {
    assertThatThrownBy(() -> read(file.done()))
        .isInstanceOf(UnsupportedWeightsException.class)
        .hasMessageContaining(message);
  }

  @Test
  void readsFiveDimensionsAndNamesOf127Bytes() throws IOException {
    String name = "n".repeat(127);

    GgufHeader header =
        read(
            raw()
                .head(1, 0)
                .tensor(name, GgmlType.F32, 0, 2, 2, 1, 16, 3)
                .align()
                .zeros(768)
                .done());

    assertThat(header.tensors())
        .singleElement()
        .satisfies(
            tensor -> {
              assertThat(tensor.name()).isEqualTo(name);
              assertThat(tensor.shape()).containsExactly(2L, 2L, 1L, 16L, 3L);
            });
  }

  @Test
  void saysOfTheFirstPieceHowMuchOfTheFileIsMissing() throws IOException {
    byte[] whole = sample().toByteArray();
    GgufTensor last = read(whole).tensors().get(read(whole).tensors().size() - 1);
    int dataEnd = (int) (last.offset() + last.bytes());
    for (int missing : new int[] {0, 1, 100, 144}) {
      byte[] piece = Arrays.copyOf(whole, dataEnd - missing);

      GgufHeader header = GgufReader.readFirstPiece(new InMemoryByteSource(piece, 11));

      assertThat(header.missingBytes()).isEqualTo(missing);
      assertThat(header.summary().method()).hasValue("Q4_K_M");
    }
  }

  private static GgufWriter sample() {
    return new GgufWriter()
        .put("general.architecture", "llama")
        .put("general.file_type", 15)
        .put(
            "tokenizer.ggml.tokens",
            GgufValue.array(GgufType.STRING, List.of(text("<s>"), text("ä"))))
        .tensor("a", GgmlType.Q4_K, List.of(256L), new byte[144])
        .tensor("b", GgmlType.F32, List.of(2L, 3L), new byte[24]);
  }

  @Test
  void refusesAFileThatIsCutOffAnywhereBeforeItsLastPadding() throws IOException {
    byte[] file = sample().toByteArray();
    GgufHeader header = read(file);
    GgufTensor last = header.tensors().get(1);
    int end = (int) (last.offset() + last.bytes());
    for (int length = 0; length < end; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThatThrownBy(() -> read(cut))
          .as("%d bytes", length)
          .isInstanceOf(MalformedWeightsException.class);
    }
    assertThat(read(Arrays.copyOf(file, end))).isEqualTo(header);
  }

  @Test
  void reportsWhatFollowsTheLastTensor() throws IOException {
    byte[] file = sample().toByteArray();
    assertThat(read(file).trailingBytes()).isZero();
    assertThat(read(Arrays.copyOf(file, file.length + 5)).trailingBytes()).isEqualTo(5);
  }

  @Test
  void throwsNothingElseWhateverByteIsFlipped() {
    byte[] file = sample().toByteArray();
    for (int bit = 0; bit < file.length * 8; bit++) {
      byte[] flipped = file.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      readOrRefuse(flipped);
    }
  }

  @Property
  void throwsNothingElseForRandomBytesInTheHeader(@ForAll long seed) {
    var random = new Random(seed);
    byte[] file = sample().toByteArray();
    for (int i = random.nextInt(20); i >= 0; i--) {
      file[random.nextInt(file.length)] = (byte) random.nextInt();
    }
    readOrRefuse(file);
  }

  @Property
  void throwsNothingElseForRandomBytesAfterTheMagic(@ForAll byte[] tail) {
    readOrRefuse(raw().ascii("GGUF").u32(3).done(), tail);
  }

  private static void readOrRefuse(byte[]... parts) {
    var file = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      file.writeBytes(part);
    }
    try {
      assertThat(read(file.toByteArray()).summary().format()).startsWith("GGUF v");
    } catch (IOException e) {
      assertThat(e)
          .isInstanceOfAny(MalformedWeightsException.class, UnsupportedWeightsException.class);
    }
  }

  @Test
  void keepsTheStartOfALongStringAndArray() throws IOException {
    GgufHeader header =
        read(
            new GgufWriter()
                .put("long", "ä".repeat(40_000))
                .put("many", GgufValue.array(GgufType.UINT32, numbers(1000)))
                .put("after", 7)
                .toByteArray());

    assertThat(header.find("long")).contains(new GgufValue.Text("ä".repeat(32_768), true));
    assertThat(header.find("many"))
        .contains(new GgufValue.Array(GgufType.UINT32, 1000, numbers(8)));
    assertThat(header.find("after")).contains(uint32(7));
    assertThat(header.find("many").orElseThrow().display())
        .isEqualTo("[0, 1, 2, 3, 4, 5, 6, 7, …]");
  }

  private static List<GgufValue> numbers(int count) {
    return Stream.iterate(0, i -> i + 1).limit(count).map(GgufValue::uint32).toList();
  }

  @Test
  void cutsALongStringBetweenCharacters() throws IOException {
    GgufHeader header = read(new GgufWriter().put("long", "a" + "ä".repeat(40_000)).toByteArray());

    assertThat(header.find("long")).contains(new GgufValue.Text("a" + "ä".repeat(32_767), true));
  }

  @Test
  void keepsNoMoreThanItsBudgetOfManyLongStrings() throws IOException {
    var writer = new GgufWriter();
    String value = "v".repeat(GgufReader.KEPT_TEXT_BYTES);
    for (int i = 0; i < 300; i++) {
      writer.put("key." + i, value);
    }
    GgufHeader header = GgufReader.read(new InMemoryByteSource(writer.toByteArray(), 1 << 20));

    assertThat(header.metadata()).hasSize(300);
    assertThat(header.find("key.0")).contains(text(value));
    assertThat(header.find("key.299")).contains(new GgufValue.Text("", true));
  }

  @Test
  void readsTokensThatAreNotWholeCharacters() throws IOException {
    byte[] file =
        raw().head(0, 1).key("tokens", GgufType.ARRAY).u32(8).u64(1).u64(1).u8(0xC3).done();
    assertThat(read(file).find("tokens").orElseThrow().display()).isEqualTo("[\uFFFD]");
  }

  @Test
  void readsArraysEightDeep() throws IOException {
    GgufHeader header = read(nested(8).done());
    assertThat(header.find("a").orElseThrow().display()).isEqualTo("[[[[[[[[7]]]]]]]]");
  }

  @Test
  void skipsArraysWithinArrays() throws IOException {
    List<GgufValue> rows =
        Stream.generate(() -> GgufValue.array(GgufType.STRING, List.of(text("x"), text("yz"))))
            .<GgufValue>map(row -> row)
            .limit(20)
            .toList();
    GgufHeader header =
        read(
            new GgufWriter()
                .put("rows", GgufValue.array(GgufType.ARRAY, rows))
                .put("after", 7)
                .toByteArray());

    assertThat(header.find("rows"))
        .contains(new GgufValue.Array(GgufType.ARRAY, 20, rows.subList(0, 8)));
    assertThat(header.find("after")).contains(uint32(7));
  }

  @ParameterizedTest
  @EnumSource(GgmlType.class)
  void knowsTheLengthOfEveryType(GgmlType type) throws IOException {
    byte[] data = new byte[2 * 3 * type.blockBytes()];
    GgufHeader header =
        read(
            new GgufWriter()
                .tensor("a", type, List.of(2L * type.blockElements(), 3L), data)
                .toByteArray());

    assertThat(header.tensors())
        .containsExactly(
            new GgufTensor(
                "a",
                type,
                List.of(2L * type.blockElements(), 3L),
                6L * type.blockElements(),
                header.dataOffset(),
                data.length));
    assertThat(header.summary().quantized()).isEqualTo(type.quantized());
  }

  @Test
  void readsAScalarAndATensorWithoutElements() throws IOException {
    GgufHeader header =
        read(
            new GgufWriter()
                .tensor("none", GgmlType.Q4_0, List.of(0L, 5L), new byte[0])
                .tensor("one", GgmlType.F32, List.of(), new byte[4])
                .toByteArray());

    assertThat(header.tensors()).extracting(GgufTensor::elements).containsExactly(0L, 1L);
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void readsBackWhatTheWriterWrote(
      @ForAll @IntRange(min = 1, max = 3) int version,
      @ForAll boolean bigEndian,
      @ForAll("values") List<GgufValue> values,
      @ForAll List<GgmlType> types,
      @ForAll @IntRange(min = 3, max = 8) int alignmentBits,
      @ForAll @IntRange(min = 1, max = 4096) int chunkSize)
      throws IOException {
    var writer =
        new GgufWriter(version, bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN)
            .put("general.alignment", 1 << alignmentBits);
    for (int i = 0; i < values.size(); i++) {
      writer.put("key." + i, values.get(i));
    }
    for (int i = 0; i < types.size(); i++) {
      GgmlType type = types.get(i);
      int rows = i % 3;
      writer.tensor(
          "tensor." + i,
          type,
          List.of((long) type.blockElements(), (long) rows),
          new byte[rows * type.blockBytes()]);
    }
    byte[] file = writer.toByteArray();
    GgufHeader header = GgufReader.read(new InMemoryByteSource(file, chunkSize));

    assertThat(header.version()).isEqualTo(version);
    assertThat(header.bigEndian()).isEqualTo(bigEndian);
    assertThat(header.alignment()).isEqualTo(1L << alignmentBits);
    assertThat(header.trailingBytes()).isZero();
    assertThat(header.metadata().stream().skip(1).map(GgufHeader.Entry::value).toList())
        .isEqualTo(values);
    assertThat(header.tensors()).extracting(GgufTensor::type).isEqualTo(types);
    assertThat(header.tensors())
        .allSatisfy(tensor -> assertThat(tensor.offset() % (1L << alignmentBits)).isZero());
    assertThat(header.dataOffset() % (1L << alignmentBits)).isZero();
  }

  @Provide
  Arbitrary<List<GgufValue>> values() {
    return value(3).list().ofMaxSize(6);
  }

  private static Arbitrary<GgufValue> value(int depth) {
    return Arbitraries.of(GgufType.values())
        .filter(type -> depth > 0 || type != GgufType.ARRAY)
        .flatMap(type -> value(type, depth));
  }

  private static Arbitrary<GgufValue> value(GgufType type, int depth) {
    return switch (type) {
      case UINT8 -> whole(type, 0, 255);
      case INT8 -> whole(type, -128, 127);
      case UINT16 -> whole(type, 0, 65_535);
      case INT16 -> whole(type, -32_768, 32_767);
      case UINT32 -> whole(type, 0, 0xFFFFFFFFL);
      case INT32 -> whole(type, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case UINT64, INT64 -> whole(type, Long.MIN_VALUE, Long.MAX_VALUE);
      case FLOAT32 -> Arbitraries.floats().map(f -> new GgufValue.Real(type, f));
      case FLOAT64 -> Arbitraries.doubles().map(d -> new GgufValue.Real(type, d));
      case BOOL -> Arbitraries.of(true, false).map(GgufValue.Bool::new);
      case STRING ->
          Arbitraries.strings()
              .withCharRange('\u0000', '\uD7FF')
              .ofMaxLength(20)
              .map(GgufValue::text);
      case ARRAY ->
          Arbitraries.of(GgufType.values())
              .filter(element -> depth > 1 || element != GgufType.ARRAY)
              .flatMap(
                  element ->
                      Combinators.combine(
                              Arbitraries.just(element),
                              value(element, depth - 1).list().ofMaxSize(8))
                          .as(GgufValue::array));
    };
  }

  private static Arbitrary<GgufValue> whole(GgufType type, long least, long most) {
    return Arbitraries.longs().between(least, most).map(value -> new GgufValue.Whole(type, value));
  }

  @Test
  void readsNoFurtherThanTheDirectory() throws IOException {
    byte[] file =
        new GgufWriter().tensor("a", GgmlType.I8, List.of(10_000L), new byte[10_000]).toByteArray();
    var source = new InMemoryByteSource(file, 16);
    GgufHeader header = GgufReader.read(source);

    assertThat((long) source.position()).isLessThanOrEqualTo(header.dataOffset());
  }

  @Test
  void tellsUnsignedFromSignedNumbers() {

    assertThat(new GgufValue.Whole(GgufType.UINT64, -1).display())
        .isEqualTo("18446744073709551615");
    assertThat(new GgufValue.Whole(GgufType.INT64, -1).display()).isEqualTo("-1");
    assertThat(new GgufValue.Real(GgufType.FLOAT32, (double) 0.1f).display()).isEqualTo("0.1");
  }
}
