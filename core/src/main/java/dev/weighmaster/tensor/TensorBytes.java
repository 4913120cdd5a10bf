package dev.weighmaster.tensor;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.ChangedDuringReadException;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * The bytes of a tensor, or of some of its rows, in order and each once. Not thread-safe.
 *
 * <p>The read that takes the last byte also asks whether the file is still the one that was opened,
 * so whoever has read everything has read one version of it.
 */
public final class TensorBytes implements RowReader {
  private final ByteSource source;
  private final String path;
  private ByteBuffer chunk = ByteBuffer.allocate(0);
  private long remaining;
  private boolean ended;

  private TensorBytes(ByteSource source, String path) {
    this.source = source;
    this.path = path;
    this.remaining = source.size();
  }

  /** Opens a range of a file, which must lie in it. */
  public static TensorBytes open(Storage storage, Storage.Entry file, long offset, long length)
      throws IOException {
    return new TensorBytes(storage.open(file, offset, length), file.path());
  }

  @Override
  public long remaining() {
    return remaining;
  }

  @Override
  public void read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length > remaining) {
      throw new IndexOutOfBoundsException(
          "%d bytes asked for, %d remain".formatted(length, remaining));
    }
    int read = 0;
    while (read < length) {
      if (!chunk.hasRemaining()) {
        chunk = source.next();
        if (!chunk.hasRemaining()) {
          throw new ChangedDuringReadException(path + " became shorter while it was read");
        }
      }
      int step = Math.min(chunk.remaining(), length - read);
      chunk.get(target, offset + read, step);
      read += step;
    }
    remaining -= length;
    if (remaining == 0 && !ended) {
      ended = true;
      if (chunk.hasRemaining() || source.next().hasRemaining()) {
        throw new ChangedDuringReadException(path + " is longer than it was listed");
      }
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
