package dev.weighmaster.ggml;

import dev.weighmaster.format.gguf.GgmlType;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The codecs of ggml's types. */
public final class GgmlCodecs {
  private static final Map<GgmlType, GgmlCodec> CODECS = codecs(Arithmetic.BEST);

  private static final List<GgmlCodec> EARLIER = List.of(new Iq1MCodec(GgmlVersion.AUGUST_2026));

  private GgmlCodecs() {}

  /**
   * Whether codecs compute in vectors: without {@code jdk.incubator.vector} they give the same
   * bits, and take several times as long.
   */
  public static boolean computeInVectors() {
    return Arithmetic.BEST != Arithmetic.SCALAR;
  }

  static Map<GgmlType, GgmlCodec> codecs(Arithmetic arithmetic) {
    var codecs = new EnumMap<GgmlType, GgmlCodec>(GgmlType.class);
    Stream.of(
            new SingleFloatCodec.F32(),
            new SingleFloatCodec.F16(arithmetic),
            new SingleFloatCodec.Bf16(arithmetic),
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
            new FloatNibbleCodec.Mx(arithmetic),
            new FloatNibbleCodec.Nv(arithmetic),
            new SignCodec(),
            new Q2Codec(),
            new Iq1SCodec(),
            new Iq1MCodec(GgmlVersion.V0_5_0),
            new Iq2XxsCodec(),
            new Iq2XsCodec(),
            new Iq2SCodec(),
            new Iq3XxsCodec(),
            new Iq3SCodec(),
            new Iq4NlCodec(),
            new Iq4XsCodec())
        .forEach(codec -> codecs.put(codec.type(), codec));
    return codecs;
  }

  /**
   * The codecs of a type, the newest algorithm first: more than one if ggml's algorithm has
   * changed. They differ in what they encode, not in what they decode. Empty for types without a
   * codec.
   */
  public static List<GgmlCodec> versions(GgmlType type) {
    return Stream.concat(of(type).stream(), EARLIER.stream().filter(codec -> codec.type() == type))
        .toList();
  }

  /**
   * The newest codec of a type; empty for types that are not weights, or that nobody makes any
   * more.
   */
  public static Optional<GgmlCodec> of(GgmlType type) {
    return Optional.ofNullable(CODECS.get(type));
  }
}
