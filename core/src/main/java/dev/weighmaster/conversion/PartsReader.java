package dev.weighmaster.conversion;

import dev.weighmaster.tensor.RowReader;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;

/** Reads views one after the other. Not thread-safe. */
final class PartsReader implements RowReader {
  private final Iterator<View> left;
  private RowReader part;
  private long remaining;

  /**
   * @param views at least one
   */
  PartsReader(List<View> views) throws IOException {
    this.left = views.iterator();
    this.remaining =
        views.stream().mapToLong(view -> view.size() * view.units().type().blockBytes()).sum();
    this.part = ViewReader.open(left.next());
  }

  @Override
  public long remaining() {
    return remaining;
  }

  @Override
  public void read(byte[] target, int offset, int length) throws IOException {
    if (length > remaining) {
      throw new IndexOutOfBoundsException(
          "%d bytes asked for, %d remain".formatted(length, remaining));
    }
    int read = 0;
    while (read < length) {
      if (part.remaining() == 0) {
        part.close();
        part = ViewReader.open(left.next());
      }
      int step = (int) Math.min(part.remaining(), length - read);
      part.read(target, offset + read, step);
      read += step;
    }
    remaining -= length;
  }

  @Override
  public void close() throws IOException {
    part.close();
  }
}
