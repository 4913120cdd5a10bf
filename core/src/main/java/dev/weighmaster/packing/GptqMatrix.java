package dev.weighmaster.packing;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What AutoGPTQ and GPTQModel store: codes down the columns of {@code qweight}, zero points along
 * the rows of {@code qzeros}, both in words without gaps; and the group of each column in {@code
 * g_idx}. The first version of the format stores zero points less one.
 */
public final class GptqMatrix extends PackedMatrix {
  private static final Set<SafetensorsType> WORDS = Set.of(SafetensorsType.I32);
  private static final List<Integer> BITS = List.of(2, 3, 4, 8);

  private final Companions companions;
  private final Stored stored;

  private record Stored(Tensor codes, Tensor scales, Tensor zeros, int bits, int lessBy) {}

  private GptqMatrix(String name, Shape shape, Companions companions, Stored stored)
      throws UnpackableException {
    super(name, shape, companions.used());
    this.companions = companions;
    this.stored = stored;
    mustHaveFewStrips();
  }

  /**
   * @param stem what precedes {@code .qweight}
   */
  static GptqMatrix find(Companions companions, String stem, PackingConfig config)
      throws IOException {
    Tensor codes = companions.required(".qweight", WORDS);
    Tensor scales = companions.required(".scales", StoredFloats.USUAL);
    Tensor zeros = companions.required(".qzeros", WORDS);
    Optional<Tensor> index = companions.optional(".g_idx", WORDS);
    int rows = Companions.dimension("rows", codes.rowElements(), MAX_ROWS);
    int bits = bits(codes, index, config);
    int columns =
        Companions.dimension(
            "columns",
            index.isPresent() ? index.get().elements() : codes.matrixRows() * Words.BITS / bits,
            MAX_COLUMNS);
    int count = Companions.dimension("groups", scales.matrixRows(), columns);
    config.mustHaveBits(bits);
    Companions.mustBe(codes, Words.of(columns, bits), rows);
    Companions.mustBe(scales, count, rows);
    Companions.mustBe(zeros, count, Words.of(rows, bits));
    Groups groups = groups(companions, index, columns, count, config);
    return new GptqMatrix(
        stem + ".weight",
        new Shape("GPTQ INT" + bits, CodeType.integers(bits), rows, columns, 1, groups),
        companions,
        new Stored(codes, scales, zeros, bits, lessBy(config)));
  }

  /** Loaders of columns in order ignore {@code g_idx}, so it must say the same. */
  private static Groups groups(
      Companions companions, Optional<Tensor> index, int columns, int count, PackingConfig config)
      throws IOException {
    if (index.isEmpty()) {
      return Groups.ofSize(columns, config.groupSize(columns, count));
    }
    config.mustHaveGroups(columns, count);
    Groups groups = Groups.of(Words.all(companions.all(index.get(), 4 * columns)), count);
    if (!groups.inOrder() && config.ordersColumns().equals(Optional.of(false))) {
      throw new UnpackableException(
          "its configuration has columns in order (desc_act is false), and its g_idx has not");
    }
    return groups;
  }

  private static int lessBy(PackingConfig config) throws UnpackableException {
    return switch (config.format()) {
      case "", "gptq" -> 1;
      case "gptq_v2" -> 0;
      default -> throw new UnpackableException("no GPTQ format is " + Quoted.line(config.format()));
    };
  }

  /** By the shape, where the number of columns is known; it is the same for few of them. */
  private static int bits(Tensor codes, Optional<Tensor> index, PackingConfig config)
      throws UnpackableException {
    for (int bits : BITS) {
      boolean stated = config.bits().isEmpty() || config.bits().get() == bits;
      if (index.isPresent()
          ? Words.of(index.get().elements(), bits) == codes.matrixRows()
          : stated && config.bits().isPresent()) {
        return bits;
      }
    }
    throw new UnpackableException("how many bits its codes have is not known");
  }

  /** How scales are stored. */
  public SafetensorsType scaleType() {
    return Companions.type(stored.scales);
  }

  @Override
  public Method method() {
    return Method.GPTQ;
  }

  @Override
  long stripRowBytes() {
    return (stored.codes.bytes() + stored.scales.bytes() + stored.zeros.bytes()) / rows() + 1;
  }

  @Override
  Strip strip(int firstRow, int rows) throws IOException {
    int bits = stored.bits;
    int scaleBytes = Companions.type(stored.scales).bits() / Byte.SIZE;
    int firstZero = firstRow / Words.BITS * bits;
    int zeroWords = (int) (Words.of(firstRow + rows, bits) - firstZero);
    byte[] codes = companions.columns(stored.codes, 4 * firstRow, 4 * rows);
    byte[] scales = companions.columns(stored.scales, scaleBytes * firstRow, scaleBytes * rows);
    byte[] zeros = companions.columns(stored.zeros, 4 * firstZero, 4 * zeroWords);
    return (row, toCodes, toScales, toZeros) -> {
      for (int i = 0; i < toCodes.length; i++) {
        toCodes[i] = (byte) Words.code(codes, 4 * row, 4 * rows, i, bits);
      }
      for (int i = 0; i < toScales.length; i++) {
        StoredFloats.decode(
            Companions.type(stored.scales), scales, scaleBytes * (i * rows + row), toScales, i, 1);
        toZeros[i] = Words.code(zeros, 4 * i * zeroWords, 4, row, bits) + stored.lessBy;
      }
    };
  }
}
