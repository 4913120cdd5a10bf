package dev.weighmaster.ggml;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The numbers in a block: little-endian, as ggml stores them on every machine that people use. */
final class BlockBytes {
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private BlockBytes() {}

  static short shortAt(byte[] blocks, int at) {
    return (short) SHORTS.get(blocks, at);
  }

  static void putShort(byte[] blocks, int at, short value) {
    SHORTS.set(blocks, at, value);
  }

  static int intAt(byte[] blocks, int at) {
    return (int) INTS.get(blocks, at);
  }

  static void putInt(byte[] blocks, int at, int value) {
    INTS.set(blocks, at, value);
  }

  static long longAt(byte[] blocks, int at) {
    return (long) LONGS.get(blocks, at);
  }

  static void putLong(byte[] blocks, int at, long value) {
    LONGS.set(blocks, at, value);
  }

  static float halfAt(byte[] blocks, int at) {
    return GgmlFloats.fromHalf(shortAt(blocks, at));
  }

  static void putHalf(byte[] blocks, int at, float value) {
    putShort(blocks, at, GgmlFloats.toHalf(value));
  }
}
