package dev.weighmaster.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of one file, from the first to the last, each of them once. Not thread-safe.
 *
 * <p>Memory is constant whatever the size of the file.
 */
public interface ByteSource extends Closeable {

  /**
   * How many bytes there are: the file's size when the source was opened, or the range's length.
   */
  long size();

  /**
   * The next bytes of the file, never more than a few MiB.
   *
   * @return a buffer that is valid until the next call; one without remaining bytes means the end
   * @throws ChangedDuringReadException if the file is found to have changed since it was opened, on
   *     the last call at the latest
   * @throws IOException if the bytes can't be read
   */
  ByteBuffer next() throws IOException;

  /** How many requests to the storage had to be repeated until now; may be asked once closed. */
  default long retries() {
    return 0;
  }

  /** Whether the bytes come from a mapping of the file into memory. */
  default boolean mapped() {
    return false;
  }
}
