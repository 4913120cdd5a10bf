package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.RowReader;
import dev.weighmaster.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A matrix of 8-bit floats that a block of rows and columns shares a scale of: the weights are the
 * products, as floats.
 *
 * @param floats the type of the bytes
 * @param blockRows rows that share a scale
 * @param blockColumns columns that share a scale
 */
record ScaledUnits(
    ModelTensors model,
    Tensor bytes,
    Tensor scales,
    SafetensorsType floats,
    long blockRows,
    long blockColumns)
    implements Units {
  /** The scales of one matrix are in memory. */
  private static final long MOST_SCALES = 1 << 20;

  /** How DeepSeek V3 has it, and most after it. */
  private static final long USUAL_BLOCK = 128;

  /**
   * Finds out which weights share a scale.
   *
   * @param floats the type of the bytes
   * @throws UnmappedException if the two do not belong together
   */
  static ScaledUnits of(
      ModelTensors model, Tensor bytes, Tensor scales, SafetensorsType floats, ModelConfig config)
      throws UnmappedException {
    List<Long> plain = scales.plainShape();
    boolean known =
        scales.type().ggml().flatMap(GgmlCodecs::of).isPresent()
            && bytes.shape().size() <= 2
            && scales.elements() <= MOST_SCALES
            && bytes.elements() > 0;
    if (known && plain.isEmpty()) {
      return new ScaledUnits(model, bytes, scales, floats, bytes.matrixRows(), bytes.rowElements());
    }
    long rows = bytes.matrixRows();
    if (known && scales.elements() == rows && (scales.rowElements() == 1 || plain.size() == 1)) {
      return new ScaledUnits(model, bytes, scales, floats, 1, bytes.rowElements());
    }
    List<Double> sizes =
        config
            .numbers("quantization_config.weight_block_size")
            .filter(each -> each.size() == 2)
            .orElse(List.of((double) USUAL_BLOCK, (double) USUAL_BLOCK));
    long blockRows = sizes.get(0).longValue();
    long blockColumns = sizes.get(1).longValue();
    if (!known
        || blockRows < 1
        || blockColumns < 1
        || scales.rowElements() != blocks(bytes.rowElements(), blockColumns)
        || scales.matrixRows() != blocks(rows, blockRows)
        || scales.matrices() != 1) {
      throw new UnmappedException("its weights and its scales do not belong together");
    }
    return new ScaledUnits(model, bytes, scales, floats, blockRows, blockColumns);
  }

  private static long blocks(long length, long block) {
    return (length - 1) / block + 1;
  }

  @Override
  public List<String> names() {
    return List.of(bytes.name(), scales.name());
  }

  @Override
  public String storedType() {
    return bytes.type().name();
  }

  @Override
  public GgmlType type() {
    return GgmlType.F32;
  }

  @Override
  public List<Long> shape() {
    return StoredUnits.rowMajor(bytes);
  }

  @Override
  public long storedBytes() {
    return bytes.bytes() + scales.bytes();
  }

  @Override
  public RowReader open(long first, long count) throws IOException {
    return new Products(readScales(), model.readBytes(bytes, first, count), first);
  }

  private float[] readScales() throws IOException {
    GgmlCodec codec = GgmlCodecs.of(scales.type().ggml().orElseThrow()).orElseThrow();
    byte[] stored = new byte[(int) scales.bytes()];
    try (RowReader reader = model.read(scales)) {
      reader.read(stored, 0, stored.length);
    }
    float[] decoded = new float[(int) scales.elements()];
    codec.decode(stored, 0, decoded, 0, decoded.length);
    return decoded;
  }

  /** Multiplies. Not thread-safe. */
  private final class Products implements RowReader {
    private static final int STEP = 1 << 12;

    private final float[] values = ByteFloats.of(floats).orElseThrow();
    private final float[] factors;
    private final RowReader left;
    private final byte[] stored = new byte[STEP];
    private final ByteBuffer products =
        ByteBuffer.allocate(STEP * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private long next;

    Products(float[] factors, RowReader left, long first) {
      this.factors = factors;
      this.left = left;
      this.next = first;
    }

    @Override
    public long remaining() {
      return products.remaining() + left.remaining() * Float.BYTES;
    }

    @Override
    public void read(byte[] target, int offset, int length) throws IOException {
      for (int read = 0; read < length; ) {
        if (!products.hasRemaining()) {
          multiply();
        }
        int step = Math.min(products.remaining(), length - read);
        products.get(target, offset + read, step);
        read += step;
      }
    }

    private void multiply() throws IOException {
      int count = (int) Math.min(STEP, left.remaining());
      left.read(stored, 0, count);
      products.clear();
      long columns = bytes.rowElements();
      long perRow = blocks(columns, blockColumns);
      for (int i = 0; i < count; i++, next++) {
        long scale = next / columns / blockRows * perRow + next % columns / blockColumns;
        products.putFloat(values[stored[i] & 0xFF] * factors[(int) scale]);
      }
      products.flip();
    }

    @Override
    public void close() throws IOException {
      left.close();
    }
  }
}
