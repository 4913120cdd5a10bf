package dev.weighmaster.conversion;

import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.tensor.RowReader;
import java.io.IOException;
import java.util.List;

/**
 * Reads transposed matrices that are too large for memory: as many rows of one at a time as fit,
 * which are a strip of the source's columns, each time from the source's first row to its last. Not
 * thread-safe.
 */
final class StripReader implements RowReader {
  private static final int SKIPPED_AT_ONCE = 1 << 16;

  private final Units units;
  private final int unit;
  private final long offset;
  private final List<Axis> outer;
  private final Axis rows;
  private final Axis columns;
  private final int stripRows;
  private final byte[] strip;
  private final byte[] part;
  private final byte[] skipped = new byte[SKIPPED_AT_ONCE];
  private long matrix;
  private long done;
  private int position;
  private int filled;
  private long remaining;

  StripReader(View view, List<Axis> axes) {
    this.units = view.units();
    this.unit = units.type().blockBytes();
    this.offset = view.offset();
    this.outer = List.copyOf(axes.subList(0, axes.size() - 2));
    this.rows = axes.get(axes.size() - 2);
    this.columns = axes.get(axes.size() - 1);
    this.stripRows = (int) Math.min(rows.length(), rowsInMemory(rows, columns, unit));
    this.strip = new byte[(int) (stripRows * columns.length() * unit)];
    this.part = new byte[(int) span(stripRows) * unit];
    this.remaining = view.size() * unit;
  }

  /**
   * The bytes that are read all in all, with those that opening counts for; infinite for axes that
   * are not those of transposed matrices with a row that fits into memory.
   */
  static double cost(List<Axis> axes, int unit) {
    if (axes.size() < 2) {
      return Double.POSITIVE_INFINITY;
    }
    Axis rows = axes.get(axes.size() - 2);
    Axis columns = axes.get(axes.size() - 1);
    long fit = rowsInMemory(rows, columns, unit);
    if ((rows.length() - 1) * rows.stride() >= columns.stride() || fit < 1) {
      return Double.POSITIVE_INFINITY;
    }
    double strips =
        Math.ceil((double) rows.length() / fit) * View.length(axes.subList(0, axes.size() - 2));
    return strips * (Tiling.OPENING + (double) columns.length() * columns.stride() * unit);
  }

  /** As many as a strip and what is read for a column of it have room for. */
  private static long rowsInMemory(Axis rows, Axis columns, int unit) {
    return Tiling.WINDOW / ((columns.length() + rows.stride()) * unit);
  }

  /** From the first of so many rows to the last, in a column of the strip. */
  private long span(long count) {
    return (count - 1) * rows.stride() + 1;
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
    if (done == rows.length()) {
      done = 0;
      matrix++;
    }
    int now = (int) Math.min(stripRows, rows.length() - done);
    long first = offset + Tiling.start(outer, matrix) + done * rows.stride();
    long all = (columns.length() - 1) * columns.stride() + span(now);
    try (RowReader reader = units.open(first, all)) {
      for (int column = 0; column < columns.length(); column++) {
        WorkStopped.check();
        reader.read(part, 0, (int) span(now) * unit);
        scatter(now, column);
        skip(reader, Math.min(reader.remaining(), (columns.stride() - span(now)) * unit));
      }
    }
    done += now;
    position = 0;
    filled = (int) (now * columns.length() * unit);
  }

  private void scatter(int now, int column) {
    for (int row = 0; row < now; row++) {
      int to = (int) (row * columns.length() + column) * unit;
      int from = (int) (row * rows.stride()) * unit;
      for (int b = 0; b < unit; b++) {
        strip[to + b] = part[from + b];
      }
    }
  }

  private void skip(RowReader reader, long bytes) throws IOException {
    for (long left = bytes; left > 0; ) {
      int step = (int) Math.min(left, skipped.length);
      reader.read(skipped, 0, step);
      left -= step;
    }
  }

  @Override
  public void close() {}
}
