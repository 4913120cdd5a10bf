package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.tensor.RowReader;
import java.io.IOException;
import java.util.List;

/**
 * The units of a source's tensor in a ggml type: a weight each, or a block of them where the type
 * stores weights in blocks. Thread-safe.
 */
interface Units {
  /** Of its tensors, the first of which it is known by; each is used up. */
  List<String> names();

  /** The type, as the source calls it. */
  String storedType();

  GgmlType type();

  /** Row-major: the number of units of a row comes last. */
  List<Long> shape();

  /**
   * Opens units that follow each other.
   *
   * @param first of all, counted row by row
   */
  RowReader open(long first, long count) throws IOException;

  /** Bytes of the source that all units take. */
  long storedBytes();
}
