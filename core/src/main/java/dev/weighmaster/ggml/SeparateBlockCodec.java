package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;

/** A codec whose every block depends on its own weights alone. */
abstract class SeparateBlockCodec extends BlockCodec {
  private final int elements;
  private final int bytes;

  SeparateBlockCodec(GgmlType type) {
    super(type);
    this.elements = type.blockElements();
    this.bytes = type.blockBytes();
  }

  @Override
  final void decodeBlocks(byte[] blocks, int offset, float[] row, int from, int count) {
    for (int block = 0; block < count; block++) {
      decodeBlock(blocks, offset + block * bytes, row, from + block * elements);
    }
  }

  @Override
  final void encodeBlocks(float[] row, int from, int count, byte[] blocks, int offset) {
    for (int block = 0; block < count; block++) {
      encodeBlock(row, from + block * elements, blocks, offset + block * bytes);
    }
  }

  abstract void decodeBlock(byte[] blocks, int offset, float[] row, int from);

  abstract void encodeBlock(float[] row, int from, byte[] blocks, int offset);
}
