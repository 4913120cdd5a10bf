package dev.weighmaster.conversion;

import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.tensor.RowReader;
import java.io.IOException;
import java.util.List;

/**
 * Reads a transposed matrix that is too large for memory: as many of its rows at a time as fit,
 * which are a strip of the source's columns, each time from the source's first row to its last. Not
 * thread-safe.
 */
final class StripReader implements RowReader {
  private final Units units;
  private final int unit;
  private final long offset;
  private final long rows;
  private final long length;
  private final long stride;
  private final byte[] strip;
  private final byte[] part;
  private final int stripRows;
  private long done;
  private int position;
  private int filled;
  private long remaining;

  StripReader(View view, List<Axis> axes) {
    this.units = view.units();
    this.unit = units.type().blockBytes();
    this.offset = view.offset();
    this.rows = axes.get(0).length();
    this.length = axes.get(1).length();
    this.stride = axes.get(1).stride();
    this.stripRows = (int) Math.min(rows, rowsInMemory(axes, unit));
    this.strip = new byte[(int) (stripRows * length * unit)];
    this.part = new byte[stripRows * unit];
    this.remaining = rows * length * unit;
  }

  /**
   * The bytes that are read all in all; infinite for axes that are not those of a transposed matrix
   * with a row that fits into memory.
   */
  static double cost(List<Axis> axes, int unit) {
    boolean transposed = axes.size() == 2 && axes.get(0).stride() == 1 && axes.get(1).stride() > 1;
    if (!transposed || axes.get(1).length() * unit > Tiling.WINDOW) {
      return Double.POSITIVE_INFINITY;
    }
    double strips = Math.ceil((double) axes.get(0).length() / rowsInMemory(axes, unit));
    return strips * axes.get(1).length() * axes.get(1).stride() * unit;
  }

  private static long rowsInMemory(List<Axis> axes, int unit) {
    return Tiling.WINDOW / (axes.get(1).length() * unit);
  }

  @Override
  public long remaining() {
    return remaining;
  }

  @Override
  public void read(byte[] target, int at, int count) throws IOException {
    if (count > remaining) {
      throw new IndexOutOfBoundsException(
          "%d bytes asked for, %d remain".formatted(count, remaining));
    }
    int read = 0;
    while (read < count) {
      if (position == filled) {
        load();
      }
      int step = Math.min(filled - position, count - read);
      System.arraycopy(strip, position, target, at + read, step);
      position += step;
      read += step;
    }
    remaining -= count;
  }

  private void load() throws IOException {
    int now = (int) Math.min(stripRows, rows - done);
    long span = (length - 1) * stride + now;
    byte[] skipped = new byte[(int) Math.min(1 << 16, (stride - now) * unit)];
    try (RowReader reader = units.open(offset + done, span)) {
      for (int column = 0; column < length; column++) {
        WorkStopped.check();
        reader.read(part, 0, now * unit);
        for (int row = 0; row < now; row++) {
          int to = (int) ((row * length + column) * unit);
          for (int b = 0; b < unit; b++) {
            strip[to + b] = part[row * unit + b];
          }
        }
        skip(reader, Math.min(reader.remaining(), (stride - now) * unit), skipped);
      }
    }
    done += now;
    position = 0;
    filled = (int) (now * length * unit);
  }

  private static void skip(RowReader reader, long bytes, byte[] scratch) throws IOException {
    for (long left = bytes; left > 0; ) {
      int step = (int) Math.min(left, scratch.length);
      reader.read(scratch, 0, step);
      left -= step;
    }
  }

  @Override
  public void close() {}
}
