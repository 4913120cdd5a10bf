package dev.weighmaster.packing;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import java.util.EnumSet;
import java.util.Set;

/** Decodes the floats of the tensors that go with codes. */
final class StoredFloats {
  /** What scales are stored as. */
  static final Set<SafetensorsType> USUAL =
      EnumSet.of(SafetensorsType.F32, SafetensorsType.F16, SafetensorsType.BF16);

  private static final GgmlCodec F32 = GgmlCodecs.of(GgmlType.F32).orElseThrow();
  private static final GgmlCodec F16 = GgmlCodecs.of(GgmlType.F16).orElseThrow();
  private static final GgmlCodec BF16 = GgmlCodecs.of(GgmlType.BF16).orElseThrow();
  private static final float[] E4M3 = SmallFloats.e4m3();
  private static final float[] E8M0 = SmallFloats.e8m0();

  private StoredFloats() {}

  /**
   * Decodes some elements.
   *
   * @param type one of {@link #USUAL}, E4M3, or E8M0 also as U8
   */
  static void decode(
      SafetensorsType type, byte[] bytes, int offset, float[] values, int from, int count) {
    switch (type) {
      case F32 -> F32.decode(bytes, offset, values, from, count);
      case F16 -> F16.decode(bytes, offset, values, from, count);
      case BF16 -> BF16.decode(bytes, offset, values, from, count);
      case F8_E4M3 -> look(E4M3, bytes, offset, values, from, count);
      case F8_E8M0, U8 -> look(E8M0, bytes, offset, values, from, count);
      default -> throw new IllegalArgumentException("no scales are " + type);
    }
  }

  private static void look(
      float[] table, byte[] bytes, int offset, float[] values, int from, int count) {
    for (int i = 0; i < count; i++) {
      values[from + i] = table[bytes[offset + i] & 0xFF];
    }
  }
}
