package dev.weighmaster.jobs.demo;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.LlamaFileType;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;

/** Ways to store the weights of a GGUF file. */
enum TensorEncoding {
  F16(GgmlType.F16, LlamaFileType.F16),
  Q8_0(GgmlType.Q8_0, LlamaFileType.Q8_0),
  Q4_0(GgmlType.Q4_0, LlamaFileType.Q4_0),
  Q4_1(GgmlType.Q4_1, LlamaFileType.Q4_1);

  private static final float[] NO_IMPORTANCE = {};

  private final GgmlType type;
  private final LlamaFileType fileType;

  TensorEncoding(GgmlType type, LlamaFileType fileType) {
    this.type = type;
    this.fileType = fileType;
  }

  GgmlType type() {
    return type;
  }

  LlamaFileType fileType() {
    return fileType;
  }

  /** What the demo calls a GGUF file in this encoding. */
  String fileName() {
    return "tiny-" + name() + ".gguf";
  }

  /**
   * Encodes rows as {@code llama-quantize} does without an importance matrix.
   *
   * @param columns weights in a row: whole blocks of the type
   */
  static byte[] encode(GgmlType type, float[] values, int columns) {
    GgmlCodec codec = GgmlCodecs.of(type).orElseThrow();
    int rowBytes = columns / type.blockElements() * type.blockBytes();
    int rows = values.length / columns;
    byte[] blocks = new byte[rows * rowBytes];
    for (int row = 0; row < rows; row++) {
      codec.encode(values, row * columns, columns, NO_IMPORTANCE, blocks, row * rowBytes);
    }
    return blocks;
  }
}
