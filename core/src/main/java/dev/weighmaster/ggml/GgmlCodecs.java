package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The codecs of ggml's types. */
public final class GgmlCodecs {
  private static final Map<GgmlType, GgmlCodec> CODECS = codecs(Searches.SCALAR);

  private GgmlCodecs() {}

  private static Map<GgmlType, GgmlCodec> codecs(Searches searches) {
    var codecs = new EnumMap<GgmlType, GgmlCodec>(GgmlType.class);
    Stream.of(
            new SingleFloatCodec.F32(),
            new SingleFloatCodec.F16(),
            new SingleFloatCodec.Bf16(),
            Q4Codec.fourBits(searches),
            Q4Codec.fiveBits(searches),
            Q4MinCodec.fourBits(searches),
            Q4MinCodec.fiveBits(searches),
            new Q8Codec(),
            new Q2KCodec(searches),
            new Q3KCodec(searches),
            Q4KCodec.fourBits(searches),
            Q4KCodec.fiveBits(searches),
            new Q6KCodec(searches),
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
