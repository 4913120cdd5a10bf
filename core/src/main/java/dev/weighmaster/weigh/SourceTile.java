package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A tile of the source's weights as floats, and rounded to each intermediate where one is asked
 * for. Not thread-safe.
 */
final class SourceTile {
  private static final float[] NO_IMPORTANCE = {};

  private final GgmlCodec codec;
  private final float[] weights;
  private final Map<Intermediate, float[]> rounded = new EnumMap<>(Intermediate.class);
  private final Set<Intermediate> current = EnumSet.noneOf(Intermediate.class);
  private byte[] scratch = new byte[0];
  private int length;

  /**
   * @param capacity the most weights of a tile
   */
  SourceTile(GgmlCodec codec, int capacity) {
    this.codec = codec;
    this.weights = new float[capacity];
  }

  /** The intermediates that can change a weight of a type; {@link Intermediate#NONE} first. */
  static List<Intermediate> intermediates(GgmlType source) {
    List<Intermediate> all = new ArrayList<>(List.of(Intermediate.values()));
    all.removeIf(each -> each.type().filter(source::equals).isPresent());
    return all;
  }

  void load(byte[] bytes, int newLength) {
    length = newLength;
    codec.decode(bytes, 0, weights, 0, length);
    current.clear();
  }

  /** The tile's weights, after they were rounded. */
  float[] weights(Intermediate intermediate) {
    return intermediate.type().map(type -> rounded(intermediate, type)).orElse(weights);
  }

  private float[] rounded(Intermediate intermediate, GgmlType type) {
    float[] values = rounded.computeIfAbsent(intermediate, any -> new float[weights.length]);
    if (current.add(intermediate)) {
      GgmlCodec through = GgmlCodecs.of(type).orElseThrow();
      int bytes = length * type.blockBytes();
      scratch = scratch.length < bytes ? new byte[bytes] : scratch;
      through.encode(weights, 0, length, NO_IMPORTANCE, scratch, 0);
      through.decode(scratch, 0, values, 0, length);
    }
    return values;
  }

  /** Whether rounding changes some of these weights. */
  boolean changes(Intermediate intermediate, int from, int count) {
    return intermediate != Intermediate.NONE
        && !Arrays.equals(weights, from, from + count, weights(intermediate), from, from + count);
  }
}
