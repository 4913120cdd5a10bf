package dev.weighmaster.weigh.packed;

import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.TensorBytes;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** The weights of a source's tensor in order, so many at a time. Not thread-safe. */
final class SourceRows implements Closeable {
  private final TensorBytes bytes;
  private final GgmlCodec codec;
  private final byte[] stored;
  private final float[] weights;

  private SourceRows(TensorBytes bytes, GgmlCodec codec, int length) {
    this.bytes = bytes;
    this.codec = codec;
    this.stored = new byte[length * codec.type().blockBytes()];
    this.weights = new float[length];
  }

  /** What a source's tensor is computed in; empty for types that quantizers don't start from. */
  static Optional<Precision> precision(Tensor tensor) {
    return switch (tensor.type().name()) {
      case "F32" -> Optional.of(Precision.F32);
      case "F16" -> Optional.of(Precision.F16);
      case "BF16" -> Optional.of(Precision.BF16);
      default -> Optional.empty();
    };
  }

  /**
   * @param tensor of a type that has a {@link #precision}
   * @param length of a row, which divides the tensor's weights
   */
  static SourceRows open(ModelTensors source, Tensor tensor, int length) throws IOException {
    GgmlCodec codec = tensor.type().ggml().flatMap(GgmlCodecs::of).orElseThrow();
    return new SourceRows(source.read(tensor), codec, length);
  }

  /** Reads the next row; the array is used again for the one after it. */
  float[] next() throws IOException {
    WorkStopped.check();
    bytes.read(stored, 0, stored.length);
    codec.decode(stored, 0, weights, 0, weights.length);
    return weights;
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
