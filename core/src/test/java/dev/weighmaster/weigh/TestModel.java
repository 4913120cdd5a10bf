package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A small model whose tensors can be changed before it is written. */
final class TestModel {
  static final float DEVIATION = 0.05f;

  private final Map<String, TestTensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  TestModel() {
    with("general.architecture", "llama")
        .with("general.name", "test")
        .with("llama.rope.scaling.type", "none")
        .with("tokenizer.ggml.model", "gpt2")
        .with("tokenizer.chat_template", "{{ messages }}");
  }

  private static final class TestTensor {
    private final GgmlType type;
    private final List<Long> shape;
    private final byte[] bytes;

    TestTensor(GgmlType type, List<Long> shape, byte[] bytes) {
      this.type = type;
      this.shape = shape;
      this.bytes = bytes;
    }
  }

  /** Rows of random weights with some outliers. */
  static float[] weights(int count, long seed) {
    var random = new Random(seed);
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) {
      weights[i] = (float) random.nextGaussian() * DEVIATION * (random.nextInt(500) == 0 ? 10 : 1);
    }
    return weights;
  }

  static byte[] encode(GgmlType type, float[] weights, int length) {
    return encode(type, weights, length, new float[0]);
  }

  static byte[] encode(GgmlType type, float[] weights, int length, float[] importance) {
    GgmlCodec codec = GgmlCodecs.of(type).orElseThrow();
    int rowBytes = length / type.blockElements() * type.blockBytes();
    byte[] bytes = new byte[weights.length / length * rowBytes];
    for (int row = 0; row < weights.length / length; row++) {
      codec.encode(weights, row * length, length, importance, bytes, row * rowBytes);
    }
    return bytes;
  }

  TestModel put(String name, GgmlType type, float[] weights, int length) {
    List<Long> shape =
        length == weights.length
            ? List.of((long) length)
            : List.of((long) length, (long) (weights.length / length));
    return put(name, type, shape, encode(type, weights, length));
  }

  TestModel put(String name, GgmlType type, List<Long> shape, byte[] bytes) {
    tensors.put(name, new TestTensor(type, shape, bytes));
    return this;
  }

  TestModel remove(String name) {
    tensors.remove(name);
    return this;
  }

  /** Puts a metadata value, instead of the one that the model has. */
  TestModel with(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /** The bytes of a tensor, which may be changed. */
  byte[] bytes(String name) {
    return tensors.get(name).bytes;
  }

  /** Swaps two rows. */
  void swap(String name, int one, int other, int rows) {
    byte[] bytes = bytes(name);
    int length = bytes.length / rows;
    byte[] kept = Arrays.copyOfRange(bytes, one * length, (one + 1) * length);
    System.arraycopy(bytes, other * length, bytes, one * length, length);
    System.arraycopy(kept, 0, bytes, other * length, length);
  }

  ModelTensors write(Path hub, String file) throws IOException {
    try (OutputStream out = Files.newOutputStream(hub.resolve(file))) {
      gguf().writeTo(out);
    }
    return ModelTensors.open(new LocalStorage(hub), file);
  }

  byte[] toByteArray() {
    return gguf().toByteArray();
  }

  private GgufWriter gguf() {
    var gguf = new GgufWriter();
    metadata.forEach(gguf::put);
    tensors.forEach((name, tensor) -> gguf.tensor(name, tensor.type, tensor.shape, tensor.bytes));
    return gguf;
  }
}
