package dev.weighmaster.packing;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.util.Set;

/** What AutoAWQ stores, in each of the layouts that its kernels read: codes of four bits. */
abstract class AwqMatrix extends PackedMatrix {
  private static final Set<SafetensorsType> WORDS = Set.of(SafetensorsType.I32);
  private static final int BITS = 4;
  private static final int CODES_OF_A_WORD = Words.BITS / BITS;

  final Companions companions;
  final Tensor codes;
  final Tensor scales;
  final Tensor zeros;

  private AwqMatrix(
      String name, Shape shape, Companions companions, Tensor codes, Tensor scales, Tensor zeros)
      throws UnpackableException {
    super(name, shape, companions.used());
    this.companions = companions;
    this.codes = codes;
    this.scales = scales;
    this.zeros = zeros;
    mustHaveFewStrips();
  }

  /**
   * @param stem what precedes {@code .qweight}
   */
  static AwqMatrix find(Companions companions, String stem, PackingConfig config)
      throws UnpackableException {
    config.mustHaveBits(BITS);
    Tensor scales = companions.required(".scales", StoredFloats.USUAL);
    String name = stem + ".weight";
    return switch (config.format()) {
      case "gemm", "" -> Gemm.of(name, companions, scales, config);
      case "gemv" -> Gemv.of(name, companions, scales, config);
      case "gemv_fast" -> Fast.of(name, companions, scales, config);
      default -> throw new UnpackableException("no AWQ format is " + Quoted.line(config.format()));
    };
  }

  private static Shape ofGroups(int rows, int columns, int groupSize) {
    return new Shape(
        "AWQ INT4", CodeType.integers(BITS), rows, columns, 1, Groups.ofSize(columns, groupSize));
  }

  /** The size of groups, where scales are padded and do not show it. */
  private static int stated(PackingConfig config, int columns) throws UnpackableException {
    long size = config.groupSize().orElse(0L);
    if (size == -1) {
      return columns;
    }
    if (size < 1 || size > columns || columns % size != 0) {
      throw new UnpackableException("%d columns have no groups of %d".formatted(columns, size));
    }
    return (int) size;
  }

  /** Words in which the zero points of a row are stored, as kernels ask for them. */
  private static long zeroWords(int columns, int groupSize) {
    long words = Words.of(columns / groupSize, BITS);
    int step = groupSize >= 128 ? 1 : groupSize >= 64 ? 2 : 4;
    return (words + step - 1) / step * step;
  }

  @Override
  public Method method() {
    return Method.AWQ;
  }

  @Override
  long stripRowBytes() {
    return (codes.bytes() + scales.bytes() + zeros.bytes()) / rows() + 1;
  }

  final int scaleBytes() {
    return Companions.type(scales).bits() / Byte.SIZE;
  }

  /** Words of eight rows each, in an order of their own. */
  private static final class Gemm extends AwqMatrix {
    /** Which code of a word each row of eight has. */
    private static final int[] PLACE = {0, 4, 1, 5, 2, 6, 3, 7};

    private Gemm(
        String name, Shape shape, Companions companions, Tensor codes, Tensor scales, Tensor zeros)
        throws UnpackableException {
      super(name, shape, companions, codes, scales, zeros);
    }

    static Gemm of(String name, Companions companions, Tensor scales, PackingConfig config)
        throws UnpackableException {
      Tensor codes = companions.required(".qweight", WORDS);
      Tensor zeros = companions.required(".qzeros", WORDS);
      int rows = Companions.dimension("rows", codes.rowElements() * CODES_OF_A_WORD, MAX_ROWS);
      int columns = Companions.dimension("columns", codes.matrixRows(), MAX_COLUMNS);
      int count = Companions.dimension("groups", scales.matrixRows(), columns);
      int words = rows / CODES_OF_A_WORD;
      Companions.mustBe(codes, columns, words);
      Companions.mustBe(scales, count, rows);
      Companions.mustBe(zeros, count, words);
      int size = config.groupSize(columns, count);
      return new Gemm(name, ofGroups(rows, columns, size), companions, codes, scales, zeros);
    }

    @Override
    Strip strip(int firstRow, int rows) throws IOException {
      int words = rows / CODES_OF_A_WORD;
      byte[] ofCodes = companions.columns(codes, firstRow / 2, 4 * words);
      byte[] ofZeros = companions.columns(zeros, firstRow / 2, 4 * words);
      int bytes = scaleBytes();
      byte[] ofScales = companions.columns(scales, bytes * firstRow, bytes * rows);
      return (row, toCodes, toScales, toZeros) -> {
        int word = 4 * (row / CODES_OF_A_WORD);
        int place = PLACE[row % CODES_OF_A_WORD];
        for (int i = 0; i < toCodes.length; i++) {
          toCodes[i] = (byte) Words.code(ofCodes, 4 * i * words + word, 4, place, BITS);
        }
        for (int i = 0; i < toScales.length; i++) {
          toZeros[i] = Words.code(ofZeros, 4 * i * words + word, 4, place, BITS);
          StoredFloats.decode(
              Companions.type(scales), ofScales, bytes * (i * rows + row), toScales, i, 1);
        }
      };
    }
  }

  /** Words along rows. */
  private static final class Gemv extends AwqMatrix {
    private Gemv(
        String name, Shape shape, Companions companions, Tensor codes, Tensor scales, Tensor zeros)
        throws UnpackableException {
      super(name, shape, companions, codes, scales, zeros);
    }

    static Gemv of(String name, Companions companions, Tensor scales, PackingConfig config)
        throws UnpackableException {
      Tensor codes = companions.required(".qweight", WORDS);
      Tensor zeros = companions.required(".qzeros", WORDS);
      int rows = Companions.dimension("rows", codes.matrixRows(), MAX_ROWS);
      int columns =
          Companions.dimension("columns", codes.rowElements() * CODES_OF_A_WORD, MAX_COLUMNS);
      int size = stated(config, columns);
      long words = zeroWords(columns, size);
      Companions.mustBe(codes, rows, columns / CODES_OF_A_WORD);
      Companions.mustBe(scales, rows, words * CODES_OF_A_WORD);
      Companions.mustBe(zeros, rows, words);
      return new Gemv(name, ofGroups(rows, columns, size), companions, codes, scales, zeros);
    }

    @Override
    Strip strip(int firstRow, int rows) throws IOException {
      byte[] ofCodes = companions.rows(codes, firstRow, rows);
      byte[] ofZeros = companions.rows(zeros, firstRow, rows);
      byte[] ofScales = companions.rows(scales, firstRow, rows);
      return (row, toCodes, toScales, toZeros) -> {
        int codeStart = row * (ofCodes.length / rows);
        int zeroStart = row * (ofZeros.length / rows);
        for (int i = 0; i < toCodes.length; i++) {
          toCodes[i] = (byte) Words.code(ofCodes, codeStart, 4, i, BITS);
        }
        for (int i = 0; i < toScales.length; i++) {
          toZeros[i] = Words.code(ofZeros, zeroStart, 4, i, BITS);
        }
        StoredFloats.decode(
            Companions.type(scales),
            ofScales,
            row * (ofScales.length / rows),
            toScales,
            0,
            toScales.length);
      };
    }
  }

  /**
   * Half words of four codes, of four rows side by side; scales by columns, and in the place of
   * zero points what they take off a weight.
   */
  private static final class Fast extends AwqMatrix {
    private static final int ROWS = 4;
    private static final int BLOCK = 64;
    private static final Set<SafetensorsType> HALF_WORDS = Set.of(SafetensorsType.I16);

    /** How far from an integer what half precision leaves of a zero point can be. */
    private static final double HALF_PRECISION = 0.02;

    private Fast(
        String name, Shape shape, Companions companions, Tensor codes, Tensor scales, Tensor zeros)
        throws UnpackableException {
      super(name, shape, companions, codes, scales, zeros);
    }

    static Fast of(String name, Companions companions, Tensor scales, PackingConfig config)
        throws UnpackableException {
      Tensor codes = companions.required(".qweight", HALF_WORDS);
      Tensor zeros = companions.required(".qzeros", Set.of(Companions.type(scales)));
      int rows = Companions.dimension("rows", codes.matrixRows() * ROWS, MAX_ROWS);
      int columns = Companions.dimension("columns", codes.rowElements(), MAX_COLUMNS);
      if (columns % BLOCK != 0) {
        throw new UnpackableException("%d columns are no blocks of 64".formatted(columns));
      }
      int size = stated(config, columns);
      long padded = zeroWords(columns, size) * CODES_OF_A_WORD;
      Companions.mustBe(codes, rows / ROWS, columns);
      Companions.mustBe(scales, padded, rows);
      Companions.mustBe(zeros, padded, rows);
      return new Fast(name, ofGroups(rows, columns, size), companions, codes, scales, zeros);
    }

    @Override
    Strip strip(int firstRow, int rows) throws IOException {
      byte[] ofCodes = companions.rows(codes, firstRow / ROWS, rows / ROWS);
      int bytes = scaleBytes();
      byte[] ofScales = companions.columns(scales, bytes * firstRow, bytes * rows);
      byte[] ofZeros = companions.columns(zeros, bytes * firstRow, bytes * rows);
      SafetensorsType type = Companions.type(scales);
      return (row, toCodes, toScales, toZeros) -> {
        int start = row / ROWS * 2 * toCodes.length;
        for (int i = 0; i < toCodes.length; i++) {
          int nibble = row % ROWS * BLOCK + place(i) % BLOCK;
          int at = start + 2 * (i / BLOCK * BLOCK + nibble / 4) + nibble % 4 / 2;
          toCodes[i] = (byte) ((ofCodes[at] >> (4 * (nibble % 2))) & 0xF);
        }
        for (int i = 0; i < toScales.length; i++) {
          StoredFloats.decode(type, ofScales, bytes * (i * rows + row), toScales, i, 1);
          StoredFloats.decode(type, ofZeros, bytes * (i * rows + row), toZeros, i, 1);
          toZeros[i] = zero(toZeros[i], toScales[i]);
        }
      };
    }

    /** Where a column is among those that are stored: each 32 of them are mixed alike. */
    private static int place(int column) {
      int eighth = column % 32 / 8;
      int pair = column % 8 / 2;
      return column / 32 * 32 + pair * 8 + column % 2 * 4 + eighth;
    }

    private static float zero(float shift, float scale) {
      float zero = shift == 0 ? 0 : -shift / scale;
      float nearest = (float) Math.rint(zero);
      return Math.abs(zero - nearest) <= HALF_PRECISION ? nearest : zero;
    }
  }
}
