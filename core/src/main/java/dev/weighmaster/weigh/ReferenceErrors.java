package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.BlockErrors;
import dev.weighmaster.ggml.GgmlCodec;
import java.util.Arrays;

/**
 * Compares a tensor's errors with those that its type's algorithm makes by itself, without
 * importance of columns: of each block, and of each row and strip of columns. Not thread-safe.
 */
final class ReferenceErrors {
  private final GgmlCodec codec;
  private final int block;
  private final float[] importance;
  private final byte[] encoded;
  private final float[] original;
  private final float[] reference;
  private final BlockErrors ofReference;
  private final BlockErrorRatios blocks;
  private final KeptWeights kept;

  /**
   * @param rows of the tensor, from which rows are added in order
   */
  ReferenceErrors(GgmlCodec codec, PairedRows rows) {
    int length = rows.length();
    this.codec = codec;
    this.block = codec.type().blockElements();
    this.importance = new float[codec.needsImportance() ? length : 0];
    Arrays.fill(importance, 1);
    this.encoded = new byte[rows.storedRow()];
    this.original = new float[length];
    this.reference = new float[length];
    this.ofReference = new BlockErrors(block);
    this.blocks = new BlockErrorRatios();
    this.kept = new KeptWeights(length, rows.matrixRows());
  }

  /**
   * Adds a row.
   *
   * @param measured its errors
   * @param from index of its first weight in the source's weights
   * @param row counted over all matrices of the tensor; rows come in order, and some may be left
   *     out
   */
  void add(BlockErrors measured, float[] source, int from, long row) {
    int length = original.length;
    System.arraycopy(source, from, original, 0, length);
    codec.encode(original, 0, length, importance, encoded, 0);
    codec.decode(encoded, 0, reference, 0, length);
    ofReference.measure(original, reference, 0, length);
    blocks.add(measured, ofReference);
    kept.beginRow(row);
    for (int i = 0; i < measured.blocks(); i++) {
      kept.add(
          i * block,
          block,
          measured.sizes(i),
          measured.gains(i) - ofReference.gains(i),
          measured.sourceSquares(i),
          ofReference.squares(i));
    }
  }

  GgmlType type() {
    return codec.type();
  }

  /** The blocks' errors. */
  BlockErrorRatios blocks() {
    return blocks;
  }

  /**
   * The greatest part by which the weights of a row, or of a strip of a matrix, are smaller or
   * greater than the reference makes them: {@link KeptWeights#shift}.
   */
  double shift() {
    return kept.shift();
  }
}
