package dev.weighmaster.jobs.filelist;

import dev.weighmaster.io.StorageFailure;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * The rows of one file of a file list, one at a time. What can't be read of it is an {@link
 * UncheckedIOException} of an {@link FileListException} that names the file and the row, and there
 * are no rows after it. Not thread-safe.
 */
public abstract class ListRows<T> implements Iterator<T>, Closeable {
  private final String file;
  private long row;
  private Optional<T> ahead = Optional.empty();
  private boolean ended;

  ListRows(String file) {
    this.file = file;
  }

  /**
   * The next row that is of use.
   *
   * @return empty after the last, once the file is known to be what was promised
   */
  abstract Optional<T> read() throws IOException;

  /** Says that what is read now is the next row, the first one being 1. */
  final void startRow() {
    row++;
  }

  /** Says that what is wrong from here on is so of the whole file. */
  final void endRows() {
    row = 0;
  }

  /**
   * Text of one row, from a file that is read a character a byte: so that what is no UTF-8 is known
   * to be in this row, and not somewhere in what was read ahead.
   */
  static String utf8(String bytes) throws FileListException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (CharacterCodingException e) {
      throw new FileListException("is not UTF-8", e);
    }
  }

  @Override
  public final boolean hasNext() {
    try {
      if (ahead.isEmpty() && !ended) {
        ahead = read();
        ended = ahead.isEmpty();
      }
      return !ended;
    } catch (IOException | RuntimeException e) {
      ended = true;
      throw new UncheckedIOException(
          new FileListException(file + (row == 0 ? ": " : ", row " + row + ": ") + reason(e), e));
    }
  }

  private static String reason(Exception e) {
    return StorageFailure.reason(
        e instanceof UncheckedIOException unchecked ? unchecked.getCause() : e);
  }

  @Override
  public final T next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    T row = ahead.orElseThrow();
    ahead = Optional.empty();
    return row;
  }
}
