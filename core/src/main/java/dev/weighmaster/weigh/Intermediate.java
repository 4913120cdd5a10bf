package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.Optional;

/** The type that a source's weights were rounded to before they were quantized. */
public enum Intermediate {
  NONE(Optional.empty()),
  F16(Optional.of(GgmlType.F16)),
  BF16(Optional.of(GgmlType.BF16));

  @SuppressWarnings("ImmutableEnumChecker") // of an enum
  private final Optional<GgmlType> type;

  Intermediate(Optional<GgmlType> type) {
    this.type = type;
  }

  /** Empty for {@link #NONE}. */
  Optional<GgmlType> type() {
    return type;
  }
}
