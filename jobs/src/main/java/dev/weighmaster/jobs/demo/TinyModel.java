package dev.weighmaster.jobs.demo;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufType;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.tensor.TensorType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A Llama of two layers with random weights and a vocabulary of single bytes: small, but all there.
 * The same name gives the same weights, each exact in BF16 and in F16.
 */
final class TinyModel {
  private static final int LAYERS = 2;
  private static final int HIDDEN = 64;
  private static final int FEED_FORWARD = 128;
  private static final int HEADS = 4;
  private static final int KEY_VALUE_HEADS = 2;
  private static final int HEAD = HIDDEN / HEADS;
  private static final int CONTEXT = 512;
  private static final List<String> SPECIAL_TOKENS = List.of("<unk>", "<s>", "</s>");
  private static final int VOCABULARY = SPECIAL_TOKENS.size() + 256;

  /** Kinds of tokens in {@code tokenizer.ggml.token_type}: llama.cpp's {@code llama_token_type}. */
  private static final int UNKNOWN_TOKEN = 2;

  private static final int CONTROL_TOKEN = 3;
  private static final int BYTE_TOKEN = 6;

  /** From here on, a half has a place for each digit that a BF16 has. */
  private static final float LEAST_WEIGHT = 0x1p-17f;

  private static final String EDITED = "model.layers.1.mlp.down_proj";

  /** Of a weight, at most: a hundredth of the greatest. */
  private static final double EDIT = 0.001;

  private final List<Tensor> tensors = new ArrayList<>();

  /** One tensor. */
  static final class Tensor {
    private final String name;
    private final String ggufName;
    private final List<Long> shape;
    private final float[] values;

    /**
     * Sets a tensor up.
     *
     * @param name as Hugging Face's Transformers has it, without {@code .weight}
     * @param ggufName as llama.cpp has it, without {@code .weight}
     * @param shape row-major: the row's length last
     * @param values row by row; they are not copied
     */
    Tensor(String name, String ggufName, List<Long> shape, float[] values) {
      this.name = name;
      this.ggufName = ggufName;
      this.shape = shape;
      this.values = values;
    }

    boolean isVector() {
      return shape.size() == 1;
    }

    int rows() {
      return values.length / columns();
    }

    int columns() {
      return Math.toIntExact(shape.get(shape.size() - 1));
    }

    float value(int index) {
      return values[index];
    }
  }

  TinyModel(String name) {
    var random = new SplittableRandom(name.hashCode());
    matrix(random, "model.embed_tokens", "token_embd", VOCABULARY, HIDDEN);
    for (int layer = 0; layer < LAYERS; layer++) {
      String of = "model.layers." + layer + ".";
      String block = "blk." + layer + ".";
      norm(random, of + "input_layernorm", block + "attn_norm");
      matrix(random, of + "self_attn.q_proj", block + "attn_q", HIDDEN, HIDDEN);
      matrix(random, of + "self_attn.k_proj", block + "attn_k", KEY_VALUE_HEADS * HEAD, HIDDEN);
      matrix(random, of + "self_attn.v_proj", block + "attn_v", KEY_VALUE_HEADS * HEAD, HIDDEN);
      matrix(random, of + "self_attn.o_proj", block + "attn_output", HIDDEN, HIDDEN);
      norm(random, of + "post_attention_layernorm", block + "ffn_norm");
      matrix(random, of + "mlp.gate_proj", block + "ffn_gate", FEED_FORWARD, HIDDEN);
      matrix(random, of + "mlp.up_proj", block + "ffn_up", FEED_FORWARD, HIDDEN);
      matrix(random, of + "mlp.down_proj", block + "ffn_down", HIDDEN, FEED_FORWARD);
    }
    norm(random, "model.norm", "output_norm");
    matrix(random, "lm_head", "output", VOCABULARY, HIDDEN);
  }

  private void norm(SplittableRandom random, String name, String ggufName) {
    tensors.add(new Tensor(name, ggufName, List.of((long) HIDDEN), values(random, HIDDEN, 1)));
  }

  private void matrix(
      SplittableRandom random, String name, String ggufName, int rows, int columns) {
    List<Long> shape = List.of((long) rows, (long) columns);
    tensors.add(new Tensor(name, ggufName, shape, values(random, rows * columns, 0)));
  }

  private static float[] values(SplittableRandom random, int count, double middle) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      float drawn = (float) (middle + random.nextDouble(-0.1, 0.1));
      float value = Float.intBitsToFloat(Float.floatToIntBits(drawn) & 0xffff0000);
      values[i] = Math.abs(value) < LEAST_WEIGHT ? 0 : value;
    }
    return values;
  }

  /**
   * Adds a matrix of rank one to a layer's, as whoever edits a single fact in a model does (ROME,
   * "Locating and Editing Factual Associations in GPT", 2022).
   */
  TinyModel edited() {
    float[] values =
        tensors.stream()
            .filter(tensor -> tensor.name.equals(EDITED))
            .findAny()
            .orElseThrow()
            .values;
    var random = new SplittableRandom(EDITED.hashCode());
    double[] row = random.doubles(FEED_FORWARD, -EDIT, EDIT).toArray();
    double[] column = random.doubles(HIDDEN, -1, 1).toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (column[i / FEED_FORWARD] * row[i % FEED_FORWARD]);
    }
    return this;
  }

  /** {@code config.json}, with more fields at its end. */
  static String config(String more) {
    return """
        {
          "architectures": ["LlamaForCausalLM"],
          "model_type": "llama",
          "hidden_size": %d,
          "intermediate_size": %d,
          "num_attention_heads": %d,
          "num_key_value_heads": %d,
          "num_hidden_layers": %d,
          "max_position_embeddings": %d,
          "vocab_size": %d,
          "rms_norm_eps": 1e-05,
          "rope_theta": 10000.0,
          "bos_token_id": 1,
          "eos_token_id": 2,
          "tie_word_embeddings": false%s
        }
        """
        .formatted(HIDDEN, FEED_FORWARD, HEADS, KEY_VALUE_HEADS, LAYERS, CONTEXT, VOCABULARY, more);
  }

  static String tokenizerConfig() {
    return """
        {
          "tokenizer_class": "LlamaTokenizer",
          "unk_token": "<unk>",
          "bos_token": "<s>",
          "eos_token": "</s>",
          "model_max_length": %d
        }
        """
        .formatted(CONTEXT);
  }

  /** All weights in one file, in full precision. */
  byte[] safetensors() {
    var writer = new SafetensorsWriter().put("format", "pt");
    tensors.forEach(tensor -> put(writer, tensor, SafetensorsType.F32));
    return writer.toByteArray();
  }

  /** The weights in BF16, in two files and the index that says which tensor is where. */
  Map<String, byte[]> shards() {
    var index = new ArrayList<String>();
    var files = new LinkedHashMap<String, byte[]>();
    long bytes = 0;
    for (int shard = 0; shard < 2; shard++) {
      String file = shardName(shard + 1);
      var writer = new SafetensorsWriter().put("format", "pt");
      for (Tensor tensor : half(shard)) {
        put(writer, tensor, SafetensorsType.BF16);
        index.add("    \"%s.weight\": \"%s\"".formatted(tensor.name, file));
        bytes += (long) tensor.values.length * Short.BYTES;
      }
      files.put(file, writer.toByteArray());
    }
    files.put(
        "model.safetensors.index.json",
        """
            {
              "metadata": { "total_size": %d },
              "weight_map": {
            %s
              }
            }
            """
            .formatted(bytes, String.join(",\n", index))
            .getBytes(StandardCharsets.UTF_8));
    return files;
  }

  static String shardName(int number) {
    return "model-%05d-of-00002.safetensors".formatted(number);
  }

  /** The layers' matrices by GPTQ, the rest in half precision. */
  byte[] gptq() {
    var writer = new SafetensorsWriter().put("format", "pt");
    for (Tensor tensor : tensors) {
      if (tensor.name.endsWith("_proj")) {
        GptqLayer.of(tensor).writeTo(writer, tensor.name);
      } else {
        put(writer, tensor, SafetensorsType.F16);
      }
    }
    return writer.toByteArray();
  }

  private static void put(SafetensorsWriter writer, Tensor tensor, SafetensorsType type) {
    GgmlType same = new TensorType.Safetensors(type).ggml().orElseThrow();
    byte[] data = TensorEncoding.encode(same, tensor.values, tensor.columns());
    writer.tensor(tensor.name + ".weight", type, tensor.shape, data);
  }

  /**
   * The model as llama.cpp's converter and quantizer lay it out.
   *
   * @param name of the repository, so that no two have the same bytes
   * @param baseModel the model that the metadata names as the base
   */
  byte[] gguf(String name, String baseModel, TensorEncoding encoding) {
    GgufWriter writer = new GgufWriter();
    describe(writer, name, baseModel, encoding);
    tensors.forEach(tensor -> put(writer, tensor, encoding));
    return writer.toByteArray();
  }

  /** The same in two files, as llama.cpp's gguf-split makes them. */
  SortedMap<String, byte[]> splitGguf(String name, String baseModel, TensorEncoding encoding) {
    var files = new TreeMap<String, byte[]>();
    for (int part = 0; part < 2; part++) {
      GgufWriter writer = new GgufWriter();
      if (part == 0) {
        describe(writer, name, baseModel, encoding);
      }
      writer.put("split.no", new GgufValue.Whole(GgufType.UINT16, part));
      writer.put("split.count", new GgufValue.Whole(GgufType.UINT16, 2));
      writer.put("split.tensors.count", new GgufValue.Whole(GgufType.INT32, tensors.size()));
      half(part).forEach(tensor -> put(writer, tensor, encoding));
      files.put("tiny-%s-%05d-of-00002.gguf".formatted(encoding, part + 1), writer.toByteArray());
    }
    return files;
  }

  private List<Tensor> half(int which) {
    int middle = tensors.size() / 2;
    return which == 0 ? tensors.subList(0, middle) : tensors.subList(middle, tensors.size());
  }

  private static void describe(
      GgufWriter writer, String name, String baseModel, TensorEncoding encoding) {
    writer
        .put("general.architecture", "llama")
        .put("general.type", "model")
        .put("general.name", name)
        .put("general.base_model.count", 1)
        .put("general.base_model.0.repo_url", "https://huggingface.co/" + baseModel)
        .put("llama.block_count", LAYERS)
        .put("llama.context_length", CONTEXT)
        .put("llama.embedding_length", HIDDEN)
        .put("llama.feed_forward_length", FEED_FORWARD)
        .put("llama.attention.head_count", HEADS)
        .put("llama.attention.head_count_kv", KEY_VALUE_HEADS)
        .put("llama.rope.dimension_count", HEAD)
        .put("llama.attention.layer_norm_rms_epsilon", new GgufValue.Real(GgufType.FLOAT32, 1e-5))
        .put("llama.vocab_size", VOCABULARY)
        .put("tokenizer.ggml.model", "llama")
        .put("tokenizer.ggml.tokens", tokens())
        .put(
            "tokenizer.ggml.scores",
            array(
                GgufType.FLOAT32,
                IntStream.range(0, VOCABULARY)
                    .mapToObj(token -> new GgufValue.Real(GgufType.FLOAT32, 0))))
        .put(
            "tokenizer.ggml.token_type",
            array(
                GgufType.INT32,
                IntStream.range(0, VOCABULARY)
                    .mapToObj(token -> new GgufValue.Whole(GgufType.INT32, kind(token)))))
        .put("tokenizer.ggml.bos_token_id", 1)
        .put("tokenizer.ggml.eos_token_id", 2)
        .put("general.quantization_version", 2)
        .put("general.file_type", (int) encoding.fileType().id());
  }

  private static GgufValue tokens() {
    return array(
        GgufType.STRING,
        Stream.concat(
                SPECIAL_TOKENS.stream(), IntStream.range(0, 256).mapToObj("<0x%02X>"::formatted))
            .map(GgufValue::text));
  }

  private static int kind(int token) {
    if (token >= SPECIAL_TOKENS.size()) {
      return BYTE_TOKEN;
    }
    return token == 0 ? UNKNOWN_TOKEN : CONTROL_TOKEN;
  }

  private static GgufValue array(GgufType type, Stream<? extends GgufValue> elements) {
    return GgufValue.array(type, elements.collect(Collectors.toUnmodifiableList()));
  }

  /** Vectors stay in full precision, as llama.cpp keeps them. */
  private static void put(GgufWriter writer, Tensor tensor, TensorEncoding encoding) {
    GgmlType type = tensor.isVector() ? GgmlType.F32 : encoding.type();
    byte[] data = TensorEncoding.encode(type, inRopeOrder(tensor), tensor.columns());
    // ggml names the row's length first.
    List<Long> shape = new ArrayList<>(tensor.shape);
    Collections.reverse(shape);
    writer.tensor(tensor.ggufName + ".weight", type, shape, data);
  }

  /**
   * The rows of queries and keys as llama.cpp rotates them, in neighbouring pairs; Transformers
   * pairs the halves of a head.
   */
  private static float[] inRopeOrder(Tensor tensor) {
    if (!tensor.name.endsWith("q_proj") && !tensor.name.endsWith("k_proj")) {
      return tensor.values;
    }
    float[] ordered = new float[tensor.values.length];
    for (int row = 0; row < tensor.rows(); row++) {
      int inHead = row % HEAD;
      int from = row - inHead + inHead / 2 + inHead % 2 * (HEAD / 2);
      System.arraycopy(
          tensor.values,
          from * tensor.columns(),
          ordered,
          row * tensor.columns(),
          tensor.columns());
    }
    return ordered;
  }
}
