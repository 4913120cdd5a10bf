package dev.weighmaster.weigh;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufType;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.ZipFile;

/**
 * all-MiniLM-L6-v2: 22 million trained weights in F32, which a Maven artifact carries as ONNX. Here
 * they are as their publisher names them, and as llama.cpp's converter does.
 *
 * <p>ONNX has the matrices of linear layers transposed, under numbers; the operation that uses one
 * tells its layer. The fields are those of {@code onnx.proto}.
 */
final class TrainedWeights {
  private static final Path JAR =
      Path.of(System.getProperty("weighmaster.root"), "interop/weights/all-minilm-l6-v2.jar");
  private static final String ONNX = "all-minilm-l6-v2.onnx";

  private static final int LAYERS = 6;
  private static final int HEADS = 12;
  private static final int WIDTH = 384;
  private static final int INNER_WIDTH = 1536;
  private static final int POSITIONS = 512;
  private static final int TOKENS = 30_522;

  private static final String CONFIG =
      """
      {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": %d,
       "intermediate_size": %d, "num_attention_heads": %d, "num_hidden_layers": %d,
       "vocab_size": %d, "max_position_embeddings": %d, "type_vocab_size": 2,
       "layer_norm_eps": 1e-12, "torch_dtype": "float32"}
      """
          .formatted(WIDTH, INNER_WIDTH, HEADS, LAYERS, TOKENS, POSITIONS);

  /** What follows {@code encoder.layer.N.} in a name, and {@code blk.N.} in the converter's. */
  private static final Map<String, String> CONVERTED =
      Map.of(
          "attention.self.query", "attn_q",
          "attention.self.key", "attn_k",
          "attention.self.value", "attn_v",
          "attention.output.dense", "attn_output",
          "attention.output.LayerNorm", "attn_output_norm",
          "intermediate.dense", "ffn_up",
          "output.dense", "ffn_down",
          "output.LayerNorm", "layer_output_norm");

  private final Map<String, Matrix> matrices = new TreeMap<>();

  /** A tensor of F32, the row's length last in its shape. */
  private static final class Matrix {
    private final List<Long> shape;
    private final float[] weights;

    Matrix(List<Long> shape, float[] weights) {
      this.shape = shape;
      this.weights = weights;
    }

    Matrix transposed() {
      int rows = Math.toIntExact(shape.get(0));
      int columns = Math.toIntExact(shape.get(1));
      float[] turned = new float[weights.length];
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          turned[column * rows + row] = weights[row * columns + column];
        }
      }
      return new Matrix(List.of((long) columns, (long) rows), turned);
    }
  }

  /** Why there are no weights; empty where they are. */
  static Optional<String> missing() {
    return Files.exists(JAR)
        ? Optional.empty()
        : Optional.of("bin/check has not installed interop/weights yet, or could not");
  }

  static TrainedWeights read() throws IOException {
    try (ZipFile jar = new ZipFile(JAR.toFile());
        InputStream in = jar.getInputStream(jar.getEntry(ONNX))) {
      return new TrainedWeights(CodedInputStream.newInstance(in.readAllBytes()));
    }
  }

  private TrainedWeights(CodedInputStream model) throws IOException {
    Map<String, Matrix> initializers = new TreeMap<>();
    Map<String, String> layers = new TreeMap<>();
    for (int tag = model.readTag(); tag != 0; tag = model.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == 7) {
        readGraph(model.readByteBuffer(), initializers, layers);
      } else {
        model.skipField(tag);
      }
    }
    initializers.forEach(
        (name, matrix) -> {
          if (layers.containsKey(name)) {
            matrices.put(layers.get(name), matrix.transposed());
          } else {
            matrices.put(name, matrix);
          }
        });
  }

  private static void readGraph(
      ByteBuffer bytes, Map<String, Matrix> initializers, Map<String, String> layers)
      throws IOException {
    CodedInputStream graph = CodedInputStream.newInstance(bytes);
    for (int tag = graph.readTag(); tag != 0; tag = graph.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> readNode(graph.readByteBuffer(), layers);
        case 5 -> readTensor(graph.readByteBuffer(), initializers);
        default -> graph.skipField(tag);
      }
    }
  }

  /** Notes whose weight the second input of a multiplication is. */
  private static void readNode(ByteBuffer bytes, Map<String, String> layers) throws IOException {
    CodedInputStream node = CodedInputStream.newInstance(bytes);
    List<String> inputs = new ArrayList<>();
    String name = "";
    for (int tag = node.readTag(); tag != 0; tag = node.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> inputs.add(node.readString());
        case 3 -> name = node.readString();
        default -> node.skipField(tag);
      }
    }
    if (name.endsWith("/MatMul") && inputs.get(1).startsWith("onnx::MatMul_")) {
      String layer = name.substring(1, name.lastIndexOf('/')).replace('/', '.');
      layers.put(inputs.get(1), layer + ".weight");
    }
  }

  private static void readTensor(ByteBuffer bytes, Map<String, Matrix> initializers)
      throws IOException {
    CodedInputStream tensor = CodedInputStream.newInstance(bytes);
    List<Long> shape = new ArrayList<>();
    String name = "";
    int type = 0;
    FloatBuffer weights = FloatBuffer.allocate(0);
    for (int tag = tensor.readTag(); tag != 0; tag = tensor.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> shape.add(tensor.readInt64());
        case 2 -> type = tensor.readInt32();
        case 8 -> name = tensor.readString();
        case 9 -> weights = tensor.readByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        default -> tensor.skipField(tag);
      }
    }
    boolean isFloat = type == 1;
    if (isFloat) {
      float[] copied = new float[weights.remaining()];
      weights.get(copied);
      initializers.put(name, new Matrix(shape, copied));
    }
  }

  /** Writes the model as its publisher does. */
  void writeRepository(Path folder) throws IOException {
    Files.writeString(folder.resolve("config.json"), CONFIG);
    SafetensorsWriter safetensors = new SafetensorsWriter();
    matrices.forEach(
        (name, matrix) ->
            safetensors.tensor(
                name, SafetensorsType.F32, matrix.shape, encoded(GgmlType.F32, matrix)));
    try (OutputStream out = Files.newOutputStream(folder.resolve("model.safetensors"))) {
      safetensors.writeTo(out);
    }
  }

  /** Writes the model as the converter does, matrices in F16 and the rest in F32. */
  void writeConverted(Path file) throws IOException {
    GgufWriter gguf =
        new GgufWriter()
            .put("general.architecture", "bert")
            .put("bert.block_count", LAYERS)
            .put("bert.context_length", POSITIONS)
            .put("bert.embedding_length", WIDTH)
            .put("bert.feed_forward_length", INNER_WIDTH)
            .put("bert.attention.head_count", HEADS)
            .put("bert.attention.layer_norm_epsilon", new GgufValue.Real(GgufType.FLOAT32, 1e-12));
    matrices.forEach(
        (name, matrix) -> {
          Optional<String> converted = converted(name);
          if (converted.isPresent()) {
            boolean isMatrix =
                matrix.shape.size() > 1
                    && !name.contains("embeddings.p")
                    && !name.contains("token_type");
            GgmlType type = isMatrix ? GgmlType.F16 : GgmlType.F32;
            List<Long> shape = new ArrayList<>(matrix.shape);
            Collections.reverse(shape);
            gguf.tensor(converted.get(), type, shape, encoded(type, matrix));
          }
        });
    try (OutputStream out = Files.newOutputStream(file)) {
      gguf.writeTo(out);
    }
  }

  /** The converter's name of a tensor; empty for what it drops. */
  private static Optional<String> converted(String name) {
    if (name.startsWith("pooler.")) {
      return Optional.empty();
    }
    int last = name.lastIndexOf('.');
    String stem = name.substring(0, last);
    String suffix = name.substring(last);
    return Optional.of(
        switch (stem) {
          case "embeddings.word_embeddings" -> "token_embd" + suffix;
          case "embeddings.position_embeddings" -> "position_embd" + suffix;
          case "embeddings.token_type_embeddings" -> "token_types" + suffix;
          case "embeddings.LayerNorm" -> "token_embd_norm" + suffix;
          default -> {
            String[] parts = stem.split("\\.", 4);
            yield "blk." + parts[2] + "." + CONVERTED.get(parts[3]) + suffix;
          }
        });
  }

  private static byte[] encoded(GgmlType type, Matrix matrix) {
    GgmlCodec codec = GgmlCodecs.of(type).orElseThrow();
    byte[] bytes = new byte[matrix.weights.length * type.blockBytes()];
    codec.encode(matrix.weights, 0, matrix.weights.length, new float[0], bytes, 0);
    return bytes;
  }

  /** How many weights there are. */
  long count() {
    return matrices.values().stream().mapToLong(matrix -> matrix.weights.length).sum();
  }
}
