package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The codecs of ggml's types. */
public final class GgmlCodecs {
  private static final Map<GgmlType, GgmlCodec> CODECS =
      codecs(Arithmetic.vector().orElse(Arithmetic.SCALAR));

  private GgmlCodecs() {}

  static Map<GgmlType, GgmlCodec> codecs(Arithmetic arithmetic) {
    var codecs = new EnumMap<GgmlType, GgmlCodec>(GgmlType.class);
    Stream.of(
            new SingleFloatCodec.F32(),
            new SingleFloatCodec.F16(),
            new SingleFloatCodec.Bf16(),
            Q4Codec.fourBits(arithmetic),
            Q4Codec.fiveBits(arithmetic),
            Q4MinCodec.fourBits(arithmetic),
            Q4MinCodec.fiveBits(arithmetic),
            new Q8Codec(arithmetic),
            new Q2KCodec(arithmetic),
            new Q3KCodec(arithmetic),
            Q4KCodec.fourBits(arithmetic),
            Q4KCodec.fiveBits(arithmetic),
            new Q6KCodec(arithmetic),
            new TernaryCodec.Fives(),
            new TernaryCodec.Pairs(),
            new FloatNibbleCodec.Mx(),
            new FloatNibbleCodec.Nv(),
            new SignCodec(),
            new Q2Codec())
        .forEach(codec -> codecs.put(codec.type(), codec));
    return codecs;
  }

  /** The codec of a type; empty for types that are not weights, or that nobody makes any more. */
  public static Optional<GgmlCodec> of(GgmlType type) {
    return Optional.ofNullable(CODECS.get(type));
  }
}
