package dev.weighmaster.conversion;

import dev.weighmaster.tensor.RowReader;
import java.io.IOException;
import java.util.List;

/**
 * Reads the units of a view in its order, a tile of them at a time: the part of the source that a
 * tile is spread over is read as it comes, and its units are put in order in memory. Memory does
 * not depend on shapes. Not thread-safe.
 */
final class ViewReader implements RowReader {
  /** What a tensor may take as often as its own bytes, as it is read. */
  private static final long MOST_READ = 256;

  private final View view;
  private final Tiling tiling;
  private final int unit;
  private final byte[] window;
  private final byte[] tile;
  private List<Axis> axes = List.of();
  private long nextTile;
  private int position;
  private int filled;
  private long remaining;

  private ViewReader(View view, Tiling tiling) {
    this.view = view;
    this.tiling = tiling;
    this.unit = view.units().type().blockBytes();
    this.window = new byte[(int) (tiling.span(tiling.steps()) * unit)];
    this.tile = new byte[(int) (View.length(tiling.axes(tiling.steps())) * unit)];
    this.remaining = view.size() * unit;
  }

  /** Opens a view that {@link #check} has found to be readable. */
  static RowReader open(View view) throws IOException {
    List<Axis> axes = Tiling.merged(view.axes());
    if (inOrder(axes)) {
      return view.units().open(view.offset(), view.size());
    }
    int unit = view.units().type().blockBytes();
    Tiling tiling = Tiling.best(axes, unit);
    return StripReader.cost(axes, unit) < tiling.cost(unit)
        ? new StripReader(view, axes)
        : new ViewReader(view, tiling);
  }

  /**
   * Checks that a view can be read in the time that it takes to read its tensor some hundred times.
   *
   * @throws UnmappedException if its units are too far from each other for that
   */
  static void check(View view) throws UnmappedException {
    List<Axis> axes = Tiling.merged(view.axes());
    if (inOrder(axes)) {
      return;
    }
    int unit = view.units().type().blockBytes();
    double cost = Math.min(Tiling.best(axes, unit).cost(unit), StripReader.cost(axes, unit));
    if (cost > (double) MOST_READ * Math.max(view.size() * unit, Tiling.OPENING)) {
      throw new UnmappedException("its weights are too far from each other in the source");
    }
  }

  private static boolean inOrder(List<Axis> axes) {
    return axes.isEmpty() || (axes.size() == 1 && axes.get(0).stride() == 1);
  }

  @Override
  public long remaining() {
    return remaining;
  }

  @Override
  public void read(byte[] target, int at, int length) throws IOException {
    if (length > remaining) {
      throw new IndexOutOfBoundsException(
          "%d bytes asked for, %d remain".formatted(length, remaining));
    }
    int read = 0;
    while (read < length) {
      if (position == filled) {
        load();
      }
      int step = Math.min(filled - position, length - read);
      System.arraycopy(tile, position, target, at + read, step);
      position += step;
      read += step;
    }
    remaining -= length;
  }

  private void load() throws IOException {
    long steps = tiling.steps(nextTile);
    long span = tiling.span(steps);
    try (RowReader reader = view.units().open(view.offset() + tiling.first(nextTile), span)) {
      reader.read(window, 0, (int) (span * unit));
    }
    axes = tiling.axes(steps);
    position = 0;
    gather(0, 0);
    filled = position;
    position = 0;
    nextTile++;
  }

  /** Appends the units of an axis, and of those within it, to the tile. */
  private void gather(int index, int from) {
    Axis axis = axes.get(index);
    int step = (int) (axis.stride() * unit);
    if (index < axes.size() - 1) {
      for (long i = 0; i < axis.length(); i++) {
        gather(index + 1, from + (int) i * step);
      }
    } else if (axis.stride() == 1) {
      int length = (int) (axis.length() * unit);
      System.arraycopy(window, from, tile, position, length);
      position += length;
    } else {
      int at = from;
      for (long i = 0; i < axis.length(); i++, at += step) {
        for (int b = 0; b < unit; b++) {
          tile[position++] = window[at + b];
        }
      }
    }
  }

  @Override
  public void close() {}
}
