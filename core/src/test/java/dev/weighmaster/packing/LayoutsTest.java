package dev.weighmaster.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a quantizer packed is unpacked, whatever the layout. */
class LayoutsTest {
  private static final String STEM = "model.layers.0.mlp.up_proj";
  private static final String WEIGHT = STEM + ".weight";

  private static PackingConfig config(String method, String format, long groupSize) {
    return PackingConfig.of(method, Optional.empty(), Optional.of(groupSize), format);
  }

  private PackedMatrix only(PackedWriter writer, PackingConfig config) throws IOException {
    ModelTensors model = writer.model();
    PackedModel packed = PackedModel.of(model, config);
    assertThat(packed.unpackable()).isEmpty();
    assertThat(packed.plain()).isEmpty();
    assertThat(packed.matrices()).hasSize(1);
    PackedMatrix matrix = packed.matrices().get(0);
    assertThat(matrix.name()).isEqualTo(WEIGHT);
    assertThat(matrix.tensors()).hasSameSizeAs(model.tensors());
    return matrix;
  }

  private static void assertUnpacks(PackedMatrix matrix, Quantized quantized) throws IOException {
    assertThat(matrix.rows()).isEqualTo(quantized.rows());
    assertThat(matrix.columns()).isEqualTo(quantized.columns());
    CodeRows rows = matrix.open();
    float[] weights = new float[matrix.columns()];
    for (int row = 0; row < quantized.rows(); row++) {
      assertThat(rows.advance()).isTrue();
      assertThat(rows.row()).isEqualTo(row);
      byte[] codes = rows.codes();
      assertThat(IntStream.range(0, codes.length).map(i -> codes[i] & 0xFF).toArray())
          .as("codes of row %d", row)
          .isEqualTo(quantized.codes()[row]);
      assertThat(rows.scales()).isEqualTo(quantized.scales()[row]);
      float[] zeros = new float[quantized.groups()];
      for (int i = 0; i < zeros.length; i++) {
        zeros[i] = quantized.zeros()[row][i];
      }
      assertThat(rows.zeros()).as("zero points of row %d", row).isEqualTo(zeros);
      rows.decode(weights);
      assertThat(weights).isEqualTo(quantized.decoded(row));
    }
    assertThat(rows.advance()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "3, 1", "4, 1", "8, 1", "2, 0", "3, 0", "4, 0", "8, 0"})
  void gptqIsUnpackedInBothVersionsOfItsFormat(int bits, int lessBy) throws IOException {
    Quantized quantized = Quantized.random(64, 96, 32, bits, bits);
    PackedWriter writer = new PackedWriter().gptq(STEM, quantized, bits, lessBy);

    PackedMatrix matrix = only(writer, config("GPTQ", lessBy == 0 ? "gptq_v2" : "gptq", 32));

    assertThat(matrix.codes().name()).isEqualTo("INT" + bits);
    assertUnpacks(matrix, quantized);
  }

  @Test
  void columnsOfGptqAreInTheGroupsThatItLists() throws IOException {
    List<Integer> groups =
        Arrays.asList(IntStream.range(0, 96).mapToObj(i -> i / 32).toArray(Integer[]::new));
    Collections.shuffle(groups, new Random(3));
    int[] groupOf = groups.stream().mapToInt(each -> each).toArray();
    Quantized quantized = Quantized.random(32, 96, 32, 4, 5).withGroups(groupOf);

    PackedMatrix matrix =
        only(new PackedWriter().gptq(STEM, quantized, 4, 1), config("GPTQ", "", 32));

    assertThat(matrix.groups().inOrder()).isFalse();
    assertUnpacks(matrix, quantized);
  }

  @Test
  void gptqWithoutListedGroupsHasThemInOrder() throws IOException {
    Quantized quantized = Quantized.random(32, 96, 32, 4, 5);
    PackedWriter writer = new PackedWriter().gptq(STEM, quantized, 4, 1).remove(STEM + ".g_idx");
    PackingConfig config = PackingConfig.of("GPTQ", Optional.of(4L), Optional.of(32L), "gptq");

    assertUnpacks(only(writer, config), quantized);
  }

  /** The eleventh code of three bits has two of them in one word and one in the next. */
  @Test
  void codesOfThreeBitsCrossWords() throws IOException {
    int[] codes = new int[32];
    codes[10] = 0b110;
    codes[21] = 0b011;
    int[] words = PackedWriter.words(codes, 3);

    assertThat(words).containsExactly(0b10 << 30, 1 | (1 << 31), 0b01);
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 128})
  void awqForGemmIsUnpacked(int groupSize) throws IOException {
    Quantized quantized = Quantized.random(40, 256, groupSize, 4, groupSize);

    assertUnpacks(
        only(new PackedWriter().awqGemm(STEM, quantized), config("AWQ", "gemm", groupSize)),
        quantized);
  }

  @ParameterizedTest
  @CsvSource({"128, 8", "64, 16", "32, 32"})
  void awqForGemvIsUnpackedFromPaddedGroups(int groupSize, int padded) throws IOException {
    Quantized quantized = Quantized.random(24, 256, groupSize, 4, groupSize);

    assertUnpacks(
        only(new PackedWriter().awqGemv(STEM, quantized, padded), config("AWQ", "gemv", groupSize)),
        quantized);
  }

  @ParameterizedTest
  @CsvSource({"128, 8", "64, 16", "32, 32"})
  void awqForTheFastGemvIsUnpackedFromFourRowsSideBySide(int groupSize, int padded)
      throws IOException {
    Quantized quantized = Quantized.random(24, 256, groupSize, 4, groupSize);

    assertUnpacks(
        only(
            new PackedWriter().awqFast(STEM, quantized, padded),
            config("AWQ", "gemv_fast", groupSize)),
        quantized);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void integersOfCompressedTensorsAreUnpackedWithTheirZeroPoints(int bits) throws IOException {
    Quantized quantized = Quantized.random(40, 96, 32, bits, bits);

    assertUnpacks(
        only(
            new PackedWriter().packed(STEM, quantized, bits, false, SafetensorsType.F32),
            config("COMPRESSED-TENSORS", "pack-quantized", 32)),
        quantized);
  }

  @Test
  void codesWithoutZeroPointsHaveOneOfHalfTheirRange() throws IOException {
    Quantized quantized = Quantized.random(40, 96, 32, 4, 1);
    Arrays.stream(quantized.zeros()).forEach(row -> Arrays.fill(row, 8));

    assertUnpacks(
        only(
            new PackedWriter().packed(STEM, quantized, 4, true, SafetensorsType.F16),
            config("COMPRESSED-TENSORS", "pack-quantized", 32)),
        quantized);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tensor", "channel", "block"})
  void fp8IsUnpackedWithAScaleForTheTensorARowOrABlock(String scope) throws IOException {
    int rows = 150;
    int columns = 200;
    int blockRows = scope.equals("tensor") ? rows : scope.equals("channel") ? 1 : 128;
    int blockColumns = scope.equals("block") ? 128 : columns;
    var random = new Random(7);
    int[][] codes = new int[rows][columns];
    for (int[] row : codes) {
      Arrays.setAll(row, any -> random.nextInt(0x7F) | (random.nextInt(2) << 7));
    }
    float[][] scales = new float[(rows - 1) / blockRows + 1][(columns - 1) / blockColumns + 1];
    for (float[] row : scales) {
      for (int i = 0; i < row.length; i++) {
        row[i] = random.nextFloat();
      }
    }
    PackedWriter writer =
        new PackedWriter()
            .bytes(WEIGHT, SafetensorsType.F8_E4M3, codes)
            .floats(WEIGHT + "_scale_inv", SafetensorsType.F32, scales);

    PackedMatrix matrix = only(writer, PackingConfig.NONE);

    assertThat(matrix.rowsOfAScale()).isEqualTo(blockRows);
    CodeRows unpacked = matrix.open();
    float[] weights = new float[columns];
    for (int row = 0; unpacked.advance(); row++) {
      unpacked.decode(weights);
      for (int i = 0; i < columns; i++) {
        assertThat(weights[i])
            .isEqualTo(TestFloats.e4m3(codes[row][i]) * scales[row / blockRows][i / blockColumns]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fourBitFloatsOfCompressedTensorsAreUnpacked(boolean nv) throws IOException {
    int size = nv ? 16 : 32;
    Quantized quantized = Quantized.random(20, 64, size, 4, 2);
    int[][] scales = new int[20][64 / size];
    var random = new Random(8);
    for (int[] row : scales) {
      Arrays.setAll(row, any -> 100 + random.nextInt(20));
    }
    PackedWriter writer =
        new PackedWriter()
            .nibbles(WEIGHT + "_packed", quantized.codes())
            .bytes(WEIGHT + "_scale", nv ? SafetensorsType.F8_E4M3 : SafetensorsType.U8, scales);
    if (nv) {
      writer.vector(WEIGHT + "_global_scale", SafetensorsType.F32, new float[] {3});
    }

    CodeRows unpacked = only(writer, PackingConfig.NONE).open();

    float[] weights = new float[64];
    float[] sizes = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    for (int row = 0; unpacked.advance(); row++) {
      unpacked.decode(weights);
      for (int i = 0; i < 64; i++) {
        int code = quantized.codes()[row][i];
        float scale =
            nv
                ? TestFloats.e4m3(scales[row][i / size]) / 3
                : (float) Math.scalb(1.0, scales[row][i / size] - 127);
        assertThat(weights[i]).isEqualTo((code < 8 ? 1 : -1) * sizes[code % 8] * scale);
      }
    }
  }

  @Test
  void integersOfBitsAndBytesAreUnpacked() throws IOException {
    int[][] codes = {{-127, 0, 5, 127}, {1, 2, 3, -4}};
    PackedWriter writer =
        new PackedWriter()
            .bytes(WEIGHT, SafetensorsType.I8, codes)
            .vector(STEM + ".SCB", SafetensorsType.F32, new float[] {2, 1});

    CodeRows unpacked = only(writer, PackingConfig.NONE).open();

    float[] weights = new float[4];
    for (int row = 0; unpacked.advance(); row++) {
      unpacked.decode(weights);
      for (int i = 0; i < 4; i++) {
        assertThat(weights[i] * 127).isCloseTo(codes[row][i] * (2f - row), aTinyBit());
      }
    }
  }

  private static Offset<Float> aTinyBit() {
    return within(1e-4f);
  }

  @ParameterizedTest
  @CsvSource({"NF4, 128", "FP4, 128", "NF4, 96"})
  void blocksOfBitsAndBytesAreUnpackedAlsoWhereTheyCrossRows(String name, int columns)
      throws IOException {
    CodeType type = name.equals("NF4") ? CodeType.NF4 : CodeType.FP4;
    int rows = 10;
    var random = new Random(4);
    int[] codes = random.ints((long) rows * columns, 0, 16).toArray();
    float[] absmax = new float[rows * columns / 64];
    for (int i = 0; i < absmax.length; i++) {
      absmax[i] = random.nextFloat();
    }
    PackedWriter writer =
        new PackedWriter().blockwise(WEIGHT, codes, type, state(type, rows, columns, ""), absmax);

    PackedMatrix matrix = only(writer, PackingConfig.NONE);

    assertThat(matrix.shape()).containsExactly((long) columns, (long) rows);
    CodeRows unpacked = matrix.open();
    float[] weights = new float[matrix.columns()];
    int at = 0;
    while (unpacked.advance()) {
      unpacked.decode(weights);
      for (float weight : weights) {
        assertThat(weight).isEqualTo(type.level(codes[at]) * absmax[at / 64]);
        at++;
      }
    }
    assertThat(at).isEqualTo(codes.length);
  }

  @Test
  void scalesOfBitsAndBytesThatAreQuantizedThemselvesAreUnpacked() throws IOException {
    int[] codes = new Random(4).ints(16 * 64, 0, 16).toArray();
    PackedWriter writer =
        new PackedWriter()
            .blockwise(
                WEIGHT,
                codes,
                CodeType.NF4,
                state(
                    CodeType.NF4,
                    16,
                    64,
                    ", \"nested_blocksize\": 256, \"nested_dtype\": \"float32\", \"nested_offset\": 0.5"),
                new float[16]);
    float[] levels = dynamicLevels();
    byte[] scales = new byte[16];
    new Random(9).nextBytes(scales);
    writer
        .put(WEIGHT + ".absmax", SafetensorsType.U8, List.of(16L), scales)
        .vector(WEIGHT + ".nested_absmax", SafetensorsType.F32, new float[] {0.25f})
        .vector(WEIGHT + ".nested_quant_map", SafetensorsType.F32, levels);

    CodeRows unpacked = only(writer, PackingConfig.NONE).open();

    for (int row = 0; unpacked.advance(); row++) {
      assertThat(unpacked.scales()).containsExactly(levels[scales[row] & 0xFF] * 0.25f + 0.5f);
    }
  }

  /** The levels between a tenth of each power of 10 and it, from a millionth on. */
  private static float[] dynamicLevels() {
    List<Double> levels = new ArrayList<>(List.of(0.0, 1.0));
    double power = 1e-6;
    for (int parts = 1; parts < 128; parts *= 2) {
      for (int part = 0; part < parts; part++) {
        levels.add(power * (0.1 + 0.9 * (2 * part + 1) / (2 * parts)));
        levels.add(-levels.get(levels.size() - 1));
      }
      power *= 10;
    }
    Collections.sort(levels);
    float[] floats = new float[levels.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = levels.get(i).floatValue();
    }
    return floats;
  }

  @Test
  void thePublishedLevelsAreThoseOfTheTypes() {
    double[] nf4 = {
      -1.0,
      -0.6961928009986877,
      -0.5250730514526367,
      -0.39491748809814453,
      -0.28444138169288635,
      -0.18477343022823334,
      -0.09105003625154495,
      0.0,
      0.07958029955625534,
      0.16093020141124725,
      0.24611230194568634,
      0.33791524171829224,
      0.44070982933044434,
      0.5626170039176941,
      0.7229568362236023,
      1.0
    };
    for (int code = 0; code < 16; code++) {
      assertThat(CodeType.NF4.level(code)).isEqualTo((float) nf4[code]);
    }
    for (int code = 0; code < 256; code++) {
      if (code % 128 != 127) {
        assertThat(CodeType.E4M3.level(code)).isEqualTo(TestFloats.e4m3(code));
      }
    }
    assertThat(CodeType.E4M3.level(126)).isEqualTo(448);
    assertThat(CodeType.E4M3.level(127)).isNaN();
    assertThat(CodeType.FP4.levels())
        .startsWith(0, 0.0625f / 12, 8f / 12, 1, 4f / 12, 0.5f, 2f / 12, 0.25f);
  }

  static String state(CodeType type, int rows, int columns, String more) {
    return "{\"quant_type\": \"%s\", \"blocksize\": 64, \"dtype\": \"bfloat16\", \"shape\": [%d, %d]%s}"
        .formatted(type == CodeType.NF4 ? "nf4" : "fp4", rows, columns, more);
  }

  /** More rows than a strip has. */
  @Test
  void aMatrixIsUnpackedAcrossStrips() throws IOException {
    Quantized quantized = Quantized.random(96, 64, 64, 4, 1);
    PackedMatrix matrix =
        only(new PackedWriter().gptq(STEM, quantized, 4, 1), config("GPTQ", "", 64));
    PackedMatrix.Strip strip = matrix.strip(64, 32);
    byte[] codes = new byte[64];
    float[] scales = new float[1];
    float[] zeros = new float[1];

    strip.unpack(5, codes, scales, zeros);

    assertThat(codes[7]).isEqualTo((byte) quantized.codes()[69][7]);
    assertThat(scales).containsExactly(quantized.scales()[69]);
    assertThat(zeros[0]).isEqualTo(quantized.zeros()[69][0]);
  }
}
