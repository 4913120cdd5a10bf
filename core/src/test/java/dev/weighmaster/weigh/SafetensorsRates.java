package dev.weighmaster.weigh;

import dev.weighmaster.conversion.SafetensorsSource;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * How fast a quantization is weighed against safetensors, beside the same against its GGUF: where
 * rows are in the same order, permuted as those of Llama's Q, or in a tensor an expert.
 */
final class SafetensorsRates {
  private static final int COLUMNS = 4096;
  private static final int ROWS = 4096;
  private static final int HEADS = 32;
  private static final int EXPERTS = 4;
  private static final int TENSORS = 4;
  private static final String SOURCE = "rates.gguf";
  private static final String QUANTIZATION = "rates-quantized.gguf";
  private static final String REPOSITORY = "model.safetensors";

  private final WeighBenchmark benchmark;
  private final Path folder;

  SafetensorsRates(WeighBenchmark benchmark, Path folder) {
    this.benchmark = benchmark;
    this.folder = folder;
  }

  /** How rows lie in the source. */
  private enum Order {
    SAME("blk.%d.ffn_up.weight", "model.layers.%d.mlp.up_proj.weight"),
    PERMUTED("blk.%d.attn_q.weight", "model.layers.%d.self_attn.q_proj.weight"),
    STACKED("blk.%d.ffn_up_exps.weight", "model.layers.%d.block_sparse_moe.experts.%d.w3.weight");

    private final String gguf;
    private final String source;

    Order(String gguf, String source) {
      this.gguf = gguf;
      this.source = source;
    }

    /** The row of the GGUF that a row of the source becomes. */
    int row(int source) {
      int head = ROWS / HEADS;
      int within = source % head;
      return this == PERMUTED
          ? source - within + within % (head / 2) * 2 + within / (head / 2)
          : source;
    }
  }

  void print() throws Exception {
    byte[] rows = TestModel.encode(GgmlType.F16, TestModel.weights(ROWS * COLUMNS, 4), COLUMNS);
    for (GgmlType type : List.of(GgmlType.Q4_K, GgmlType.F16)) {
      for (Order order : Order.values()) {
        write(rows, type, order);
        print(type, order);
      }
    }
  }

  private void print(GgmlType type, Order order) throws Exception {
    try (LocalStorage storage = new LocalStorage(folder)) {
      ModelTensors quantization = ModelTensors.open(storage, QUANTIZATION);
      Weigher.Depth depth = Weigher.Depth.CODES;
      Weigher plain =
          new Weigher(quantization, ModelTensors.open(storage, SOURCE), List.of(), depth);
      Weigher mapped =
          new Weigher(
              quantization,
              SafetensorsSource.open(storage, ModelTensors.open(storage, REPOSITORY)),
              List.of(),
              depth);
      for (Weigher weigher : List.of(plain, mapped)) {
        if (weigher.weigh().level().compareTo(Level.EQUIVALENT) > 0) {
          throw new IllegalStateException("%s, %s is not explained".formatted(type, order));
        }
      }
      benchmark.compare(
          "%s, rows %s".formatted(type, order.name().toLowerCase(Locale.ROOT)),
          "from GGUF",
          (long) TENSORS * ROWS * COLUMNS,
          () -> WeighBenchmark.cpuSeconds(mapped::weigh),
          () -> WeighBenchmark.cpuSeconds(plain::weigh));
    }
  }

  private void write(byte[] rows, GgmlType type, Order order) throws IOException {
    int length = COLUMNS * Short.BYTES;
    byte[] ordered = new byte[rows.length];
    for (int row = 0; row < ROWS; row++) {
      System.arraycopy(rows, row * length, ordered, order.row(row) * length, length);
    }
    byte[] quantized =
        TestModel.encode(type, GgmlDecoded.of(GgmlType.F16, ordered, COLUMNS), COLUMNS);
    int experts = order == Order.STACKED ? EXPERTS : 1;
    int part = rows.length / experts;
    List<Long> shape = List.of((long) COLUMNS, (long) ROWS / experts, (long) experts);
    // All tensors have the same bytes, which the heap holds once.
    List<byte[]> parts =
        IntStream.range(0, experts)
            .mapToObj(expert -> Arrays.copyOfRange(rows, expert * part, (expert + 1) * part))
            .toList();
    TestModel source = new TestModel();
    TestModel quantization = new TestModel();
    SafetensorsWriter repository = new SafetensorsWriter();
    for (int i = 0; i < TENSORS; i++) {
      String name = order.gguf.formatted(i);
      source.put(name, GgmlType.F16, shape, ordered);
      quantization.put(name, type, shape, quantized);
      for (int expert = 0; expert < experts; expert++) {
        repository.tensor(
            order.source.formatted(i, expert),
            SafetensorsType.F16,
            List.of((long) ROWS / experts, (long) COLUMNS),
            parts.get(expert));
      }
    }
    source.write(folder, SOURCE);
    quantization.write(folder, QUANTIZATION);
    Files.writeString(
        folder.resolve("config.json"),
        "{\"architectures\": [\"MixtralForCausalLM\"], \"num_attention_heads\": %d}"
            .formatted(HEADS));
    try (OutputStream out = Files.newOutputStream(folder.resolve(REPOSITORY))) {
      repository.writeTo(out);
    }
  }
}
