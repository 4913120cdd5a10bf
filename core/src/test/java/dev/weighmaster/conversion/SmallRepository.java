package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.RowReader;
import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A repository that a test makes; no two of its weights are the same. */
final class SmallRepository {
  private final SafetensorsWriter safetensors = new SafetensorsWriter();
  private final Map<String, float[]> weights = new LinkedHashMap<>();
  private final String config;
  private int next = 1;

  /**
   * @param fields of {@code config.json}
   */
  SmallRepository(String architecture, String fields) {
    config =
        "{\"architectures\": [\"%s\"]%s}"
            .formatted(architecture, fields.isEmpty() ? "" : ", " + fields);
  }

  /** Adds a tensor of floats, row by row. */
  SmallRepository with(String name, int... shape) {
    float[] floats = new float[Arrays.stream(shape).reduce(1, (one, other) -> one * other)];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = next++;
    }
    weights.put(name, floats);
    ByteBuffer bytes = ByteBuffer.allocate(4 * floats.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(floats);
    return with(name, SafetensorsType.F32, bytes.array(), shape);
  }

  SmallRepository with(String name, SafetensorsType type, byte[] bytes, int... shape) {
    safetensors.tensor(name, type, Arrays.stream(shape).mapToObj(Long::valueOf).toList(), bytes);
    return this;
  }

  float[] weights(String name) {
    return weights.get(name);
  }

  void write(Path folder) throws IOException {
    Files.writeString(folder.resolve("config.json"), config);
    Files.write(folder.resolve("model.safetensors"), safetensors.toByteArray());
  }

  static SafetensorsSource open(Path folder, MappingTables tables) throws IOException {
    LocalStorage storage = new LocalStorage(folder);
    return SafetensorsSource.open(storage, ModelTensors.open(storage, "model.safetensors"), tables);
  }

  /** What the source has for the name of a GGUF's tensor: the shape, and the weights. */
  static String found(SafetensorsSource source, String name) throws IOException {
    var counterpart =
        source.counterpart(
            new Tensor(name, new TensorType.Ggml(GgmlType.F32), List.of(1L), 1, 0, 0, 4));
    if (counterpart.tensors().isEmpty()) {
      return counterpart.remark().orElseThrow();
    }
    SourceTensor tensor = counterpart.tensors().get(0);
    return tensor.shape() + " " + Arrays.toString(read(tensor));
  }

  static float[] read(SourceTensor tensor) throws IOException {
    GgmlCodec codec = GgmlCodecs.of(tensor.type().ggml().orElseThrow()).orElseThrow();
    try (RowReader rows = tensor.rows().open()) {
      byte[] bytes = new byte[(int) rows.remaining()];
      rows.read(bytes, 0, bytes.length);
      int blocks = bytes.length / codec.type().blockBytes();
      float[] floats = new float[blocks * codec.type().blockElements()];
      codec.decode(bytes, 0, floats, 0, floats.length);
      return floats;
    }
  }
}
