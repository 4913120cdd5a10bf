package dev.weighmaster.format.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a GGUF file from values at hand: version 3 and little-endian unless told otherwise. Each
 * tensor is padded to {@code general.alignment}, the last one too. Not thread-safe.
 */
public final class GgufWriter {
  private final int version;
  private final ByteOrder order;
  private final List<GgufHeader.Entry> metadata = new ArrayList<>();
  private final List<Tensor> tensors = new ArrayList<>();
  private final List<byte[]> contents = new ArrayList<>();
  private long alignment = GgufHeader.DEFAULT_ALIGNMENT;

  private record Tensor(String name, GgmlType type, List<Long> shape, long bytes) {}

  public GgufWriter() {
    this(3, ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * For a file of another version or byte order.
   *
   * @param version from 1 to 3
   */
  public GgufWriter(int version, ByteOrder order) {
    if (version < 1 || version > 3) {
      throw new IllegalArgumentException("GGUF has no version " + version);
    }
    this.version = version;
    this.order = order;
  }

  public GgufWriter put(String key, GgufValue value) {
    if (key.equals(GgufHeader.ALIGNMENT_KEY) && value instanceof GgufValue.Whole whole) {
      alignment = whole.value();
    }
    metadata.add(new GgufHeader.Entry(key, value));
    return this;
  }

  public GgufWriter put(String key, String value) {
    return put(key, GgufValue.text(value));
  }

  /** Puts a {@code UINT32}. */
  public GgufWriter put(String key, int value) {
    return put(key, GgufValue.uint32(value));
  }

  /**
   * Adds a tensor after those that are there.
   *
   * @param shape ggml's order: the row's length first
   * @param data as it is to stand in the file; it is not copied
   * @throws IllegalArgumentException if the data's length is not what type and shape make
   */
  public GgufWriter tensor(String name, GgmlType type, List<Long> shape, byte[] data) {
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    long bytes = elements / type.blockElements() * type.blockBytes();
    if (bytes != data.length) {
      throw new IllegalArgumentException(
          "tensor %s takes %d bytes, not %d".formatted(name, bytes, data.length));
    }
    tensors.add(new Tensor(name, type, List.copyOf(shape), data.length));
    contents.add(data);
    return this;
  }

  public void writeTo(OutputStream out) throws IOException {
    byte[] header = header();
    out.write(header);
    pad(out, header.length);
    for (byte[] content : contents) {
      out.write(content);
      pad(out, content.length);
    }
  }

  public byte[] toByteArray() {
    var out = new ByteArrayOutputStream();
    try {
      writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private byte[] header() throws IOException {
    var out = new ByteArrayOutputStream();
    out.write("GGUF".getBytes(StandardCharsets.US_ASCII));
    writeInt(out, version);
    writeSize(out, tensors.size());
    writeSize(out, metadata.size());
    for (GgufHeader.Entry entry : metadata) {
      writeText(out, entry.key());
      writeInt(out, entry.value().type().id());
      writeValue(out, entry.value());
    }
    long offset = 0;
    for (Tensor tensor : tensors) {
      writeText(out, tensor.name);
      writeInt(out, tensor.shape.size());
      for (long dimension : tensor.shape) {
        writeSize(out, dimension);
      }
      writeInt(out, tensor.type.id());
      writeLong(out, offset);
      offset = GgufHeader.align(offset + tensor.bytes, alignment);
    }
    return out.toByteArray();
  }

  private void writeValue(OutputStream out, GgufValue value) throws IOException {
    if (value instanceof GgufValue.Whole whole) {
      writeNumber(out, whole.type().bytes(), whole.value());
    } else if (value instanceof GgufValue.Real real) {
      writeNumber(
          out,
          real.type().bytes(),
          real.type() == GgufType.FLOAT32
              ? Float.floatToIntBits((float) real.value())
              : Double.doubleToLongBits(real.value()));
    } else if (value instanceof GgufValue.Bool bool) {
      out.write(bool.value() ? 1 : 0);
    } else if (value instanceof GgufValue.Text text) {
      writeText(out, text.value());
    } else if (value instanceof GgufValue.Array array) {
      writeInt(out, array.elementType().id());
      writeSize(out, array.first().size());
      for (GgufValue element : array.first()) {
        writeValue(out, element);
      }
    }
  }

  private void writeText(OutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    writeSize(out, bytes.length);
    out.write(bytes);
  }

  /** Version 1 has 32 bits where later versions have 64. */
  private void writeSize(OutputStream out, long size) throws IOException {
    writeNumber(out, version == 1 ? Integer.BYTES : Long.BYTES, size);
  }

  private void writeInt(OutputStream out, int value) throws IOException {
    writeNumber(out, Integer.BYTES, value);
  }

  private void writeLong(OutputStream out, long value) throws IOException {
    writeNumber(out, Long.BYTES, value);
  }

  private void writeNumber(OutputStream out, int bytes, long value) throws IOException {
    byte[] all = ByteBuffer.allocate(Long.BYTES).order(order).putLong(value).array();
    out.write(all, order == ByteOrder.LITTLE_ENDIAN ? 0 : Long.BYTES - bytes, bytes);
  }

  private void pad(OutputStream out, long length) throws IOException {
    out.write(new byte[(int) (GgufHeader.align(length, alignment) - length)]);
  }
}
