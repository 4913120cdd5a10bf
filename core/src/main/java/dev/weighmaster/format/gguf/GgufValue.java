package dev.weighmaster.format.gguf;

import java.util.List;
import java.util.stream.Collectors;

/** A metadata value, as far as the reader keeps it. */
public sealed interface GgufValue {

  GgufType type();

  /** The value for a person to read: hostile text. */
  String display();

  /** Whether nothing is missing of what the file has. */
  default boolean complete() {
    return true;
  }

  static GgufValue uint32(int value) {
    return new Whole(GgufType.UINT32, Integer.toUnsignedLong(value));
  }

  static GgufValue text(String value) {
    return new Text(value, false);
  }

  /** An array with all its elements, for the writer. */
  static GgufValue array(GgufType elementType, List<GgufValue> elements) {
    return new Array(elementType, elements.size(), elements);
  }

  /**
   * An integer.
   *
   * @param type one of the eight integer types
   * @param value the 64 bits of it for {@link GgufType#UINT64}, which is unsigned
   */
  record Whole(GgufType type, long value) implements GgufValue {
    @Override
    public String display() {
      return type == GgufType.UINT64 ? Long.toUnsignedString(value) : Long.toString(value);
    }
  }

  /**
   * A floating-point number.
   *
   * @param type {@link GgufType#FLOAT32} or {@link GgufType#FLOAT64}
   */
  record Real(GgufType type, double value) implements GgufValue {
    @Override
    public String display() {
      return type == GgufType.FLOAT32 ? Float.toString((float) value) : Double.toString(value);
    }
  }

  record Bool(boolean value) implements GgufValue {
    @Override
    public GgufType type() {
      return GgufType.BOOL;
    }

    @Override
    public String display() {
      return Boolean.toString(value);
    }
  }

  /**
   * A string.
   *
   * @param truncated whether the file has more of it than is kept here
   */
  record Text(String value, boolean truncated) implements GgufValue {
    @Override
    public GgufType type() {
      return GgufType.STRING;
    }

    @Override
    public String display() {
      return truncated ? value + "…" : value;
    }

    @Override
    public boolean complete() {
      return !truncated;
    }
  }

  /**
   * An array.
   *
   * @param count of the elements in the file
   * @param first the elements that are kept
   */
  record Array(GgufType elementType, long count, List<GgufValue> first) implements GgufValue {
    public Array {
      first = List.copyOf(first);
    }

    @Override
    public GgufType type() {
      return GgufType.ARRAY;
    }

    @Override
    public String display() {
      return first.stream()
          .map(GgufValue::display)
          .collect(Collectors.joining(", ", "[", count > first.size() ? ", …]" : "]"));
    }

    @Override
    public boolean complete() {
      return count == first.size() && first.stream().allMatch(GgufValue::complete);
    }
  }
}
