package dev.weighmaster.format.gguf;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The types of tensors that a GGUF file can hold: ggml's {@code enum ggml_type} with the block
 * layouts of its type traits. The row-interleaved types that llama.cpp has removed again (31 to 33
 * and 36) are here, since files with them are still about; 4, 5, 37 and 38 were never in a file.
 */
public enum GgmlType {
  F32(0, 4),
  F16(1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q8_1(9, 32, 36),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  Q8_K(15, 256, 292),
  IQ2_XXS(16, 256, 66),
  IQ2_XS(17, 256, 74),
  IQ3_XXS(18, 256, 98),
  IQ1_S(19, 256, 50),
  IQ4_NL(20, 32, 18),
  IQ3_S(21, 256, 110),
  IQ2_S(22, 256, 82),
  IQ4_XS(23, 256, 136),
  I8(24, 1),
  I16(25, 2),
  I32(26, 4),
  I64(27, 8),
  F64(28, 8),
  IQ1_M(29, 256, 56),
  BF16(30, 2),
  Q4_0_4_4(31, 32, 18),
  Q4_0_4_8(32, 32, 18),
  Q4_0_8_8(33, 32, 18),
  TQ1_0(34, 256, 54),
  TQ2_0(35, 256, 66),
  IQ4_NL_4_4(36, 32, 18),
  MXFP4(39, 32, 17),
  NVFP4(40, 64, 36),
  Q1_0(41, 128, 18),
  Q2_0(42, 64, 18);

  private static final Map<Integer, GgmlType> BY_ID =
      Arrays.stream(values()).collect(Collectors.toMap(GgmlType::id, Function.identity()));

  private final int id;
  private final int blockElements;
  private final int blockBytes;

  GgmlType(int id, int bytes) {
    this(id, 1, bytes);
  }

  GgmlType(int id, int blockElements, int blockBytes) {
    this.id = id;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  static Optional<GgmlType> of(int id) {
    return Optional.ofNullable(BY_ID.get(id));
  }

  /** The number that stands for the type in a file. */
  public int id() {
    return id;
  }

  /** A row is a whole number of blocks of so many elements. */
  public int blockElements() {
    return blockElements;
  }

  public int blockBytes() {
    return blockBytes;
  }

  /** Whether only a quantization leaves the type: every type whose elements share a block. */
  public boolean quantized() {
    return blockElements > 1;
  }
}
