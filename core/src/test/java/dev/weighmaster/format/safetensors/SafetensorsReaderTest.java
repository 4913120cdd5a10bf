package dev.weighmaster.format.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.InMemoryByteSource;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsReaderTest {

  private static SafetensorsHeader read(byte[] file) throws IOException {
    return SafetensorsReader.read(new InMemoryByteSource(file, 37));
  }

  private static byte[] file(byte[] header, int dataBytes) {
    return ByteBuffer.allocate(Long.BYTES + header.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .array();
  }

  private static byte[] file(String header, int dataBytes) {
    return file(header.replace('\'', '"').getBytes(StandardCharsets.UTF_8), dataBytes);
  }

  /** A header of one tensor {@code a}. */
  private static String tensor(String dtype, String shape, String offsets) {
    return "{'a':{'dtype':%s,'shape':%s,'data_offsets':%s}}".formatted(dtype, shape, offsets);
  }

  /** A header of one sound tensor with an entry that the format does not have. */
  private static String unknown(String value) {
    return "{'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4],'x':%s}}".formatted(value);
  }

  static Stream<Arguments> malformed() {
    String a = "'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4]}";
    return Stream.of(
        arguments("an empty header", "", 0, "the header is empty"),
        arguments("only spaces", "   ", 0, "the header is empty"),
        arguments("a byte order mark", "\uFEFF{}", 0, "the header"),
        arguments("an array", "[]", 0, "the header is not an object"),
        arguments("null", "null", 0, "the header is not an object"),
        arguments("no JSON", "{]", 0, "not sound JSON"),
        arguments("half an object", "{" + a, 4, "not sound JSON"),
        arguments("a comment", "{/**/}", 0, "not sound JSON"),
        arguments("a trailing comma", "{" + a + ",}", 4, "not sound JSON"),
        arguments("a second object", "{}{}", 0, "goes on after"),
        arguments("a NUL after the brace", "{}\0", 0, "goes on after"),
        arguments("text far after the brace", "{}" + " ".repeat(20_000) + "x", 0, "goes on after"),
        arguments("metadata twice", "{'__metadata__':{},'__metadata__':{}}", 0, "twice"),
        arguments(
            "metadata twice, once null", "{'__metadata__':null,'__metadata__':{}}", 0, "twice"),
        arguments(
            "a dtype twice",
            "{'a':{'dtype':'U8','dtype':'U8','shape':[0],'data_offsets':[0,0]}}",
            0,
            "entry twice"),
        arguments("metadata of a number", "{'__metadata__':{'k':1}}", 0, "'k' of __metadata__"),
        arguments("metadata of null", "{'__metadata__':{'k':null}}", 0, "'k' of __metadata__"),
        arguments("metadata in a string", "{'__metadata__':'a'}", 0, "__metadata__ is not"),
        arguments("nested metadata", "{'__metadata__':{'k':{}}}", 0, "is not a string"),
        arguments("a control character", "{'__metadata__':{'k':'\n'}}", 0, "not sound JSON"),
        arguments("half a surrogate pair", "{'\\ud800':{}}", 0, "half a surrogate pair"),
        arguments("a tensor of null", "{'a':null}", 0, "tensor 'a' is not an object"),
        arguments("half a pair in metadata", "{'__metadata__':{'k':'\\ud800'}}", 0, "half a"),
        arguments("half a pair in what is skipped", unknown("['\\udc00']"), 4, "half a surrogate"),
        arguments("half a pair in a skipped name", unknown("{'\\udc00':1}"), 4, "half a surrogate"),
        arguments("a skipped number out of range", unknown("1e400"), 4, "out of range"),
        arguments("a skipped value that is none", unknown("[1,]"), 4, "not sound JSON"),
        arguments("NaN", unknown("NaN"), 4, "not sound JSON"),
        arguments(
            "nesting of 128", unknown("[".repeat(126) + "]".repeat(126)), 4, "more than 127 deep"),
        arguments("a tensor of a short list", "{'a':['U8',[4]]}", 4, "is not an array"),
        arguments("a tensor of a long list", "{'a':['U8',[4],[0,4],1]}", 4, "has more than"),
        arguments("a tensor of an empty list", "{'a':[]}", 0, "is not a string"),
        arguments("a dtype of two", tensor("{'U8':null,'I8':null}", "[4]", "[0,4]"), 4, "dtype of"),
        arguments("a dtype of a value", tensor("{'U8':1}", "[4]", "[0,4]"), 4, "dtype of"),
        arguments("an empty tensor", "{'a':{}}", 0, "lacks its dtype"),
        arguments("no dtype", "{'a':{'shape':[0],'data_offsets':[0,0]}}", 0, "lacks"),
        arguments("no shape", "{'a':{'dtype':'U8','data_offsets':[0,0]}}", 0, "lacks"),
        arguments("no offsets", "{'a':{'dtype':'U8','shape':[0]}}", 0, "lacks"),
        arguments("a dtype of a number", tensor("8", "[4]", "[0,4]"), 4, "dtype of tensor 'a'"),
        arguments("a shape of a number", tensor("'U8'", "4", "[0,4]"), 4, "is not an array"),
        arguments("a shape of strings", tensor("'U8'", "['4']", "[0,4]"), 4, "not an integer"),
        arguments("a fraction", tensor("'U8'", "[4.0]", "[0,4]"), 4, "not an integer"),
        arguments("an exponent", tensor("'U8'", "[4e0]", "[0,4]"), 4, "not an integer"),
        arguments("a leading zero", tensor("'U8'", "[04]", "[0,4]"), 4, "not sound JSON"),
        arguments("a negative dimension", tensor("'U8'", "[-4]", "[0,4]"), 4, "not an integer"),
        arguments("minus zero", tensor("'U8'", "[-0]", "[0,0]"), 0, "not an integer"),
        arguments(
            "a dimension of 2^64", tensor("'U8'", "[18446744073709551616]", "[0,4]"), 4, "range"),
        arguments("a deep shape", tensor("'U8'", "[[4]]", "[0,4]"), 4, "not an integer"),
        arguments(
            "nesting without end", "{'__metadata__':" + "[".repeat(50_000), 0, "not an object"),
        arguments("one offset", tensor("'U8'", "[4]", "[4]"), 4, "not a begin and an end"),
        arguments("no offset", tensor("'U8'", "[4]", "[]"), 4, "not a begin and an end"),
        arguments("three offsets", tensor("'U8'", "[4]", "[0,4,4]"), 4, "more than 2"),
        arguments("an end before the begin", tensor("'U8'", "[4]", "[4,0]"), 4, "not a begin"),
        arguments("a negative begin", tensor("'U8'", "[4]", "[-4,0]"), 4, "not an integer"),
        arguments("a shape of too few", tensor("'U8'", "[3]", "[0,4]"), 4, "makes 24 bits"),
        arguments("a wider dtype", tensor("'F16'", "[4]", "[0,4]"), 4, "makes 64 bits"),
        arguments("a scalar of two bytes", tensor("'U8'", "[]", "[0,2]"), 2, "makes 8 bits"),
        arguments("half a byte", tensor("'F4'", "[3]", "[0,1]"), 1, "makes 12 bits"),
        arguments("three quarters of a byte", tensor("'F6_E2M3'", "[1]", "[0,1]"), 1, "6 bits"),
        arguments(
            "more than 2^63 elements",
            tensor("'U8'", "[4294967296,4294967296]", "[0,4]"),
            4,
            "more elements than can be"),
        arguments(
            "more than 2^63 bits",
            tensor("'F64'", "[1152921504606846976]", "[0,4]"),
            4,
            "makes 73786976294838206464 bits"),
        arguments("a first tensor that is not at 0", tensor("'U8'", "[4]", "[4,8]"), 8, "not at 0"),
        arguments(
            "a hole",
            "{" + a + ",'b':{'dtype':'U8','shape':[1],'data_offsets':[5,6]}}",
            6,
            "tensor 'b' begins at 5 of the tensor data, not at 4"),
        arguments(
            "an overlap",
            "{" + a + ",'b':{'dtype':'U8','shape':[2],'data_offsets':[3,5]}}",
            5,
            "tensor 'b' begins at 3 of the tensor data, not at 4"),
        arguments(
            "the same bytes twice",
            "{" + a + ",'b':{'dtype':'U8','shape':[4],'data_offsets':[0,4]}}",
            4,
            "begins at 0 of the tensor data, not at 4"),
        arguments("a byte too many", "{" + a + "}", 5, "take 4 bytes where the file has 5"),
        arguments("a byte too few", "{" + a + "}", 3, "take 4 bytes where the file has 3"),
        arguments("data without a tensor", "{}", 1, "take 0 bytes where the file has 1"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void refuses(String what, String header, int dataBytes, String message) {
    assertThatThrownBy(() -> read(file(header, dataBytes)))
        .as(what)
        .isInstanceOf(MalformedWeightsException.class)
        .hasMessageContaining(message);
  }

  static Stream<Arguments> lengths() {
    return Stream.of(
        arguments(-1L, "18446744073709551615"),
        arguments(1L << 60, "1152921504606846976"),
        arguments(100_000_001L, "100000001"),
        arguments(100_000_000L, "file ends within the header"),
        arguments(93L, "file ends within the header"));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void refusesALengthThatCannotBe(long length, String message) {
    byte[] file = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(MalformedWeightsException.class)
        .hasMessageContaining(message);
  }

  static Stream<byte[]> notUtf8() {
    return Stream.of(
        new byte[] {(byte) 0xFF},
        new byte[] {(byte) 0xC0, (byte) 0x80},
        new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
        new byte[] {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80});
  }

  @ParameterizedTest
  @MethodSource("notUtf8")
  void refusesWhatIsNotUtf8(byte[] text) {
    for (String[] around :
        new String[][] {{"{\"", "\":{}}"}, {"{\"__metadata__\":{\"k\":\"", "\"}}"}, {"{}", ""}}) {
      byte[] before = around[0].getBytes(StandardCharsets.US_ASCII);
      byte[] after = around[1].getBytes(StandardCharsets.US_ASCII);
      byte[] header =
          ByteBuffer.allocate(before.length + text.length + after.length)
              .put(before)
              .put(text)
              .put(after)
              .array();
      assertThatThrownBy(() -> read(file(header, 0))).isInstanceOf(MalformedWeightsException.class);
    }
  }

  @Test
  void knowsWhatItDoesNotKnow() {
    assertThatThrownBy(() -> read(file(tensor("'F3'", "[8]", "[0,3]"), 3)))
        .isInstanceOf(UnsupportedWeightsException.class)
        .hasMessageContaining("tensor 'a' has dtype 'F3', which is not known");
  }

  static Stream<Arguments> taken() {
    String a = "'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4]}";
    return Stream.of(
        arguments("no metadata", "{'__metadata__':null," + a + "}"),
        arguments("empty metadata", "{'__metadata__':{}," + a + "}"),
        arguments("metadata in the middle", "{" + a + ",'__metadata__':{'k':'v','k':'w'}}"),
        arguments("white space around", "\t\r\n {" + a + "}\n\r\t "),
        arguments(
            "an unknown entry", unknown("{'y':[1e300,-1,true,null,'z',123456789012345678901]}")),
        arguments("nesting of 127", unknown("[".repeat(125) + "]".repeat(125))),
        arguments(
            "a tensor twice", "{'a':{'dtype':'F16','shape':[9],'data_offsets':[1,2]}," + a + "}"),
        arguments(
            "a tensor twice, once escaped",
            "{'\\u0061':{'dtype':'U8','shape':[0],'data_offsets':[4,4]}," + a + "}"),
        arguments("a tensor as a list", "{'a':['U8',[4],[0,4]]}"),
        arguments("a dtype as an object", tensor("{'U8':null}", "[4]", "[0,4]")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("taken")
  void takesWhatTheReferenceTakes(String what, String header) throws IOException {
    assertThat(read(file(header, 4)).tensors())
        .as(what)
        .containsExactly(
            new SafetensorsTensor("a", SafetensorsType.U8, List.of(4L), 4, 8 + header.length(), 4));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[4611686018427387904,3,0]", "[0,4611686018427387904,4611686018427387904]"})
  void multipliesFromTheLeftWithoutASign(String shape) throws IOException {
    assertThat(read(file(tensor("'U8'", shape, "[0,0]"), 0)).tensors())
        .extracting(SafetensorsTensor::elements)
        .containsExactly(0L);
  }

  static Stream<Arguments> unsupported() {
    return Stream.of(
        arguments(tensor("'U8'", "[1" + ",1".repeat(64) + "]", "[0,4]"), "more than 64 numbers"),
        arguments(tensor("'U8'", "[9223372036854775808,0]", "[0,4]"), "2^63 or more"),
        arguments("{'" + "n".repeat(70_000) + "':{}}", "the header"));
  }

  @ParameterizedTest
  @MethodSource("unsupported")
  void aLimitOfItsOwnIsNoFaultOfTheFile(String header, String message) {
    assertThatThrownBy(() -> read(file(header, 4)))
        .isInstanceOf(UnsupportedWeightsException.class)
        .hasMessageContaining(message);
  }

  private static SafetensorsWriter sample() {
    return new SafetensorsWriter()
        .put("format", "pt")
        .tensor("model.weight", SafetensorsType.BF16, List.of(2L, 3L), new byte[12])
        .tensor("model.scale", SafetensorsType.F32, List.of(), new byte[4]);
  }

  @Test
  void readsTheDirectory() throws IOException {
    SafetensorsHeader header = read(sample().toByteArray());

    assertThat(header.metadata())
        .containsExactly(new SafetensorsHeader.Entry("format", "pt", false));
    assertThat(header.dataOffset() % 8).isZero();
    assertThat(header.tensors())
        .containsExactly(
            new SafetensorsTensor(
                "model.weight", SafetensorsType.BF16, List.of(2L, 3L), 6, header.dataOffset(), 12),
            new SafetensorsTensor(
                "model.scale", SafetensorsType.F32, List.of(), 1, header.dataOffset() + 12, 4));
  }

  @Test
  void sortsTensorsByTheirData() throws IOException {
    SafetensorsHeader header =
        read(
            file(
                "{'b':{'dtype':'U8','shape':[2],'data_offsets':[1,3]},"
                    + "'none':{'dtype':'F32','shape':[0,7],'data_offsets':[1,1]},"
                    + "'a':{'data_offsets':[0,1],'shape':[2],'dtype':'F4'}}   ",
                3));

    assertThat(header.tensors())
        .extracting(SafetensorsTensor::name)
        .containsExactly("a", "none", "b");
  }

  @Test
  void refusesAFileThatIsCutOffAnywhere() {
    byte[] file = sample().toByteArray();
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThatThrownBy(() -> read(cut))
          .as("%d bytes", length)
          .isInstanceOf(MalformedWeightsException.class);
    }
  }

  @Test
  void throwsNothingElseWhateverBitIsFlipped() {
    byte[] file = sample().toByteArray();
    for (int bit = 0; bit < file.length * 8; bit++) {
      byte[] flipped = file.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      readOrRefuse(flipped);
    }
  }

  @Property
  void throwsNothingElseForRandomBytes(@ForAll long seed) {
    var random = new Random(seed);
    byte[] file = sample().toByteArray();
    for (int i = random.nextInt(10); i >= 0; i--) {
      file[8 + random.nextInt(file.length - 8)] = (byte) random.nextInt();
    }
    readOrRefuse(file);
  }

  private static void readOrRefuse(byte[] file) {
    try {
      assertThat(read(file).summary().format()).isEqualTo("safetensors");
    } catch (IOException e) {
      assertThat(e)
          .isInstanceOfAny(MalformedWeightsException.class, UnsupportedWeightsException.class);
    }
  }

  @Property
  void readsBackWhatTheWriterWrote(
      @ForAll @Size(max = 20) List<SafetensorsType> types,
      @ForAll @IntRange(min = 1, max = 4096) int chunkSize)
      throws IOException {
    var writer = new SafetensorsWriter().put("kéy \"\\", "välue\n\u0000\uD83D\uDE00");
    for (int i = 0; i < types.size(); i++) {
      writer.tensor(
          "tensor." + i,
          types.get(i),
          List.of(4L, (long) (i % 3)),
          new byte[types.get(i).bits() * (i % 3) / 2]);
    }
    SafetensorsHeader header =
        SafetensorsReader.read(new InMemoryByteSource(writer.toByteArray(), chunkSize));

    assertThat(header.metadata())
        .containsExactly(
            new SafetensorsHeader.Entry("kéy \"\\", "välue\n\u0000\uD83D\uDE00", false));
    assertThat(header.tensors())
        .extracting(SafetensorsTensor::type)
        .containsExactlyInAnyOrderElementsOf(types);
    assertThat(header.tensors())
        .allSatisfy(
            tensor ->
                assertThat(tensor.bytes() * 8).isEqualTo(tensor.elements() * tensor.type().bits()));
  }

  @Test
  void readsNoFurtherThanTheHeader() throws IOException {
    byte[] file =
        new SafetensorsWriter()
            .tensor("a", SafetensorsType.U8, List.of(100_000L), new byte[100_000])
            .toByteArray();
    var source = new InMemoryByteSource(file, 16);
    SafetensorsHeader header = SafetensorsReader.read(source);

    assertThat((long) source.position()).isBetween(header.dataOffset(), header.dataOffset() + 15);
  }

  @Test
  void keepsTheStartOfALongMetadataValue() throws IOException {
    SafetensorsHeader header =
        read(new SafetensorsWriter().put("long", "x".repeat(100_000)).toByteArray());

    assertThat(header.metadata())
        .containsExactly(
            new SafetensorsHeader.Entry("long", "x".repeat(SafetensorsReader.KEPT_TEXT), true));
  }

  @Test
  void marksTheTypesThatAQuantizationLeaves() throws IOException {
    WeightsSummary summary =
        read(new SafetensorsWriter()
                .tensor("q_proj.qweight", SafetensorsType.I32, List.of(16L), new byte[64])
                .tensor("q_proj.qzeros", SafetensorsType.I32, List.of(2L), new byte[8])
                .tensor("q_proj.g_idx", SafetensorsType.I32, List.of(4L), new byte[16])
                .tensor("norm.weight", SafetensorsType.F16, List.of(2L), new byte[4])
                .tensor("k_proj.weight", SafetensorsType.F8_E4M3, List.of(2L), new byte[2])
                .toByteArray())
            .summary();

    assertThat(summary.types())
        .containsExactly(
            new TypeCount("I32", true, 2, 18, 72),
            new TypeCount("I32", false, 1, 4, 16),
            new TypeCount("F16", false, 1, 2, 4),
            new TypeCount("F8_E4M3", true, 1, 2, 2));
    assertThat(summary.method()).isEmpty();
    assertThat(summary.role()).isEqualTo(Role.MODEL);
  }

  @Test
  void knowsAnAdapterByItsTensors() throws IOException {
    var adapter =
        new SafetensorsWriter()
            .tensor("q.lora_A.weight", SafetensorsType.F32, List.of(1L), new byte[4])
            .tensor("q.lora_B.weight", SafetensorsType.F32, List.of(1L), new byte[4]);
    assertThat(read(adapter.toByteArray()).summary().role()).isEqualTo(Role.ADAPTER);

    adapter.tensor("q.weight", SafetensorsType.F32, List.of(1L), new byte[4]);
    assertThat(read(adapter.toByteArray()).summary().role()).isEqualTo(Role.MODEL);
    assertThat(read(new SafetensorsWriter().toByteArray()).summary().role()).isEqualTo(Role.MODEL);
  }

  @Test
  void readsWhatTransformersWrites() throws IOException {
    Path directory =
        Path.of(System.getProperty("weighmaster.root"), "../shared/fixtures/hf/tiny-llama");
    Assumptions.assumeThat(directory).as("a model that Transformers has written").exists();
    var index =
        ShardIndexReader.read(
            new InMemoryByteSource(
                Files.readAllBytes(directory.resolve("model.safetensors.index.json"))));

    assertThat(index.files())
        .containsExactly("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
    for (String name : index.files()) {
      SafetensorsHeader header =
          SafetensorsReader.read(
              new InMemoryByteSource(Files.readAllBytes(directory.resolve(name))));
      assertThat(header.tensors()).isNotEmpty();
      assertThat(header.summary().quantized()).isFalse();
    }
  }
}
