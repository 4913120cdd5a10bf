package dev.weighmaster.packing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Codes of up to 8 bits in a run of 32-bit words, the lowest bits first, little-endian. */
final class Words {
  static final int BITS = 32;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private Words() {}

  /** Words that so many codes take, without gaps between them. */
  static long of(long codes, int bits) {
    return (codes * bits + BITS - 1) / BITS;
  }

  /** Words as integers with a sign. */
  static int[] all(byte[] bytes) {
    int[] words = new int[bytes.length / Integer.BYTES];
    for (int i = 0; i < words.length; i++) {
      words[i] = (int) INT.get(bytes, i * Integer.BYTES);
    }
    return words;
  }

  /**
   * The code at a place, which may continue in the next word.
   *
   * @param start offset of the run's first word, in bytes
   * @param step from a word to the run's next one, in bytes
   * @param index of the code
   */
  static int code(byte[] bytes, int start, int step, int index, int bits) {
    int bit = index * bits;
    int at = start + (bit >>> 5) * step;
    int shift = bit & (BITS - 1);
    int code = (int) INT.get(bytes, at) >>> shift;
    int missing = shift + bits - BITS;
    if (missing > 0) {
      code |= (int) INT.get(bytes, at + step) << (bits - missing);
    }
    return code & ((1 << bits) - 1);
  }
}
