package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.Objects;

/** Checks what a codec is called with, once, so that its loops need not. */
abstract class BlockCodec implements GgmlCodec {
  private final GgmlType type;

  BlockCodec(GgmlType type) {
    this.type = type;
  }

  @Override
  public final GgmlType type() {
    return type;
  }

  @Override
  public boolean heedsImportance() {
    return false;
  }

  @Override
  public boolean needsImportance() {
    return false;
  }

  @Override
  public final void decode(byte[] blocks, int offset, float[] row, int from, int length) {
    int count = checkedCount(blocks, offset, row, from, length);
    decodeBlocks(blocks, offset, row, from, count);
  }

  @Override
  public final void encode(
      float[] row, int from, int length, float[] importance, byte[] blocks, int offset) {
    int count = checkedCount(blocks, offset, row, from, length);
    if (heedsImportance() && importance.length > 0) {
      Objects.checkFromIndexSize(0, length, importance.length);
      encodeByImportance(row, from, count, importance, blocks, offset);
    } else if (needsImportance() && length > 0) {
      throw new IllegalArgumentException(type + " needs importance");
    } else {
      encodeBlocks(row, from, count, blocks, offset);
    }
  }

  final int checkedCount(byte[] blocks, int offset, float[] row, int from, int length) {
    Objects.checkFromIndexSize(from, length, row.length);
    if (length % type.blockElements() != 0) {
      throw new IllegalArgumentException(
          "%d weights are no whole blocks of %s".formatted(length, type));
    }
    int count = length / type.blockElements();
    Objects.checkFromIndexSize(offset, Math.multiplyExact(count, type.blockBytes()), blocks.length);
    return count;
  }

  abstract void decodeBlocks(byte[] blocks, int offset, float[] row, int from, int count);

  /** Encodes blocks of a row without importance; never called for a type that needs it. */
  abstract void encodeBlocks(float[] row, int from, int count, byte[] blocks, int offset);

  /** Encodes all blocks of a row, whose columns have importance. */
  void encodeByImportance(
      float[] row, int from, int count, float[] importance, byte[] blocks, int offset) {
    throw new UnsupportedOperationException(type + " does not heed importance");
  }
}
