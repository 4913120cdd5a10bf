package dev.weighmaster.format.gguf;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The types of metadata values: the GGUF specification's {@code gguf_metadata_value_type}. */
public enum GgufType {
  UINT8(0, 1),
  INT8(1, 1),
  UINT16(2, 2),
  INT16(3, 2),
  UINT32(4, 4),
  INT32(5, 4),
  FLOAT32(6, 4),
  BOOL(7, 1),
  STRING(8, 0),
  ARRAY(9, 0),
  UINT64(10, 8),
  INT64(11, 8),
  FLOAT64(12, 8);

  private static final Map<Integer, GgufType> BY_ID =
      Arrays.stream(values()).collect(Collectors.toMap(GgufType::id, Function.identity()));

  private final int id;
  private final int bytes;

  GgufType(int id, int bytes) {
    this.id = id;
    this.bytes = bytes;
  }

  static Optional<GgufType> of(int id) {
    return Optional.ofNullable(BY_ID.get(id));
  }

  /** The number that stands for the type in a file. */
  public int id() {
    return id;
  }

  /** Of one value; 0 for strings and arrays, whose length varies. */
  public int bytes() {
    return bytes;
  }
}
