package dev.weighmaster.packing;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.TensorBytes;
import dev.weighmaster.tensor.TensorType;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The tensors whose names begin alike and which together are one matrix. Not thread-safe. */
final class Companions {
  private static final int STEP = 1 << 16;

  private final ModelTensors model;
  private final String stem;
  private final List<Tensor> used = new ArrayList<>();

  Companions(ModelTensors model, String stem) {
    this.model = model;
    this.stem = stem;
  }

  /** The tensors that were asked for and are there. */
  List<Tensor> used() {
    return List.copyOf(used);
  }

  boolean has(String suffix) {
    return model.find(stem + suffix).isPresent();
  }

  Tensor required(String suffix, Set<SafetensorsType> types) throws UnpackableException {
    return optional(suffix, types)
        .orElseThrow(() -> new UnpackableException(called(suffix) + " is missing"));
  }

  Optional<Tensor> optional(String suffix, Set<SafetensorsType> types) throws UnpackableException {
    Optional<Tensor> found = model.find(stem + suffix);
    if (found.isPresent()) {
      Tensor tensor = found.get();
      if (!(tensor.type() instanceof TensorType.Safetensors stored)
          || !types.contains(stored.type())) {
        throw new UnpackableException(
            "%s is %s, not %s".formatted(called(suffix), tensor.type().name(), types));
      }
      used.add(tensor);
    }
    return found;
  }

  static SafetensorsType type(Tensor tensor) {
    return ((TensorType.Safetensors) tensor.type()).type();
  }

  private String called(String suffix) {
    return Quoted.of(stem + suffix);
  }

  /** Refuses a tensor that is no matrix of so many rows and elements in a row. */
  static void mustBe(Tensor tensor, long rows, long rowElements) throws UnpackableException {
    if (tensor.shape().size() != 2
        || tensor.matrixRows() != rows
        || tensor.rowElements() != rowElements) {
      throw new UnpackableException(
          "%s has shape %s (the row's length first), not [%d, %d]"
              .formatted(Quoted.of(tensor.name()), tensor.shape(), rowElements, rows));
    }
  }

  /** Rows of a matrix, from one on, and elements in each: at most what this package reads. */
  static int dimension(String what, long length, long most) throws UnpackableException {
    if (length < 1 || length > most) {
      throw new UnpackableException("it has %d %s, not 1 to %d".formatted(length, what, most));
    }
    return (int) length;
  }

  /** Some rows of a matrix. */
  byte[] rows(Tensor tensor, long first, long count) throws IOException {
    try (TensorBytes bytes = model.read(tensor, first, count)) {
      byte[] all = new byte[Math.toIntExact(bytes.remaining())];
      bytes.read(all, 0, all.length);
      return all;
    }
  }

  /**
   * All of a small tensor.
   *
   * @param most bytes that it may have
   */
  byte[] all(Tensor tensor, int most) throws IOException {
    if (tensor.bytes() > most) {
      throw new UnpackableException(
          "%s has more than %d bytes".formatted(Quoted.of(tensor.name()), most));
    }
    return rows(tensor, 0, tensor.rows());
  }

  /** A range of a tensor that is one row, or of whole rows. */
  byte[] range(Tensor tensor, long offset, long length) throws IOException {
    if (tensor.rows() == 1) {
      return columns(tensor, Math.toIntExact(offset), Math.toIntExact(length));
    }
    long rowBytes = tensor.bytes() / tensor.rows();
    if (offset % rowBytes != 0 || length % rowBytes != 0) {
      throw new UnpackableException(
          "the rows of %s are not where they are asked for".formatted(Quoted.of(tensor.name())));
    }
    return rows(tensor, offset / rowBytes, length / rowBytes);
  }

  /**
   * The same part of every row of a matrix, one after the other.
   *
   * @param from of the part, in bytes
   */
  byte[] columns(Tensor tensor, int from, int length) throws IOException {
    int rows = Math.toIntExact(tensor.rows());
    byte[] part = new byte[Math.multiplyExact(rows, length)];
    try (TensorBytes bytes = model.read(tensor, 0, rows)) {
      int rowBytes = rows == 0 ? 0 : Math.toIntExact(bytes.remaining() / rows);
      byte[] passed = new byte[STEP];
      for (int row = 0; row < rows; row++) {
        WorkStopped.check();
        pass(bytes, passed, from);
        bytes.read(part, row * length, length);
        pass(bytes, passed, rowBytes - from - length);
      }
    }
    return part;
  }

  private static void pass(TensorBytes bytes, byte[] scratch, int count) throws IOException {
    for (int left = count; left > 0; left -= scratch.length) {
      bytes.read(scratch, 0, Math.min(left, scratch.length));
    }
  }
}
