package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.tensor.RowReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.StringJoiner;

/** Units that are their own numbers, in four bytes; it is noted how much of them was read. */
final class CountedUnits implements Units {
  private final List<Long> shape;
  long opened;
  long read;

  CountedUnits(List<Long> shape) {
    this.shape = List.copyOf(shape);
  }

  @Override
  public List<String> names() {
    return List.of("counted");
  }

  @Override
  public String storedType() {
    return "F32";
  }

  @Override
  public GgmlType type() {
    return GgmlType.F32;
  }

  @Override
  public List<Long> shape() {
    return shape;
  }

  @Override
  public long storedBytes() {
    return 4 * shape.stream().reduce(1L, (one, other) -> one * other);
  }

  @Override
  public RowReader open(long first, long count) {
    if (first < 0 || count < 0 || 4 * (first + count) > storedBytes()) {
      throw new IndexOutOfBoundsException("%d from %d".formatted(count, first));
    }
    opened++;
    read += count;
    return new RowReader() {
      private long position = 4 * first;

      @Override
      public long remaining() {
        return 4 * (first + count) - position;
      }

      @Override
      public void read(byte[] target, int offset, int length) {
        if (length > remaining()) {
          throw new IndexOutOfBoundsException(length);
        }
        for (int i = offset; i < offset + length; i++, position++) {
          target[i] = (byte) ((position / 4) >> (24 - 8 * (position % 4)));
        }
      }

      @Override
      public void close() {}
    };
  }

  /** The numbers of a view's units, one after the other. */
  static String read(View view) throws IOException {
    StringJoiner numbers = new StringJoiner(" ");
    try (RowReader reader = ViewReader.open(view)) {
      byte[] bytes = new byte[(int) reader.remaining()];
      reader.read(bytes, 0, bytes.length);
      ByteBuffer all = ByteBuffer.wrap(bytes);
      while (all.hasRemaining()) {
        numbers.add(Integer.toString(all.getInt()));
      }
    }
    return numbers.toString();
  }
}
