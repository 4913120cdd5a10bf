package dev.weighmaster.conversion;

import java.util.ArrayList;
import java.util.List;

/**
 * How a view is read in tiles: the axes that lead from tile to tile, so many steps of one axis in
 * each, and the axes within.
 *
 * @param outer the outermost first
 * @param split the axis that is cut into tiles
 * @param steps of that axis in a tile; the last tile has what is left
 * @param inner the outermost first
 */
record Tiling(List<Axis> outer, Axis split, long steps, List<Axis> inner) {
  /** Bytes of the source in memory: a head of the widest models. */
  static final int WINDOW = 4 << 20;

  /** What a tile has unless its inner axes take more: as much as a core's second-level cache. */
  private static final int USUAL = 1 << 20;

  /** What opening a part of a file takes as long as, in bytes that are read from it. */
  static final long OPENING = 256 << 10;

  Tiling {
    outer = List.copyOf(outer);
    inner = List.copyOf(inner);
  }

  /**
   * The tiling that takes the least time.
   *
   * @param axes at least one
   * @param unit bytes of a unit
   */
  static Tiling best(List<Axis> axes, int unit) {
    Tiling best = of(axes, axes.size() - 1, unit);
    for (int split = axes.size() - 2; split >= 0; split--) {
      if (span(axes.subList(split + 1, axes.size())) * unit > WINDOW) {
        break;
      }
      Tiling tiling = of(axes, split, unit);
      best = tiling.cost(unit) < best.cost(unit) ? tiling : best;
    }
    return best;
  }

  private static Tiling of(List<Axis> axes, int split, int unit) {
    List<Axis> inner = axes.subList(split + 1, axes.size());
    Axis axis = axes.get(split);
    long fit = 1 + Math.max(0, USUAL / unit - span(inner)) / axis.stride();
    return new Tiling(axes.subList(0, split), axis, Math.min(axis.length(), fit), inner);
  }

  /** How many tiles there are. */
  long tiles() {
    return View.length(outer) * splits();
  }

  private long splits() {
    return (split.length() + steps - 1) / steps;
  }

  /** Bytes that are read all in all, with those that opening counts for. */
  double cost(int unit) {
    return tiles() * (OPENING + (double) span(steps) * unit);
  }

  /** The first unit of a tile. */
  long first(long tile) {
    return tile % splits() * steps * split.stride() + start(outer, tile / splits());
  }

  /** The steps of a tile. */
  long steps(long tile) {
    return Math.min(steps, split.length() - tile % splits() * steps);
  }

  /** The axes of a tile of so many steps. */
  List<Axis> axes(long stepsOfTile) {
    List<Axis> axes = new ArrayList<>(inner);
    axes.add(0, new Axis(stepsOfTile, split.stride()));
    return axes;
  }

  /** Where the unit of some axes is that comes after so many others. */
  static long start(List<Axis> axes, long number) {
    long start = 0;
    long left = number;
    for (int i = axes.size() - 1; i >= 0; i--) {
      Axis axis = axes.get(i);
      start += left % axis.length() * axis.stride();
      left /= axis.length();
    }
    return start;
  }

  /** From the first of a tile's units to its last, both included. */
  long span(long stepsOfTile) {
    return span(axes(stepsOfTile));
  }

  /** From the first unit of some axes to the last, both included. */
  static long span(List<Axis> axes) {
    return 1 + axes.stream().mapToLong(axis -> (axis.length() - 1) * axis.stride()).sum();
  }

  /** The same axes without those of one step, and as one where they follow each other. */
  static List<Axis> merged(List<Axis> axes) {
    List<Axis> merged = new ArrayList<>();
    for (Axis axis : axes) {
      if (axis.length() == 1) {
        continue;
      }
      int last = merged.size() - 1;
      if (last >= 0 && merged.get(last).stride() == axis.length() * axis.stride()) {
        merged.set(last, new Axis(merged.get(last).length() * axis.length(), axis.stride()));
      } else {
        merged.add(axis);
      }
    }
    return merged;
  }
}
