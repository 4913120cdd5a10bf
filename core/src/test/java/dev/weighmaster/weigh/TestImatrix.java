package dev.weighmaster.weigh;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.imatrix.Imatrix;
import dev.weighmaster.io.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** An importance matrix of one tensor, in the legacy form. */
final class TestImatrix {
  private TestImatrix() {}

  static NamedImatrix write(Path hub, String tensor, float[] importance) throws IOException {
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
    Files.write(hub.resolve("imatrix.dat"), bytes.array());
    return new NamedImatrix("imatrix.dat", Imatrix.open(new LocalStorage(hub), "imatrix.dat"));
  }
}
