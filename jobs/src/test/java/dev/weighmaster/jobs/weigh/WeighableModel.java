package dev.weighmaster.jobs.weigh;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A small model, and what is made of it; matrices of 256 columns, and a norm. */
public final class WeighableModel {
  public static final int COLUMNS = 256;
  public static final int ROWS = 4;
  public static final String NORM = "output_norm.weight";

  private final Map<String, float[]> matrices = new LinkedHashMap<>();
  private final Map<String, String> texts = new LinkedHashMap<>();

  /** A model with these matrices, each of its own weights. */
  public WeighableModel(String... names) {
    texts.put("general.architecture", "llama");
    texts.put("tokenizer.ggml.model", "gpt2");
    texts.put("tokenizer.chat_template", "{{ messages }}");
    for (String name : names) {
      matrices.put(name, weights(ROWS * COLUMNS, name.hashCode()));
    }
  }

  /** Puts a text among the metadata. */
  public WeighableModel text(String key, String value) {
    texts.put(key, value);
    return this;
  }

  /** A weight for each column, of which none is 0. */
  public static float[] importance() {
    float[] importance = weights(COLUMNS, 7);
    for (int i = 0; i < importance.length; i++) {
      importance[i] = 1 + Math.abs(importance[i]) * 10;
    }
    return importance;
  }

  private static float[] weights(int count, long seed) {
    Random random = new Random(seed);
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) {
      weights[i] = (float) random.nextGaussian() * 0.05f;
    }
    return weights;
  }

  /** Writes the model with its matrices in a type. */
  public Path write(Path file, GgmlType type) throws IOException {
    return write(file, type, new float[0]);
  }

  /** Writes the model, quantized with importance from what its F16 form has. */
  public Path write(Path file, GgmlType type, float[] importance) throws IOException {
    return Files.write(file, bytes(type, importance));
  }

  /** The model's bytes. */
  public byte[] bytes(GgmlType type, float[] importance) {
    GgufWriter gguf = new GgufWriter();
    texts.forEach(gguf::put);
    gguf.put("llama.block_count", 1);
    matrices.forEach(
        (name, weights) -> gguf.tensor(name, type, shape(), encode(type, weights, importance)));
    return gguf.tensor(NORM, GgmlType.F32, List.of((long) COLUMNS), new byte[COLUMNS * Float.BYTES])
        .toByteArray();
  }

  private static List<Long> shape() {
    return List.of((long) COLUMNS, (long) ROWS);
  }

  /** Writes the model as a split set of a matrix a part, and gives the parts. */
  public List<Path> split(Path folder, String prefix, GgmlType type) throws IOException {
    List<Path> parts = new ArrayList<>();
    for (Map.Entry<String, float[]> matrix : matrices.entrySet()) {
      GgufWriter gguf = new GgufWriter();
      if (parts.isEmpty()) {
        texts.forEach(gguf::put);
      }
      gguf.put("split.no", GgufValue.uint32(parts.size()))
          .put("split.count", GgufValue.uint32(matrices.size()))
          .put("split.tensors.count", GgufValue.uint32(matrices.size()))
          .tensor(matrix.getKey(), type, shape(), encode(type, matrix.getValue(), new float[0]));
      Path part =
          folder.resolve(
              "%s-%05d-of-%05d.gguf".formatted(prefix, parts.size() + 1, matrices.size()));
      parts.add(Files.write(part, gguf.toByteArray()));
    }
    return parts;
  }

  private static byte[] encode(GgmlType type, float[] weights, float[] importance) {
    float[] halves = new float[weights.length];
    byte[] stored = encode(GgmlCodecs.of(GgmlType.F16).orElseThrow(), weights, new float[0]);
    GgmlCodecs.of(GgmlType.F16).orElseThrow().decode(stored, 0, halves, 0, halves.length);
    return type == GgmlType.F16
        ? stored
        : encode(GgmlCodecs.of(type).orElseThrow(), halves, importance);
  }

  private static byte[] encode(GgmlCodec codec, float[] weights, float[] importance) {
    int rowBytes = COLUMNS / codec.type().blockElements() * codec.type().blockBytes();
    byte[] bytes = new byte[ROWS * rowBytes];
    for (int row = 0; row < ROWS; row++) {
      codec.encode(weights, row * COLUMNS, COLUMNS, importance, bytes, row * rowBytes);
    }
    return bytes;
  }

  /** An importance matrix in the form of a GGUF. */
  public static byte[] ggufImatrix(String tensor, float[] importance) {
    return new GgufWriter()
        .put("general.type", "imatrix")
        .tensor(
            tensor + ".in_sum2",
            GgmlType.F32,
            List.of((long) importance.length),
            floats(importance))
        .tensor(tensor + ".counts", GgmlType.F32, List.of(1L), floats(new float[] {1}))
        .toByteArray();
  }

  private static byte[] floats(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }
}
