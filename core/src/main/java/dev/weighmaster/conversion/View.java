package dev.weighmaster.conversion;

import java.util.ArrayList;
import java.util.List;

/**
 * Some of a source tensor's units, in another order: those at an offset and a multiple of each
 * axis' stride, the last axis running fastest. Every rearrangement that converters make is one.
 *
 * @param dimensions of the result, the outermost first; each is one axis, or several of which the
 *     last runs fastest
 */
record View(Units units, long offset, List<List<Axis>> dimensions) {
  View {
    dimensions = dimensions.stream().map(List::copyOf).toList();
  }

  /** All units in their order. */
  static View of(Units units) {
    List<List<Axis>> dimensions = new ArrayList<>();
    long stride = 1;
    for (int i = units.shape().size() - 1; i >= 0; i--) {
      dimensions.add(0, List.of(new Axis(units.shape().get(i), stride)));
      stride *= units.shape().get(i);
    }
    return new View(units, 0, dimensions);
  }

  /** The lengths of the dimensions, the outermost first. */
  List<Long> lengths() {
    return dimensions.stream().map(View::length).toList();
  }

  /** How many units there are. */
  long size() {
    return lengths().stream().reduce(1L, (one, other) -> one * other);
  }

  static long length(List<Axis> axes) {
    return axes.stream().mapToLong(Axis::length).reduce(1, (one, other) -> one * other);
  }

  /** All axes, the outermost first. */
  List<Axis> axes() {
    return dimensions.stream().flatMap(List::stream).toList();
  }

  /** The index of the rows of a matrix; of a vector, that of its only dimension. */
  int rows() {
    return Math.max(0, dimensions.size() - 2);
  }

  /** The index of the columns. */
  int columns() {
    return dimensions.size() - 1;
  }

  /** The same with another dimension in the place of one. */
  View with(int index, List<Axis> dimension) {
    List<List<Axis>> changed = new ArrayList<>(dimensions);
    changed.set(index, dimension);
    return new View(units, offset, changed);
  }

  View with(List<List<Axis>> others) {
    return new View(units, offset, others);
  }

  View from(long start) {
    return new View(units, start, dimensions);
  }

  /** A dimension in two. */
  record Cut(List<Axis> outer, List<Axis> inner) {}

  /**
   * Cuts a dimension into parts of the same length.
   *
   * @param parts how many
   * @throws UnmappedException if it can't be cut so
   */
  static Cut cut(List<Axis> dimension, long parts) throws UnmappedException {
    if (parts < 1 || length(dimension) % parts != 0) {
      throw new UnmappedException(
          "by the source's config.json, %d rows would be %d parts"
              .formatted(length(dimension), parts));
    }
    List<Axis> outer = new ArrayList<>();
    List<Axis> inner = new ArrayList<>();
    long left = parts;
    for (Axis axis : dimension) {
      if (left == 1) {
        inner.add(axis);
      } else if (left % axis.length() == 0) {
        outer.add(axis);
        left /= axis.length();
      } else if (axis.length() % left == 0) {
        long part = axis.length() / left;
        outer.add(new Axis(left, axis.stride() * part));
        inner.add(new Axis(part, axis.stride()));
        left = 1;
      } else {
        throw new UnmappedException(
            "%d parts of its rows are not next to each other".formatted(parts));
      }
    }
    return new Cut(outer, inner);
  }
}
