package dev.weighmaster.format.gguf;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What {@code general.file_type} can say: llama.cpp's {@code enum llama_ftype}, with the names that
 * {@code llama-quantize} takes, each with the type that it gives a tensor unless a rule of its own
 * says otherwise.
 */
public enum LlamaFileType {
  F32(0, GgmlType.F32),
  F16(1, GgmlType.F16),
  Q4_0(2, GgmlType.Q4_0),
  Q4_1(3, GgmlType.Q4_1),
  Q4_1_SOME_F16(4, GgmlType.Q4_1),
  Q8_0(7, GgmlType.Q8_0),
  Q5_0(8, GgmlType.Q5_0),
  Q5_1(9, GgmlType.Q5_1),
  Q2_K(10, GgmlType.Q2_K),
  Q3_K_S(11, GgmlType.Q3_K),
  Q3_K_M(12, GgmlType.Q3_K),
  Q3_K_L(13, GgmlType.Q3_K),
  Q4_K_S(14, GgmlType.Q4_K),
  Q4_K_M(15, GgmlType.Q4_K),
  Q5_K_S(16, GgmlType.Q5_K),
  Q5_K_M(17, GgmlType.Q5_K),
  Q6_K(18, GgmlType.Q6_K),
  IQ2_XXS(19, GgmlType.IQ2_XXS),
  IQ2_XS(20, GgmlType.IQ2_XS),
  Q2_K_S(21, GgmlType.Q2_K),
  IQ3_XS(22, GgmlType.IQ3_S),
  IQ3_XXS(23, GgmlType.IQ3_XXS),
  IQ1_S(24, GgmlType.IQ1_S),
  IQ4_NL(25, GgmlType.IQ4_NL),
  IQ3_S(26, GgmlType.IQ3_S),
  IQ3_M(27, GgmlType.IQ3_S),
  IQ2_S(28, GgmlType.IQ2_XS),
  IQ2_M(29, GgmlType.IQ2_S),
  IQ4_XS(30, GgmlType.IQ4_XS),
  IQ1_M(31, GgmlType.IQ1_M),
  BF16(32, GgmlType.BF16),
  Q4_0_4_4(33, GgmlType.Q4_0_4_4),
  Q4_0_4_8(34, GgmlType.Q4_0_4_8),
  Q4_0_8_8(35, GgmlType.Q4_0_8_8),
  TQ1_0(36, GgmlType.TQ1_0),
  TQ2_0(37, GgmlType.TQ2_0),
  MXFP4_MOE(38, GgmlType.MXFP4),
  NVFP4(39, GgmlType.NVFP4),
  Q1_0(40, GgmlType.Q1_0),
  Q2_0(41, GgmlType.Q2_0);

  private static final Map<Long, LlamaFileType> BY_ID =
      Arrays.stream(values()).collect(Collectors.toMap(LlamaFileType::id, Function.identity()));

  private final long id;
  private final GgmlType mostly;

  LlamaFileType(long id, GgmlType mostly) {
    this.id = id;
    this.mostly = mostly;
  }

  /**
   * The method that a number stands for; empty also for one with llama.cpp's flag for a guess
   * (1024), which claims nothing.
   */
  public static Optional<LlamaFileType> of(long id) {
    return Optional.ofNullable(BY_ID.get(id));
  }

  /** The number that stands for the method in a file. */
  public long id() {
    return id;
  }

  /** The type that at least some tensors of such a file have. */
  public GgmlType mostly() {
    return mostly;
  }
}
