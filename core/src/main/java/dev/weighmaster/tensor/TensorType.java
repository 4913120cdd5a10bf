package dev.weighmaster.tensor;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import java.util.Optional;

/** How a file stores the elements of a tensor. */
public sealed interface TensorType {

  /** As the format itself calls it: {@code Q4_K}, {@code BF16}. */
  String name();

  /** The ggml type whose rows are the same bytes; empty if there is none. */
  Optional<GgmlType> ggml();

  /** A type of GGUF. */
  record Ggml(GgmlType type) implements TensorType {
    @Override
    public String name() {
      return type.name();
    }

    @Override
    public Optional<GgmlType> ggml() {
      return Optional.of(type);
    }
  }

  /** A type of safetensors. */
  record Safetensors(SafetensorsType type) implements TensorType {
    @Override
    public String name() {
      return type.name();
    }

    @Override
    public Optional<GgmlType> ggml() {
      return switch (type) {
        case F16 -> Optional.of(GgmlType.F16);
        case BF16 -> Optional.of(GgmlType.BF16);
        case F32 -> Optional.of(GgmlType.F32);
        case F64 -> Optional.of(GgmlType.F64);
        case I8 -> Optional.of(GgmlType.I8);
        case I16 -> Optional.of(GgmlType.I16);
        case I32 -> Optional.of(GgmlType.I32);
        case I64 -> Optional.of(GgmlType.I64);
        case BOOL,
            F4,
            F6_E2M3,
            F6_E3M2,
            U8,
            F8_E5M2,
            F8_E4M3,
            F8_E8M0,
            F8_E4M3FNUZ,
            F8_E5M2FNUZ,
            U16,
            U32,
            C64,
            U64 ->
            Optional.empty();
      };
    }
  }
}
