package dev.weighmaster.imatrix;

import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.TensorBytes;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The form that {@code llama-imatrix} has written since July 2025, as {@code common_imatrix_load}
 * of llama.cpp reads it: a GGUF whose tensors {@code NAME.in_sum2} hold the sums of squares, and
 * {@code NAME.counts} how many tokens each expert's sums are of.
 */
final class GgufImatrix {
  private static final String SUMS = ".in_sum2";
  private static final String COUNTS = ".counts";

  private GgufImatrix() {}

  static Map<String, ImatrixEntry> entries(Storage storage, Storage.Entry listed)
      throws IOException {
    ModelTensors tensors = ModelTensors.openListed(storage, List.of(listed));
    Map<String, ImatrixEntry> entries = new LinkedHashMap<>();
    long allCounts = 0;
    for (Tensor tensor : tensors.tensors()) {
      String name = tensor.name();
      if (name.endsWith(SUMS)) {
        String of = name.substring(0, name.length() - SUMS.length());
        Tensor counts = other(tensors, tensor, of + COUNTS);
        allCounts += counts.elements();
        if (allCounts > Imatrix.MAX_COUNTS) {
          throw new UnsupportedWeightsException(
              counts.offset(), "it has more than %d counts".formatted(Imatrix.MAX_COUNTS));
        }
        entries.put(of, entry(storage, tensors, tensor, counts));
      } else if (name.endsWith(COUNTS)) {
        other(tensors, tensor, name.substring(0, name.length() - COUNTS.length()) + SUMS);
      }
    }
    if (entries.isEmpty()) {
      throw new MalformedWeightsException(
          0, "it is no importance matrix: it has no tensor NAME" + SUMS);
    }
    return entries;
  }

  /** One of sums and counts makes no sense without the other. */
  private static Tensor other(ModelTensors tensors, Tensor tensor, String name)
      throws MalformedWeightsException {
    return tensors
        .find(name)
        .orElseThrow(
            () ->
                new MalformedWeightsException(
                    tensor.offset(),
                    "%s is without %s".formatted(Quoted.of(tensor.name()), Quoted.of(name))));
  }

  private static ImatrixEntry entry(
      Storage storage, ModelTensors tensors, Tensor sums, Tensor counts) throws IOException {
    Optional<GgmlType> f32 = Optional.of(GgmlType.F32);
    if (!sums.type().ggml().equals(f32) || !counts.type().ggml().equals(f32)) {
      throw new MalformedWeightsException(
          sums.offset(), "the sums and counts of %s are not F32".formatted(Quoted.of(sums.name())));
    }
    if (sums.elements() == 0
        || counts.elements() == 0
        || sums.elements() % counts.elements() != 0) {
      throw new MalformedWeightsException(
          sums.offset(),
          "%s has %d values for %d counts"
              .formatted(Quoted.of(sums.name()), sums.elements(), counts.elements()));
    }
    Storage.Entry file = tensors.files().get(sums.file());
    return new ImatrixEntry(
        sums.elements(),
        sums.offset(),
        divisors(tensors, counts),
        (first, n) ->
            TensorBytes.open(storage, file, sums.offset() + first * Float.BYTES, n * Float.BYTES));
  }

  private static float[] divisors(ModelTensors tensors, Tensor counts) throws IOException {
    byte[] bytes = new byte[(int) counts.bytes()];
    try (TensorBytes read = tensors.read(counts)) {
      read.read(bytes, 0, bytes.length);
    }
    float[] divisors = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(divisors);
    for (int i = 0; i < divisors.length; i++) {
      if (!Float.isFinite(divisors[i])) {
        throw new MalformedWeightsException(
            counts.offset(), "%s are not all finite".formatted(Quoted.of(counts.name())));
      }
      divisors[i] = wholeCount(divisors[i]);
    }
    return divisors;
  }

  /** C's {@code lround}; no count is below 0. */
  private static float wholeCount(float count) {
    return (float) Math.max(0, Math.floor(count + 0.5d));
  }
}
