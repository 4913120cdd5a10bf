package dev.weighmaster.format.safetensors;

import java.util.List;
import java.util.Set;

/**
 * One entry of the tensor directory.
 *
 * @param shape row-major: the row's length last
 * @param offset in bytes from the start of the file
 */
public record SafetensorsTensor(
    String name, SafetensorsType type, List<Long> shape, long elements, long offset, long bytes) {
  /**
   * What GPTQ, AWQ, compressed-tensors, EXL2, EXL3, AQLM, QuIP#, HQQ, Quanto and bitsandbytes call
   * what they pack.
   */
  private static final Set<String> PACKED =
      Set.of(
          "qweight",
          "qzeros",
          "q_weight",
          "weight_packed",
          "weight_scale",
          "weight_zero_point",
          "zero_point",
          "trellis",
          "codes",
          "Qidxs",
          "W_q",
          "absmax",
          "nested_absmax",
          "quant_map",
          "weight_format",
          "SCB",
          "_data");

  /** As of MXFP4: {@code gate_up_proj_blocks}. */
  private static final List<String> PACKED_ENDS = List.of("_blocks", "_scales", "_packed");

  /** The last words of bytes that are flags, positions or counts. */
  private static final List<String> BUFFERS =
      List.of(
          "bias",
          "mask",
          "masks",
          "id",
          "ids",
          "idx",
          "index",
          "indices",
          "position",
          "positions",
          "buffer",
          "offset",
          "offsets",
          "flag",
          "flags",
          "count",
          "counts",
          "length",
          "lengths");

  public SafetensorsTensor {
    shape = List.copyOf(shape);
  }

  /**
   * Whether it looks like what a quantization leaves: floats of less than 16 bits; bytes of two
   * dimensions or by a name that quantizers use; and wider integers by such a name, or as a weight.
   * Masks, positions and the like are integers of full-precision models.
   */
  boolean quantized() {
    return switch (type) {
      case F4, F6_E2M3, F6_E3M2, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ -> true;
      case U8, I8 -> isPacked() || (shape.size() > 1 && !isBuffer());
      case I16, U16, I32, U32, I64, U64 ->
          isPacked() || (shape.size() > 1 && lastName().equals("weight"));
      case BOOL, F16, BF16, F32, C64, F64 -> false;
    };
  }

  private boolean isPacked() {
    String last = lastName();
    return PACKED.contains(last)
        || PACKED_ENDS.stream().anyMatch(last::endsWith)
        || name.contains(".quant_state.");
  }

  private boolean isBuffer() {
    String last = "_" + lastName();
    return BUFFERS.stream().anyMatch(word -> last.endsWith("_" + word));
  }

  private String lastName() {
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
