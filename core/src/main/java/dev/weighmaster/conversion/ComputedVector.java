package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.tensor.RowReader;
import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/** Floats that are not stored in the source. Not thread-safe. */
final class ComputedVector implements RowReader {
  private static final String COMPUTED = "it is computed from the source's config.json";

  private final ByteBuffer bytes;

  private ComputedVector(float[] floats) {
    bytes = ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(floats);
  }

  static SourceTensor tensor(float[] floats) {
    return new SourceTensor(
        "config.json",
        GgmlType.F32.name(),
        new TensorType.Ggml(GgmlType.F32),
        List.of((long) floats.length),
        Optional.of(COMPUTED),
        () -> new ComputedVector(floats));
  }

  @Override
  public long remaining() {
    return bytes.remaining();
  }

  @Override
  public void read(byte[] target, int offset, int length) {
    bytes.get(target, offset, length);
  }

  @Override
  public void close() {}
}
