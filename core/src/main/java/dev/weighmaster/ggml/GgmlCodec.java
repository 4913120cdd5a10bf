package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/**
 * One ggml type's way to store a row of floats as blocks of bytes, little-endian.
 *
 * <p>A codec has no state: any number of threads may use one. Every method takes whole blocks: a
 * length that is a multiple of {@link GgmlType#blockElements}.
 */
public interface GgmlCodec {
  GgmlType type();

  /** Which of ggml's algorithms {@link #encode} follows. */
  default GgmlVersion version() {
    return GgmlVersion.V0_5_0;
  }

  /**
   * Whether {@link #encode} heeds the importance of columns; where it does not, the importance
   * changes nothing.
   */
  boolean heedsImportance();

  /** Whether {@link #encode} needs the importance of columns, as ggml's smallest types do. */
  boolean needsImportance();

  /**
   * Decodes blocks as ggml's {@code dequantize_row} does.
   *
   * @param blocks any bytes: none are malformed
   * @param offset of the first block, in bytes
   * @param row receives the floats
   * @param from index of the first float
   * @param length number of floats
   */
  void decode(byte[] blocks, int offset, float[] row, int from, int length);

  /**
   * Encodes a whole row as ggml's {@code ggml_quantize_chunk} does.
   *
   * @param row the weights; those that are not finite give unspecified bytes, and no error
   * @param from index of the row's first weight
   * @param length number of weights in the row: some types scale by the whole row
   * @param importance a weight for each column of the row, as an importance matrix has them, from
   *     index 0; empty for none
   * @param blocks receives the bytes
   * @param offset of the first block, in bytes
   * @throws IllegalArgumentException if the codec {@link #needsImportance} and there is none
   */
  void encode(float[] row, int from, int length, float[] importance, byte[] blocks, int offset);
}
