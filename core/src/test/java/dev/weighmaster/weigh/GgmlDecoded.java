package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;

/** What the rows of a tensor decode to. */
final class GgmlDecoded {
  private GgmlDecoded() {}

  static float[] of(GgmlType type, byte[] bytes, int length) {
    GgmlCodec codec = GgmlCodecs.of(type).orElseThrow();
    int rowBytes = length / type.blockElements() * type.blockBytes();
    float[] weights = new float[bytes.length / rowBytes * length];
    codec.decode(bytes, 0, weights, 0, weights.length);
    return weights;
  }
}
