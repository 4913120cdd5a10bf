package dev.weighmaster.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not stored as its layout has it is named, with what is wrong. */
class HostilePackingTest {
  private static final String STEM = "proj";
  private static final String WEIGHT = STEM + ".weight";
  private static final Quantized MATRIX = Quantized.random(32, 64, 32, 4, 1);

  private interface Change {
    void make(PackedWriter writer);
  }

  private PackedModel pack(PackedWriter writer, PackingConfig config) throws IOException {
    ModelTensors model = writer.model();
    return PackedModel.of(model, config);
  }

  private void assertUnpackable(PackedWriter writer, PackingConfig config, String message)
      throws IOException {
    PackedModel packed = pack(writer, config);

    assertThat(packed.matrices()).isEmpty();
    assertThat(packed.unpackable()).containsOnlyKeys(WEIGHT);
    assertThat(packed.unpackable().get(WEIGHT)).contains(message).doesNotContain("\n");
  }

  private static PackingConfig config(String method, String format, long groupSize) {
    return PackingConfig.of(method, Optional.empty(), Optional.of(groupSize), format);
  }

  private static byte[] ints(int... values) {
    var buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asIntBuffer().put(values);
    return buffer.array();
  }

  static Stream<Arguments> gptq() {
    return Stream.of(
        change("scales\" is missing", writer -> writer.remove("proj.scales")),
        change("qzeros\" is missing", writer -> writer.remove("proj.qzeros")),
        change("how many bits", writer -> writer.remove("proj.g_idx")),
        change(
            "how many bits",
            writer -> writer.put("proj.g_idx", SafetensorsType.I32, List.of(55L), new byte[220])),
        change("column 5 is in group -1 of 2", writer -> group(writer, 5, -1)),
        change("column 5 is in group 2 of 2", writer -> group(writer, 5, 2)),
        change("column 5 is in group 2147483647", writer -> group(writer, 5, Integer.MAX_VALUE)),
        change("group 1 has 33 columns where the first has 31", writer -> group(writer, 5, 1)),
        change(
            "is F32, not [I32]",
            writer ->
                writer.put(
                    "proj.qweight",
                    SafetensorsType.F32,
                    List.of(8L, 32L),
                    writer.get("proj.qweight").bytes())),
        change(
            "has shape [64] (the row's length first)",
            writer ->
                writer.put(
                    "proj.scales",
                    SafetensorsType.F16,
                    List.of(64L),
                    writer.get("proj.scales").bytes())),
        change(
            "has shape [2, 4] (the row's length first), not [4, 2]",
            writer ->
                writer.put(
                    "proj.qzeros",
                    SafetensorsType.I32,
                    List.of(4L, 2L),
                    writer.get("proj.qzeros").bytes())),
        change(
            "it has 0 groups",
            writer ->
                writer.put("proj.scales", SafetensorsType.F16, List.of(0L, 32L), new byte[0])),
        change(
            "it has 0 rows",
            writer ->
                writer.put("proj.qweight", SafetensorsType.I32, List.of(8L, 0L), new byte[0])));
  }

  private static Arguments change(String message, Change change) {
    return arguments(message, change);
  }

  private static void group(PackedWriter writer, int column, int group) {
    ByteBuffer.wrap(writer.get("proj.g_idx").bytes())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(4 * column, group);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("gptq")
  void gptqThatIsNotStoredAsItsLayoutHasItIsNamed(String message, Change change)
      throws IOException {
    PackedWriter writer = new PackedWriter().gptq(STEM, MATRIX, 4, 1);
    change.make(writer);

    assertUnpackable(writer, config("GPTQ", "gptq", 32), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"marlin", "gptq_p", "bitblas"})
  void aFormatOfGptqThatIsNotKnownIsNamed(String format) throws IOException {
    assertUnpackable(
        new PackedWriter().gptq(STEM, MATRIX, 4, 1),
        config("GPTQ", format, 32),
        "no GPTQ format is " + format);
  }

  @Test
  void aMethodWhoseLayoutIsNotKnownIsNamed() throws IOException {
    assertUnpackable(
        new PackedWriter().gptq(STEM, MATRIX, 4, 1),
        config("AUTO\n-ROUND", "gptq", 32),
        "how AUTO -ROUND packs it is not known");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -2, 1, 48, Long.MAX_VALUE, Long.MIN_VALUE})
  void groupsOfAwqOfASizeThatTheyCantHaveAreNamed(long groupSize) throws IOException {
    assertUnpackable(
        new PackedWriter().awqGemv(STEM, MATRIX, 32),
        config("AWQ", "gemv", groupSize),
        groupSize == 1 ? "has shape" : "64 columns have no groups of " + groupSize);
  }

  @Test
  void awqOfAnotherVersionThanTheConfigurationSaysIsNamed() throws IOException {
    PackedWriter gemm = new PackedWriter().awqGemm(STEM, MATRIX);

    assertUnpackable(gemm, config("AWQ", "gemv", 32), "has shape");
    assertUnpackable(gemm, config("AWQ", "gemv_fast", 32), "is I32, not [I16]");
    assertUnpackable(gemm, config("AWQ", "marlin", 32), "no AWQ format is marlin");
  }

  @ParameterizedTest
  @CsvSource({
    "31, 64, weight_shape is not one of 32 rows",
    "32, 0, it has 0 columns",
    "32, -64, it has -64 columns",
    "32, 2147483647, it has 2147483647 columns",
    "32, 100, 100 codes do not take 8 words"
  })
  void aWeightShapeThatItsCodesDontHaveIsNamed(int rows, int columns, String message)
      throws IOException {
    PackedWriter writer =
        new PackedWriter()
            .packed(STEM, MATRIX, 4, true, SafetensorsType.F16)
            .put(WEIGHT + "_shape", SafetensorsType.I32, List.of(2L), ints(rows, columns));

    assertUnpackable(writer, PackingConfig.NONE, message);
  }

  @Test
  void aWeightShapeOfMoreThan32BitsIsNamed() throws IOException {
    PackedWriter writer =
        new PackedWriter()
            .packed(STEM, MATRIX, 4, true, SafetensorsType.F16)
            .put(WEIGHT + "_shape", SafetensorsType.I64, List.of(2L), ints(32, 0, 64, 1));

    assertUnpackable(writer, PackingConfig.NONE, "weight_shape");
  }

  @Test
  void scalesThatDontFitTheMatrixAreNamed() throws IOException {
    PackedWriter writer =
        new PackedWriter()
            .bytes(WEIGHT, SafetensorsType.F8_E4M3, new int[8][8])
            .floats(WEIGHT + "_scale", SafetensorsType.F32, new float[3][3]);

    assertUnpackable(writer, PackingConfig.NONE, "scales of shape [3, 3] are not for 8 rows of 8");
  }

  @Test
  void aGlobalScaleOfSeveralNumbersIsNamed() throws IOException {
    PackedWriter writer =
        new PackedWriter()
            .nibbles(WEIGHT + "_packed", new int[4][32])
            .bytes(WEIGHT + "_scale", SafetensorsType.F8_E4M3, new int[4][2])
            .vector(WEIGHT + "_global_scale", SafetensorsType.F32, new float[2]);

    assertUnpackable(writer, PackingConfig.NONE, "global scale is not one number");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|is not a JSON object",
        "[]|is not a JSON object",
        "{}|quant_type is missing",
        "{\"quant_type\": \"fp4\"}|quant_type must be nf4",
        "{\"quant_type\": \"nf4\", \"shape\": [32]}|shape must be two",
        "{\"quant_type\": \"nf4\", \"shape\": [32, -64]}|shape must be two",
        "{\"quant_type\": \"nf4\", \"shape\": [1e99, 64]}|shape[0] must be an integer",
        "{\"quant_type\": \"nf4\", \"shape\": [9223372036854775807, 64]}|rows, not",
        "{\"quant_type\": \"nf4\", \"shape\": [32, 99999999]}|columns, not",
        "{\"quant_type\": \"nf4\", \"shape\": [32, 64], \"blocksize\": 0}|blocksize must be",
        "{\"quant_type\": \"nf4\", \"shape\": [32, 64], \"blocksize\": -64}|blocksize must be",
        "{\"quant_type\": \"nf4\", \"shape\": [32, 64], \"blocksize\": 63}|blocksize must be",
        "{\"quant_type\": \"nf4\", \"shape\": [32, 64], \"blocksize\": 8192}|blocksize must be",
        "{\"quant_type\": \"nf4\", \"shape\": [33, 33], \"blocksize\": 64}|last block is not",
        "{\"quant_type\": \"nf4\", \"shape\": [16, 64], \"blocksize\": 64}|bytes of codes for 16",
        "{\"quant_type\": \"nf4\", \"shape\": [32, 64], \"blocksize\": 128}|it has 32 scales",
        "{\"quant_type\": \"nf4\", \"shape\": [32, 64], \"blocksize\": 64, \"nested_offset\": \"x\"}"
            + "|nested_blocksize must be",
        "{\"quant_type\": \"nf4\", \"shape\": [32, 64], \"blocksize\": 64, \"nested_blocksize\": 256,"
            + " \"nested_offset\": 1e999}|nested_offset must be a finite number",
        "{\"quant_type\": \"nf4\", \"shape\": [32, 64], \"blocksize\": 64, \"nested_blocksize\": 256,"
            + " \"nested_offset\": 0}|is F32, not [U8]",
        "{\"quant_type\": \"nf4\", \"quant_type\": \"fp4\"}|Duplicate"
      })
  void aQuantStateThatIsNotOneOfBitsAndBytesIsNamed(String state, String message)
      throws IOException {
    assertUnpackable(blocks(state), PackingConfig.NONE, message);
  }

  private static PackedWriter blocks(String state) {
    return new PackedWriter()
        .blockwise(WEIGHT, new int[32 * 64], CodeType.NF4, state, new float[32]);
  }

  @Test
  void aQuantStateThatIsDeepOrLongIsNamed() throws IOException {
    assertUnpackable(blocks("{\"a\":".repeat(10_000)), PackingConfig.NONE, "quant_state");
    assertUnpackable(blocks(" ".repeat(70_000)), PackingConfig.NONE, "more than 65536 bytes");
  }

  @Test
  void levelsThatAreNotThoseOfTheTypeAreNamed() throws IOException {
    PackedWriter writer = blocks(LayoutsTest.state(CodeType.NF4, 32, 64, ""));
    float[] levels = CodeType.NF4.levels();
    levels[3] = Float.NaN;
    writer.vector(WEIGHT + ".quant_map", SafetensorsType.F32, levels);

    assertUnpackable(writer, PackingConfig.NONE, "code 3 stands for NaN");
  }

  @Test
  void levelsOfScalesThatAreNotThoseOfTheirTypeAreNamed() throws IOException {
    String more = ", \"nested_blocksize\": 256, \"nested_offset\": 0";
    PackedWriter writer =
        blocks(LayoutsTest.state(CodeType.NF4, 32, 64, more))
            .put(WEIGHT + ".absmax", SafetensorsType.U8, List.of(32L), new byte[32])
            .vector(WEIGHT + ".nested_absmax", SafetensorsType.F32, new float[1])
            .vector(WEIGHT + ".nested_quant_map", SafetensorsType.F32, new float[256]);

    assertUnpackable(writer, PackingConfig.NONE, "code 0 of a scale stands for 0.0, not for -0.99");
  }

  @Test
  void scalesThatAreNoNumbersMakeWeightsThatAreNone() throws IOException {
    PackedWriter writer = new PackedWriter().gptq(STEM, MATRIX, 4, 1);
    writer.get("proj.scales").bytes()[1] = 0x7E;

    CodeRows rows = pack(writer, config("GPTQ", "gptq", 32)).matrices().get(0).open();
    float[] weights = new float[64];
    rows.advance();
    rows.decode(weights);

    assertThat(weights[0]).isNaN();
    assertThat(weights[40]).isFinite();
  }
}
