package dev.weighmaster.packing;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What bitsandbytes stores of NF4 and FP4: codes of four bits, the first in the upper half of a
 * byte, and the greatest absolute value of each block of weights. Blocks follow each other through
 * the whole matrix; where they cross rows, the matrix is read as one of a block a row.
 */
public final class BlockwiseMatrix extends PackedMatrix {
  private static final String STATE = ".quant_state.bitsandbytes__";
  private static final int MAX_STATE = 1 << 16;
  private static final int MAX_NESTED = 4 << 20;
  private static final int LEVELS_OF_NESTED = 256;

  /** How far its own tables may be from each other. */
  private static final float SAME_LEVEL = 1e-6f;

  private static final double SAME_PART = 1e-5;

  /** Codes may be stored as if they were of any of these. */
  private static final Set<SafetensorsType> STORAGE =
      EnumSet.of(
          SafetensorsType.U8,
          SafetensorsType.I8,
          SafetensorsType.F16,
          SafetensorsType.BF16,
          SafetensorsType.F32);

  private static final Set<SafetensorsType> BYTES = Set.of(SafetensorsType.U8);
  private static final Set<SafetensorsType> FLOATS = Set.of(SafetensorsType.F32);

  private final Companions companions;
  private final Tensor codes;
  private final Tensor scales;
  private final State state;
  private final Optional<Nested> nested;

  private record State(long rows, long columns, int block, Optional<Offset> offset) {}

  private record Offset(int block, float value) {}

  /**
   * How scales are quantized themselves: a scale is {@code level * absmax of its block + offset}.
   *
   * @param block scales in a block
   * @param levels of the 256 codes, in order
   * @param absmax the greatest absolute value of each block
   */
  @SuppressWarnings("ArrayRecordComponent") // far too many for lists
  public record Nested(int block, float offset, float[] levels, float[] absmax) {}

  private BlockwiseMatrix(
      String name,
      Shape shape,
      Companions companions,
      Tensor codes,
      Tensor scales,
      State state,
      Optional<Nested> nested) {
    super(name, shape, companions.used());
    this.companions = companions;
    this.codes = codes;
    this.scales = scales;
    this.state = state;
    this.nested = nested;
  }

  /** Whether a weight of this name is stored so. */
  static boolean isOne(Companions companions) {
    return companions.has(STATE + "nf4") || companions.has(STATE + "fp4");
  }

  static BlockwiseMatrix find(Companions companions, String name) throws IOException {
    String type = companions.has(STATE + "nf4") ? "nf4" : "fp4";
    Tensor described = companions.required(STATE + type, BYTES);
    State state = state(companions.all(described, MAX_STATE), type);
    Tensor codes = companions.required("", STORAGE);
    if (codes.bytes() != state.rows * state.columns / 2) {
      throw new UnpackableException(
          "it has %d bytes of codes for %d rows of %d"
              .formatted(codes.bytes(), state.rows, state.columns));
    }
    boolean whole = state.columns % state.block == 0;
    int columns = Companions.dimension("columns", whole ? state.columns : state.block, MAX_COLUMNS);
    int rows = Companions.dimension("rows", 2 * codes.bytes() / columns, Integer.MAX_VALUE);
    CodeType codeType = type.equals("nf4") ? CodeType.NF4 : CodeType.FP4;
    mustHaveLevels(companions, codeType);
    Tensor scales = companions.required(".absmax", state.offset.isPresent() ? BYTES : FLOATS);
    mustBe(scales, 2 * codes.bytes() / state.block);
    Optional<Nested> nested =
        state.offset.isPresent()
            ? Optional.of(nested(companions, state.offset.get(), scales.elements()))
            : Optional.empty();
    Shape shape =
        new Shape(
            "bitsandbytes " + codeType.name(),
            codeType,
            rows,
            columns,
            1,
            Groups.ofSize(columns, state.block));
    return new BlockwiseMatrix(name, shape, companions, codes, scales, state, nested);
  }

  private static State state(byte[] json, String type) throws UnpackableException {
    try {
      JsonFields fields = JsonFields.parse(json);
      if (!fields.string("quant_type").equals(type)) {
        throw fields.malformed("quant_type", "must be " + type);
      }
      List<Long> shape = fields.integers("shape");
      if (shape.size() != 2 || shape.get(0) < 1 || shape.get(1) < 1) {
        throw fields.malformed("shape", "must be two positive integers");
      }
      long rows = Companions.dimension("rows", shape.get(0), Integer.MAX_VALUE);
      long columns = Companions.dimension("columns", shape.get(1), MAX_COLUMNS);
      int block = block(fields, "blocksize");
      if (rows * columns % block != 0) {
        throw new UnpackableException("its last block is not a whole one");
      }
      Optional<Offset> offset =
          fields.has("nested_offset")
              ? Optional.of(
                  new Offset(
                      block(fields, "nested_blocksize"), (float) fields.number("nested_offset")))
              : Optional.empty();
      return new State(rows, columns, block, offset);
    } catch (MalformedJsonException e) {
      throw new UnpackableException("its quant_state " + e.getMessage());
    }
  }

  /** bitsandbytes takes powers of 2 from 32 to 4,096. */
  private static int block(JsonFields fields, String name) throws MalformedJsonException {
    long block = fields.optionalInteger(name).orElse(0L);
    if (block < 32 || block > 4096 || Long.bitCount(block) != 1) {
      throw fields.malformed(name, "must be a power of 2 from 32 to 4096");
    }
    return (int) block;
  }

  private static void mustHaveLevels(Companions companions, CodeType type) throws IOException {
    Tensor map = companions.required(".quant_map", FLOATS);
    float[] levels = floats(companions, map, 1 << type.bits());
    for (int i = 0; i < levels.length; i++) {
      if (!(Math.abs(levels[i] - type.level(i)) <= SAME_LEVEL)) {
        throw new UnpackableException(
            "code %d stands for %s, not for %s as in %s"
                .formatted(i, levels[i], type.level(i), type.name()));
      }
    }
  }

  private static Nested nested(Companions companions, Offset offset, long scales)
      throws IOException {
    Tensor map = companions.required(".nested_quant_map", FLOATS);
    Tensor absmax = companions.required(".nested_absmax", FLOATS);
    float[] levels = floats(companions, map, LEVELS_OF_NESTED);
    double[] expected = dynamicLevels();
    for (int i = 0; i < levels.length; i++) {
      if (!(Math.abs(levels[i] - expected[i]) <= SAME_PART * Math.abs(expected[i]))) {
        throw new UnpackableException(
            "code %d of a scale stands for %s, not for %.7g".formatted(i, levels[i], expected[i]));
      }
    }
    return new Nested(
        offset.block,
        offset.value,
        levels,
        floats(companions, absmax, (scales + offset.block - 1) / offset.block));
  }

  /**
   * The levels of bitsandbytes' dynamic type, in order: for each power of 10 from a millionth to 1,
   * the middles of twice as many equal parts between a tenth of it and it, of both signs; 0 and 1.
   */
  private static double[] dynamicLevels() {
    double[] levels = new double[LEVELS_OF_NESTED];
    int next = 0;
    for (int power = 0; power < 7; power++) {
      int parts = 1 << power;
      for (int part = 0; part < parts; part++) {
        double middle = 0.1 + 0.9 * (part + 0.5) / parts;
        levels[next++] = middle * Math.pow(10, power - 6);
        levels[next++] = -levels[next - 2];
      }
    }
    levels[next] = 0;
    levels[next + 1] = 1;
    Arrays.sort(levels);
    return levels;
  }

  private static void mustBe(Tensor tensor, long elements) throws UnpackableException {
    if (tensor.elements() != elements) {
      throw new UnpackableException(
          "it has %d scales or levels, not %d".formatted(tensor.elements(), elements));
    }
  }

  private static float[] floats(Companions companions, Tensor tensor, long count)
      throws IOException {
    mustBe(tensor, count);
    byte[] bytes = companions.all(tensor, MAX_NESTED);
    float[] floats = new float[bytes.length / Float.BYTES];
    StoredFloats.decode(SafetensorsType.F32, bytes, 0, floats, 0, floats.length);
    return floats;
  }

  /** How scales are quantized; empty where they are not. */
  public Optional<Nested> nested() {
    return nested;
  }

  @Override
  int held() {
    return nested.map(each -> each.levels.length + each.absmax.length).orElse(0);
  }

  @Override
  public List<Long> shape() {
    return List.of(state.columns, state.rows);
  }

  @Override
  public Method method() {
    return Method.ROUNDING_BY_GREATEST;
  }

  @Override
  long stripRowBytes() {
    return columns();
  }

  @Override
  Strip strip(int firstRow, int rows) throws IOException {
    int groups = groups().count();
    int scaleBytes = nested.isPresent() ? 1 : Float.BYTES;
    byte[] ofCodes =
        companions.range(codes, (long) firstRow * columns() / 2, (long) rows * columns() / 2);
    byte[] ofScales =
        companions.range(
            scales, (long) firstRow * groups * scaleBytes, (long) rows * groups * scaleBytes);
    return (row, toCodes, toScales, toZeros) -> {
      int start = row * toCodes.length;
      for (int i = 0; i < toCodes.length; i++) {
        int pair = ofCodes[(start + i) / 2];
        toCodes[i] = (byte) ((i % 2 == 0 ? pair >> 4 : pair) & 0xF);
      }
      if (nested.isEmpty()) {
        StoredFloats.decode(
            SafetensorsType.F32, ofScales, row * groups * scaleBytes, toScales, 0, groups);
      } else {
        long first = ((long) firstRow + row) * groups;
        for (int i = 0; i < groups; i++) {
          int code = ofScales[row * groups + i] & 0xFF;
          toScales[i] = scale(nested.get(), first + i, code);
        }
      }
    };
  }

  private static float scale(Nested nested, long index, int code) {
    float absmax = nested.absmax[(int) (index / nested.block)];
    return nested.levels[code] * absmax + nested.offset;
  }
}
