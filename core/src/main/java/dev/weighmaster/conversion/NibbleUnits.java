package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.RowReader;
import dev.weighmaster.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor of 4-bit floats and one of their scales, which ggml keeps together in blocks: MXFP4, a
 * scale for 32 weights, and NVFP4, four scales for 16 each. Repacking moves bits and changes none.
 *
 * <p>A source's byte has two weights that follow each other, the first in its lower half. In a
 * block of ggml, a byte has one of a group's first half and one of its second.
 *
 * @param codes unsigned bytes, of two weights each
 * @param scales a byte each
 * @param type MXFP4 or NVFP4
 * @param group weights that share a scale
 * @param shape row-major, in blocks
 */
record NibbleUnits(
    ModelTensors model, Tensor codes, Tensor scales, GgmlType type, int group, List<Long> shape)
    implements Units {
  private static final int MX_GROUP = 32;
  private static final int NV_GROUP = 16;

  NibbleUnits {
    shape = List.copyOf(shape);
  }

  /**
   * MXFP4 as gpt-oss has it: codes of the scales' shape, with 16 bytes for each scale.
   *
   * @throws UnmappedException if the two do not belong together
   */
  static NibbleUnits mx(ModelTensors model, Tensor codes, Tensor scales) throws UnmappedException {
    mustBeOneEach(codes, scales, MX_GROUP);
    return new NibbleUnits(
        model, codes, scales, GgmlType.MXFP4, MX_GROUP, StoredUnits.rowMajor(scales));
  }

  /**
   * NVFP4: rows of codes, and a scale for 16 weights of a row.
   *
   * @throws UnmappedException if the two do not belong together
   */
  static NibbleUnits nv(ModelTensors model, Tensor codes, Tensor scales) throws UnmappedException {
    mustBeOneEach(codes, scales, NV_GROUP);
    int perBlock = GgmlType.NVFP4.blockElements() / NV_GROUP;
    if (scales.rowElements() % perBlock != 0 || scales.rows() != codes.rows()) {
      throw new UnmappedException("its scales are not those of whole blocks of NVFP4");
    }
    List<Long> shape = new ArrayList<>(StoredUnits.rowMajor(scales));
    shape.set(shape.size() - 1, scales.rowElements() / perBlock);
    return new NibbleUnits(model, codes, scales, GgmlType.NVFP4, NV_GROUP, shape);
  }

  private static void mustBeOneEach(Tensor codes, Tensor scales, int group)
      throws UnmappedException {
    if (codes.bytes() != codes.elements()
        || scales.bytes() != scales.elements()
        || codes.elements() != scales.elements() * (group / 2)
        || scales.elements() == 0) {
      throw new UnmappedException("its codes and its scales do not belong together");
    }
  }

  @Override
  public List<String> names() {
    return List.of(codes.name(), scales.name());
  }

  @Override
  public String storedType() {
    return type.name();
  }

  @Override
  public long storedBytes() {
    return codes.bytes() + scales.bytes();
  }

  @Override
  public RowReader open(long first, long count) throws IOException {
    int groups = type.blockElements() / group;
    RowReader ofCodes =
        model.readBytes(codes, first * groups * group / 2, count * groups * group / 2);
    try {
      return new Blocks(
          ofCodes,
          model.readBytes(scales, first * groups, count * groups),
          count * type.blockBytes());
    } catch (IOException | RuntimeException e) {
      ofCodes.close();
      throw e;
    }
  }

  /** Puts blocks together. Not thread-safe. */
  private final class Blocks implements RowReader {
    private final RowReader ofCodes;
    private final RowReader ofScales;
    private final int groups = type.blockElements() / group;
    private final byte[] pairs = new byte[type.blockElements() / 2];
    private final byte[] block = new byte[type.blockBytes()];
    private int position = block.length;
    private long remaining;

    Blocks(RowReader ofCodes, RowReader ofScales, long remaining) {
      this.ofCodes = ofCodes;
      this.ofScales = ofScales;
      this.remaining = remaining;
    }

    @Override
    public long remaining() {
      return remaining;
    }

    @Override
    public void read(byte[] target, int offset, int length) throws IOException {
      for (int read = 0; read < length; ) {
        if (position == block.length) {
          repack();
        }
        int step = Math.min(block.length - position, length - read);
        System.arraycopy(block, position, target, offset + read, step);
        position += step;
        read += step;
      }
      remaining -= length;
    }

    private void repack() throws IOException {
      ofScales.read(block, 0, groups);
      if (type == GgmlType.NVFP4) {
        // ggml's scales have no sign, and its converter drops it.
        for (int i = 0; i < groups; i++) {
          block[i] &= 0x7F;
        }
      }
      ofCodes.read(pairs, 0, pairs.length);
      int half = group / 2;
      for (int i = 0; i < groups * half; i++) {
        int at = i / half * group + i % half;
        block[groups + i] = (byte) (code(at) | code(at + half) << 4);
      }
      position = 0;
    }

    private int code(int weight) {
      int pair = pairs[weight / 2];
      return (weight % 2 == 0 ? pair : pair >> 4) & 0xF;
    }

    @Override
    public void close() throws IOException {
      try {
        ofCodes.close();
      } finally {
        ofScales.close();
      }
    }
  }
}
