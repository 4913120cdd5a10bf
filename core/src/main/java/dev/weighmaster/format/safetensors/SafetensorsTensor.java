package dev.weighmaster.format.safetensors;

import java.util.List;

/**
 * One entry of the tensor directory.
 *
 * @param shape row-major: the row's length last
 * @param offset in bytes from the start of the file
 */
public record SafetensorsTensor(
    String name, SafetensorsType type, List<Long> shape, long elements, long offset, long bytes) {
  public SafetensorsTensor {
    shape = List.copyOf(shape);
  }

  /**
   * Whether its type is one that a quantization leaves: floats of less than 16 bits, bytes, and the
   * 32-bit integers that GPTQ, AWQ and compressed-tensors pack weights into, which their names tell
   * from indices.
   */
  boolean quantized() {
    return switch (type) {
      case F4, F6_E2M3, F6_E3M2, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, U8, I8 ->
          true;
      case I32, U32 ->
          name.endsWith(".qweight") || name.endsWith(".qzeros") || name.endsWith(".weight_packed");
      case BOOL, I16, U16, F16, BF16, F32, C64, F64, I64, U64 -> false;
    };
  }
}
