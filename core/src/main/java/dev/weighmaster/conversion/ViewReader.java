package dev.weighmaster.conversion;

import dev.weighmaster.tensor.RowReader;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Reads the units of a view in its order, a tile of them at a time: the part of the source that a
 * tile is spread over is read as it comes, and its units are put in order in memory. Memory does
 * not depend on shapes. Not thread-safe.
 */
final class ViewReader implements RowReader {
  /** What a tensor may take as often as its own bytes, as it is read. */
  private static final long MOST_READ = 256;

  /** Units that follow each other in the source are copied at once, if they have as many bytes. */
  private static final int LONG_RUN = 64;

  private final View view;
  private final Tiling tiling;
  private final int unit;
  private final byte[] window;
  private List<Axis> axes = List.of();
  private long nextTile;
  private long runs;
  private long nextRun;
  private final boolean sequential;
  private Optional<RowReader> reader = Optional.empty();
  private long nextUnit;
  private byte[] gathered = {};
  private byte[] run;
  private int position;
  private int end;
  private long remaining;

  private ViewReader(View view, Tiling tiling) {
    this.view = view;
    this.tiling = tiling;
    this.unit = view.units().type().blockBytes();
    this.window = new byte[(int) (tiling.span(tiling.steps()) * unit)];
    this.run = window;
    this.sequential = tiling.first(1) == tiling.span(tiling.steps());
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
      if (position == end) {
        advance();
      }
      int step = Math.min(end - position, length - read);
      System.arraycopy(run, position, target, at + read, step);
      position += step;
      read += step;
    }
    remaining -= length;
  }

  /** Goes to the next run of a tile: units that follow each other, or all that do not. */
  private void advance() throws IOException {
    if (nextRun == runs) {
      load();
    }
    Axis last = axes.get(axes.size() - 1);
    if (last.stride() == 1 && last.length() * unit >= LONG_RUN) {
      run = window;
      position = (int) Tiling.start(axes.subList(0, axes.size() - 1), nextRun) * unit;
      end = position + (int) last.length() * unit;
    } else {
      run = gathered;
      position = 0;
      end = gather(0, 0, 0);
    }
    nextRun++;
  }

  private void load() throws IOException {
    long steps = tiling.steps(nextTile);
    read(view.offset() + tiling.first(nextTile), tiling.span(steps));
    axes = tiling.axes(steps);
    nextTile++;
    nextRun = 0;
    long units = View.length(axes);
    Axis last = axes.get(axes.size() - 1);
    if (last.stride() == 1 && last.length() * unit >= LONG_RUN) {
      runs = units / last.length();
    } else {
      runs = 1;
      gathered = gathered.length < units * unit ? new byte[(int) (units * unit)] : gathered;
    }
  }

  /** Where tiles follow each other in the source, all are read from one opening. */
  private void read(long first, long units) throws IOException {
    if (reader.isEmpty() || nextUnit != first) {
      close();
      long last = view.offset() + Tiling.span(view.axes());
      reader = Optional.of(view.units().open(first, sequential ? last - first : units));
    }
    reader.get().read(window, 0, (int) (units * unit));
    nextUnit = first + units;
  }

  /** Puts the units of an axis, and of those within it, in order; where they end. */
  private int gather(int index, int from, int to) {
    Axis axis = axes.get(index);
    int step = (int) (axis.stride() * unit);
    int at = to;
    for (long i = 0; i < axis.length(); i++) {
      int source = from + (int) i * step;
      if (index < axes.size() - 1) {
        at = gather(index + 1, source, at);
      } else {
        for (int b = 0; b < unit; b++) {
          gathered[at++] = window[source + b];
        }
      }
    }
    return at;
  }

  @Override
  public void close() throws IOException {
    if (reader.isPresent()) {
      reader.get().close();
    }
  }
}
