package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** The codecs of each form that this virtual machine can run. */
final class CodecForms {
  private static final Map<GgmlType, GgmlCodec> SCALAR = GgmlCodecs.codecs(Arithmetic.SCALAR);
  private static final Map<GgmlType, GgmlCodec> VECTOR =
      Arithmetic.vector().map(GgmlCodecs::codecs).orElseGet(() -> new EnumMap<>(GgmlType.class));

  private CodecForms() {}

  static Stream<Named<GgmlCodec>> all() {
    return Arrays.stream(GgmlType.values()).flatMap(CodecForms::of);
  }

  /** Both forms of a type's codec, or as many as there are. */
  static Stream<Named<GgmlCodec>> of(GgmlType type) {
    return Stream.concat(
        Optional.ofNullable(SCALAR.get(type))
            .map(codec -> Named.of(type + " scalar", codec))
            .stream(),
        Optional.ofNullable(VECTOR.get(type))
            .map(codec -> Named.of(type + " vector", codec))
            .stream());
  }

  static GgmlCodec scalar(GgmlType type) {
    return SCALAR.get(type);
  }

  /** The codecs that compute many weights at once. */
  static Stream<Named<GgmlCodec>> vectors() {
    return VECTOR.values().stream().map(codec -> Named.of(codec.type().name(), codec));
  }
}
