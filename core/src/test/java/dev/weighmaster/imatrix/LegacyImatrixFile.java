package dev.weighmaster.imatrix;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** An importance matrix of one tensor, in the legacy form. */
public final class LegacyImatrixFile {
  private LegacyImatrixFile() {}

  /** The file's bytes, with the importance of each column. */
  public static byte[] of(String tensor, float[] importance) {
    byte[] name = tensor.getBytes(UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(4 * Integer.BYTES + name.length + importance.length * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(1)
            .putInt(name.length)
            .put(name)
            .putInt(1)
            .putInt(importance.length);
    for (float each : importance) {
      bytes.putFloat(each);
    }
    return bytes.array();
  }
}
