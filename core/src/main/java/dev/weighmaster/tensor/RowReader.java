package dev.weighmaster.tensor;

import java.io.Closeable;
import java.io.IOException;

/** Bytes of rows, in order and each once. Not thread-safe. */
public interface RowReader extends Closeable {

  /** Bytes that have not been read. */
  long remaining();

  /**
   * Reads the next bytes.
   *
   * @param length at most {@link #remaining}
   * @throws dev.weighmaster.io.ChangedDuringReadException if a file is found to have changed since
   *     its header was read
   * @throws IOException if the bytes can't be read
   */
  void read(byte[] target, int offset, int length) throws IOException;
}
