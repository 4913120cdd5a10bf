package dev.weighmaster.packing;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Codes by rows with a tensor of scales: FP8 as compressed-tensors, transformers and others store
 * it, the integers and four-bit floats of compressed-tensors, and the integers of bitsandbytes. One
 * scale is for the whole matrix, a row, a group of a row's columns, or a block of rows and columns.
 */
public final class ScaledMatrix extends PackedMatrix {
  private static final Set<SafetensorsType> WORDS = Set.of(SafetensorsType.I32);
  private static final Set<SafetensorsType> BYTES = Set.of(SafetensorsType.U8);
  private static final int COLUMNS_OF_NVFP4 = 16;
  private static final int COLUMNS_OF_MXFP4 = 32;

  /** What bitsandbytes multiplies by: a 127th. */
  private static final float PART_OF_INT8 = 0.007874016f;

  private final Companions companions;
  private final Stored stored;

  /** How a code is found in a row. */
  private enum Packing {
    UNSIGNED_BYTES,
    SIGNED_BYTES,
    NIBBLES,
    WORDS
  }

  /** How a zero point is found. */
  private enum Zeros {
    HALF_RANGE,
    NONE,
    SIGNED_BYTES,
    /** In words down the columns. */
    WORDS
  }

  private record Stored(
      Tensor codes,
      Packing packing,
      Tensor scales,
      float factor,
      Zeros zeros,
      Optional<Tensor> zeroPoints,
      float divisor) {}

  private ScaledMatrix(String name, Shape shape, Companions companions, Stored stored) {
    super(name, shape, companions.used());
    this.companions = companions;
    this.stored = stored;
  }

  /** How scales are stored. */
  public SafetensorsType scaleType() {
    return Companions.type(stored.scales);
  }

  /** What stored scales are divided by; 1 for most layouts. */
  public float globalScale() {
    return stored.divisor;
  }

  /** What stored scales are multiplied by; 1 for most layouts. */
  public float factor() {
    return stored.factor;
  }

  /** Whether zero points are stored. */
  public boolean hasZeroPoints() {
    return stored.zeroPoints.isPresent();
  }

  /** {@code weight} of bytes and {@code SCB}. */
  static ScaledMatrix ofBitsAndBytes(Companions companions, String name) throws IOException {
    Tensor codes = companions.required("weight", Set.of(SafetensorsType.I8));
    Tensor scales = companions.required("SCB", StoredFloats.USUAL);
    Optional<Tensor> format = companions.optional("weight_format", BYTES);
    if (format.isPresent() && companions.all(format.get(), 1)[0] != 0) {
      throw new UnpackableException("its codes are not stored by rows");
    }
    int rows = rows(codes, codes.matrixRows());
    int columns = columns(codes.rowElements());
    if (scales.elements() != rows) {
      throw new UnpackableException(
          "it has %d scales for %d rows".formatted(scales.elements(), rows));
    }
    return new ScaledMatrix(
        name,
        new Shape(
            "bitsandbytes INT8",
            CodeType.integers(8),
            rows,
            columns,
            1,
            Groups.ofSize(columns, columns)),
        companions,
        new Stored(
            codes,
            Packing.SIGNED_BYTES,
            scales,
            PART_OF_INT8,
            Zeros.HALF_RANGE,
            Optional.empty(),
            1));
  }

  /** {@code weight} of bytes, with {@code weight_scale} or {@code weight_scale_inv}. */
  static ScaledMatrix ofBytes(Companions companions, String name, PackingConfig config)
      throws IOException {
    Tensor codes =
        companions.required("weight", Set.of(SafetensorsType.F8_E4M3, SafetensorsType.I8));
    boolean integers = Companions.type(codes) == SafetensorsType.I8;
    String suffix = companions.has("weight_scale_inv") ? "weight_scale_inv" : "weight_scale";
    Set<SafetensorsType> types = EnumSet.copyOf(StoredFloats.USUAL);
    types.add(SafetensorsType.F8_E8M0);
    types.add(SafetensorsType.U8);
    Tensor scales = companions.required(suffix, types);
    Optional<Tensor> zeros =
        companions.optional(
            "weight_zero_point", Set.of(SafetensorsType.I8, SafetensorsType.F8_E4M3));
    if (zeros.isPresent() && (!integers || zeros.get().elements() != scales.elements())) {
      throw new UnpackableException("its zero points are not those of its scales");
    }
    return scaled(
        name,
        companions,
        integers ? "INT8" : "FP8",
        integers ? CodeType.integers(8) : CodeType.E4M3,
        columns(codes.rowElements()),
        config,
        new Stored(
            codes,
            integers ? Packing.SIGNED_BYTES : Packing.UNSIGNED_BYTES,
            scales,
            1,
            zeros.isPresent() ? Zeros.SIGNED_BYTES : integers ? Zeros.HALF_RANGE : Zeros.NONE,
            zeros,
            1));
  }

  /** {@code weight_packed} in words, with {@code weight_shape}. */
  static ScaledMatrix ofWords(Companions companions, String name, PackingConfig config)
      throws IOException {
    Tensor codes = companions.required("weight_packed", WORDS);
    Tensor scales = companions.required("weight_scale", StoredFloats.USUAL);
    Tensor shape =
        companions.required("weight_shape", Set.of(SafetensorsType.I64, SafetensorsType.I32));
    int columns = columns(lastDimension(companions, shape, codes.matrixRows()));
    int bits = bits(columns, codes.rowElements(), config);
    config.mustHaveBits(bits);
    Optional<Tensor> zeros = companions.optional("weight_zero_point", WORDS);
    ScaledMatrix matrix =
        scaled(
            name,
            companions,
            "packed INT" + bits,
            CodeType.integers(bits),
            columns,
            config,
            new Stored(
                codes,
                Packing.WORDS,
                scales,
                1,
                zeros.isPresent() ? Zeros.WORDS : Zeros.HALF_RANGE,
                zeros,
                1));
    if (zeros.isPresent()) {
      if (matrix.rowsOfAScale() != 1) {
        throw new UnpackableException("it has packed zero points and not a scale a row");
      }
      Companions.mustBe(zeros.get(), Words.of(matrix.rows(), bits), matrix.groups().count());
    }
    return matrix;
  }

  /** {@code weight_packed} of nibbles: NVFP4, which has a global scale, and MXFP4. */
  static ScaledMatrix ofNibbles(Companions companions, String name) throws IOException {
    Tensor codes = companions.required("weight_packed", BYTES);
    boolean nv = companions.has("weight_global_scale");
    Tensor scales =
        companions.required(
            "weight_scale",
            nv
                ? Set.of(SafetensorsType.F8_E4M3)
                : Set.of(SafetensorsType.U8, SafetensorsType.F8_E8M0));
    Optional<Tensor> global = companions.optional("weight_global_scale", StoredFloats.USUAL);
    float divisor = global.isPresent() ? single(companions, global.get()) : 1;
    int columns = columns(2 * codes.rowElements());
    int size = nv ? COLUMNS_OF_NVFP4 : COLUMNS_OF_MXFP4;
    if (columns % size != 0) {
      throw new UnpackableException("%d columns are no groups of %d".formatted(columns, size));
    }
    Companions.mustBe(scales, codes.matrixRows(), columns / size);
    return new ScaledMatrix(
        name,
        new Shape(
            nv ? "NVFP4" : "MXFP4",
            CodeType.E2M1,
            rows(codes, codes.matrixRows()),
            columns,
            1,
            Groups.ofSize(columns, size)),
        companions,
        new Stored(codes, Packing.NIBBLES, scales, 1, Zeros.NONE, Optional.empty(), divisor));
  }

  private static float single(Companions companions, Tensor tensor) throws IOException {
    if (tensor.elements() != 1) {
      throw new UnpackableException("its global scale is not one number");
    }
    float[] value = new float[1];
    StoredFloats.decode(
        Companions.type(tensor), companions.all(tensor, Float.BYTES), 0, value, 0, 1);
    return value[0];
  }

  private static ScaledMatrix scaled(
      String name,
      Companions companions,
      String layout,
      CodeType type,
      int columns,
      PackingConfig config,
      Stored stored)
      throws IOException {
    int rows = rows(stored.codes, stored.codes.matrixRows());
    ScaleGrid grid = ScaleGrid.of(stored.scales, rows, columns, config);
    Optional<Tensor> index = companions.optional("weight_g_idx", WORDS);
    Groups groups = Groups.ofSize(columns, grid.columns());
    if (index.isPresent() && index.get().elements() == columns) {
      groups = groups(companions.all(index.get(), 4 * columns), groups);
    }
    return new ScaledMatrix(
        name, new Shape(layout, type, rows, columns, grid.rows(), groups), companions, stored);
  }

  /** An order that was never set is -1 all over. */
  private static Groups groups(byte[] index, Groups unset) throws UnpackableException {
    int[] groupOf = Words.all(index);
    return Arrays.stream(groupOf).allMatch(group -> group == -1)
        ? unset
        : Groups.of(groupOf, unset.count());
  }

  private static int rows(Tensor codes, long rows) throws UnpackableException {
    if (codes.shape().size() != 2) {
      throw new UnpackableException("its codes are no matrix");
    }
    return Companions.dimension("rows", rows, MAX_ROWS);
  }

  private static int columns(long columns) throws UnpackableException {
    return Companions.dimension("columns", columns, MAX_COLUMNS);
  }

  private static long lastDimension(Companions companions, Tensor shape, long rows)
      throws IOException {
    int[] words = Words.all(companions.all(shape, 2 * Long.BYTES));
    int step = Companions.type(shape).bits() / Words.BITS;
    boolean small = step == 1 || (words.length == 4 && words[1] == 0 && words[3] == 0);
    if (words.length != 2 * step || !small || words[0] != rows) {
      throw new UnpackableException("its weight_shape is not one of %d rows".formatted(rows));
    }
    return words[step];
  }

  /** The only number of bits by which a row takes so many words. */
  private static int bits(int columns, long words, PackingConfig config)
      throws UnpackableException {
    List<Integer> possible = new ArrayList<>();
    for (int bits = 1; bits <= Byte.SIZE; bits++) {
      if (Words.of(columns, bits) == words) {
        possible.add(bits);
      }
    }
    if (possible.size() > 1) {
      possible.removeIf(bits -> config.bits().filter(stated -> stated == (long) bits).isEmpty());
    }
    if (possible.size() != 1) {
      throw new UnpackableException("%d codes do not take %d words".formatted(columns, words));
    }
    return possible.get(0);
  }

  @Override
  public Method method() {
    if (stored.factor == PART_OF_INT8) {
      return Method.ROUNDING_BY_GREATEST;
    }
    return codes().integer() ? Method.ROUNDING_OR_GPTQ : Method.ROUNDING;
  }

  @Override
  long stripRowBytes() {
    return (stored.codes.bytes() + stored.scales.bytes()) / rows() + 1;
  }

  @Override
  Strip strip(int firstRow, int rows) throws IOException {
    byte[] codes = companions.rows(stored.codes, firstRow, rows);
    int groups = groups().count();
    int firstScaleRow = firstRow / rowsOfAScale();
    int scaleRows = (firstRow + rows - 1) / rowsOfAScale() + 1 - firstScaleRow;
    int scaleBytes = scaleType().bits() / Byte.SIZE;
    byte[] scales =
        companions.range(
            stored.scales,
            (long) firstScaleRow * groups * scaleBytes,
            (long) scaleRows * groups * scaleBytes);
    byte[] zeros = zeros(firstRow, rows, firstScaleRow, scaleRows);
    return (row, toCodes, toScales, toZeros) -> {
      unpack(codes, row * (codes.length / rows), toCodes);
      int scaleRow = (firstRow + row) / rowsOfAScale() - firstScaleRow;
      StoredFloats.decode(scaleType(), scales, scaleRow * groups * scaleBytes, toScales, 0, groups);
      for (int i = 0; i < groups; i++) {
        toScales[i] = toScales[i] * stored.factor / stored.divisor;
      }
      unpackZeros(zeros, row, scaleRow, toZeros);
    };
  }

  private byte[] zeros(int firstRow, int rows, int firstScaleRow, int scaleRows)
      throws IOException {
    int groups = groups().count();
    return switch (stored.zeros) {
      case NONE, HALF_RANGE -> new byte[0];
      case SIGNED_BYTES ->
          companions.range(
              stored.zeroPoints.orElseThrow(),
              (long) firstScaleRow * groups,
              (long) scaleRows * groups);
      case WORDS -> {
        int first = firstRow / Words.BITS * codes().bits();
        long words = Words.of(firstRow + rows, codes().bits()) - first;
        yield companions.rows(stored.zeroPoints.orElseThrow(), first, words);
      }
    };
  }

  private void unpack(byte[] bytes, int start, byte[] codes) {
    switch (stored.packing) {
      case UNSIGNED_BYTES -> System.arraycopy(bytes, start, codes, 0, codes.length);
      case SIGNED_BYTES -> {
        for (int i = 0; i < codes.length; i++) {
          codes[i] = (byte) (bytes[start + i] + 128);
        }
      }
      case NIBBLES -> {
        for (int i = 0; i < codes.length; i++) {
          codes[i] = (byte) ((bytes[start + i / 2] >> (4 * (i % 2))) & 0xF);
        }
      }
      case WORDS -> {
        for (int i = 0; i < codes.length; i++) {
          codes[i] = (byte) Words.code(bytes, start, 4, i, codes().bits());
        }
      }
    }
  }

  private void unpackZeros(byte[] bytes, int row, int scaleRow, float[] zeros) {
    int groups = zeros.length;
    switch (stored.zeros) {
      case NONE -> Arrays.fill(zeros, 0);
      case HALF_RANGE -> Arrays.fill(zeros, 1 << (codes().bits() - 1));
      case SIGNED_BYTES -> {
        for (int i = 0; i < groups; i++) {
          zeros[i] = bytes[scaleRow * groups + i] + 128;
        }
      }
      case WORDS -> {
        for (int i = 0; i < groups; i++) {
          zeros[i] = Words.code(bytes, 4 * i, 4 * groups, row, codes().bits());
        }
      }
    }
  }
}
