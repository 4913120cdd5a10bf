package dev.weighmaster.format;

import java.util.List;
import java.util.Optional;

/**
 * What the header of a weights file says, as far as the audit needs it.
 *
 * @param format with its version, such as {@code GGUF v3} or {@code safetensors}
 * @param role what the file is to a model
 * @param architecture GGUF's {@code general.architecture}
 * @param method the quantization method, such as {@code Q4_K_M}; empty where no tensor is
 *     quantized; a part of a split set repeats what its header claims for the whole set
 * @param types the tensors by type, in the order of the bytes that they take, most first
 * @param split the file's place in a split set
 * @param sourceModels model ids that the header names as what the file was made from
 * @param baseModels model ids that the header names as the base of that model
 * @param missingBytes of the tensors that lie in other files, where this is the first piece of a
 *     file that was cut up
 */
public record WeightsSummary(
    String format,
    Role role,
    Optional<String> architecture,
    Optional<String> method,
    List<TypeCount> types,
    Optional<Split> split,
    List<String> sourceModels,
    List<String> baseModels,
    long missingBytes) {
  public WeightsSummary {
    types = List.copyOf(types);
    sourceModels = List.copyOf(sourceModels);
    baseModels = List.copyOf(baseModels);
  }

  /** What a file is to a model by its tensors and architecture, without regard to its name. */
  public enum Role {
    MODEL,
    ADAPTER,
    PROJECTOR,
    IMATRIX,
    /** A model without tensors. */
    VOCABULARY
  }

  /**
   * The tensors of one type.
   *
   * @param type the type's name: ggml's ({@code Q4_K}) or safetensors' ({@code BF16})
   * @param quantized whether the type is one that a quantization leaves
   * @param bytes that the tensors take in the file, without padding
   */
  public record TypeCount(String type, boolean quantized, long tensors, long elements, long bytes) {

    /** Both together; the other is of the same type. */
    public TypeCount plus(TypeCount other) {
      return new TypeCount(
          type, quantized, tensors + other.tensors, elements + other.elements, bytes + other.bytes);
    }
  }

  /**
   * A place in a split set.
   *
   * @param index from 0
   * @param tensors in all files of the set together, where the header says so
   */
  public record Split(int index, int count, Optional<Long> tensors) {}

  /** Whether any tensor's type is one that a quantization leaves. */
  public boolean quantized() {
    return types.stream().anyMatch(TypeCount::quantized);
  }
}
