package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/** F32, F16 and BF16: a float each, which needs no block. */
abstract class SingleFloatCodec extends BlockCodec {
  private SingleFloatCodec(GgmlType type) {
    super(type);
  }

  static final class F32 extends SingleFloatCodec {
    F32() {
      super(GgmlType.F32);
    }

    @Override
    void decodeBlocks(byte[] blocks, int offset, float[] row, int from, int count) {
      for (int i = 0; i < count; i++) {
        row[from + i] = Float.intBitsToFloat(BlockBytes.intAt(blocks, offset + 4 * i));
      }
    }

    @Override
    void encodeBlocks(float[] row, int from, int count, byte[] blocks, int offset) {
      for (int i = 0; i < count; i++) {
        BlockBytes.putInt(blocks, offset + 4 * i, Float.floatToRawIntBits(row[from + i]));
      }
    }
  }

  static final class F16 extends SingleFloatCodec {
    private final Arithmetic arithmetic;

    F16(Arithmetic arithmetic) {
      super(GgmlType.F16);
      this.arithmetic = arithmetic;
    }

    @Override
    void decodeBlocks(byte[] blocks, int offset, float[] row, int from, int count) {
      arithmetic.fromHalves(blocks, offset, row, from, count);
    }

    @Override
    void encodeBlocks(float[] row, int from, int count, byte[] blocks, int offset) {
      arithmetic.toHalves(row, from, count, blocks, offset);
    }
  }

  static final class Bf16 extends SingleFloatCodec {
    private final Arithmetic arithmetic;

    Bf16(Arithmetic arithmetic) {
      super(GgmlType.BF16);
      this.arithmetic = arithmetic;
    }

    @Override
    void decodeBlocks(byte[] blocks, int offset, float[] row, int from, int count) {
      arithmetic.fromBfloat16s(blocks, offset, row, from, count);
    }

    @Override
    void encodeBlocks(float[] row, int from, int count, byte[] blocks, int offset) {
      for (int i = 0; i < count; i++) {
        BlockBytes.putShort(blocks, offset + 2 * i, GgmlFloats.toBfloat16(row[from + i]));
      }
    }
  }
}
