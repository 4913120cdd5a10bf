package dev.weighmaster.format.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a safetensors file from values at hand, its header padded to 8 bytes as the reference's
 * is. Not thread-safe.
 */
public final class SafetensorsWriter {
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<Tensor> tensors = new ArrayList<>();
  private final List<byte[]> contents = new ArrayList<>();

  private record Tensor(String name, SafetensorsType type, List<Long> shape, long bytes) {}

  public SafetensorsWriter put(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /**
   * Adds a tensor after those that are there.
   *
   * @param shape row-major: the row's length last
   * @param data as it is to stand in the file; it is not copied
   * @throws IllegalArgumentException if the data's length is not what type and shape make
   */
  public SafetensorsWriter tensor(
      String name, SafetensorsType type, List<Long> shape, byte[] data) {
    long bits = Math.multiplyExact(shape.stream().reduce(1L, Math::multiplyExact), type.bits());
    if (bits != (long) data.length * Byte.SIZE) {
      throw new IllegalArgumentException(
          "tensor %s takes %d bits, not %d bytes".formatted(name, bits, data.length));
    }
    tensors.add(new Tensor(name, type, List.copyOf(shape), data.length));
    contents.add(data);
    return this;
  }

  public void writeTo(OutputStream out) throws IOException {
    byte[] header = header();
    byte[] padding = new byte[-header.length & (Long.BYTES - 1)];
    Arrays.fill(padding, (byte) ' ');
    out.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length + padding.length)
            .array());
    out.write(header);
    out.write(padding);
    for (byte[] content : contents) {
      out.write(content);
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
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart("__metadata__");
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long offset = 0;
      for (Tensor tensor : tensors) {
        json.writeObjectFieldStart(tensor.name);
        json.writeStringField("dtype", tensor.type.name());
        json.writeArrayFieldStart("shape");
        for (long dimension : tensor.shape) {
          json.writeNumber(dimension);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("data_offsets");
        json.writeNumber(offset);
        offset += tensor.bytes;
        json.writeNumber(offset);
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    return out.toByteArray();
  }
}
