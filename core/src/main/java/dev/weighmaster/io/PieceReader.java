package dev.weighmaster.io;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.statistics.IOStatistics;
import org.apache.hadoop.fs.statistics.StoreStatisticNames;
import org.apache.hadoop.fs.statistics.StreamStatisticNames;

/**
 * Reads pieces of one file through one stream; what breaks off goes on from there. Not thread-safe,
 * but for {@link #retries}.
 */
final class PieceReader implements Closeable {
  private final ListedFile file;
  private final Backoff backoff;
  private volatile FSDataInputStream stream;
  private final AtomicLong own = new AtomicLong();
  private final AtomicLong ofClosedStreams = new AtomicLong();

  PieceReader(ListedFile file, Backoff backoff) {
    this.file = file;
    this.backoff = backoff;
  }

  /**
   * Reads one piece, up to the file's end.
   *
   * @param length more than 0
   * @return how many bytes there are: fewer than asked for where the file ends as it was listed
   */
  int read(long position, byte[] into, int length) throws IOException {
    Backoff.Tries tries = backoff.start();
    int done = 0;
    boolean goesOn = false;
    while (done < length) {
      try {
        int read = readSome(position + done, into, done, length - done);
        if (read > 0) {
          done += read;
          goesOn = true;
          tries.progress();
          continue;
        }
        if (position + done == file.entry().size()) {
          return done;
        }
        if (goesOn) {
          // S3A mends a broken stream with a short one, and that has ended.
          goesOn = false;
          continue;
        }
        file.endedEarly();
        throw new EOFException("the bytes end at " + (position + done));
      } catch (IOException e) {
        drop(e);
        file.throwIfFinal(e, position + done > 0);
        tries.again(e);
        own.incrementAndGet();
        goesOn = false;
      }
    }
    return done;
  }

  /** What broke may not close either. */
  private void drop(IOException failure) {
    try {
      close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private int readSome(long position, byte[] into, int offset, int length) throws IOException {
    if (stream == null) {
      stream = file.open();
    }
    if (stream.getPos() != position) {
      stream.seek(position);
    }
    return stream.read(into, offset, length);
  }

  /** How often something was asked for again, by this reader and by the stream on its own. */
  long retries() {
    FSDataInputStream open = stream;
    return own.get() + ofClosedStreams.get() + (open == null ? 0 : failures(open));
  }

  private static long failures(FSDataInputStream in) {
    IOStatistics statistics = in.getIOStatistics();
    if (statistics == null) {
      return 0;
    }
    return statistics.counters().getOrDefault(StreamStatisticNames.STREAM_READ_EXCEPTIONS, 0L)
        + statistics
            .counters()
            .getOrDefault(
                StoreStatisticNames.ACTION_HTTP_GET_REQUEST + StoreStatisticNames.SUFFIX_FAILURES,
                0L);
  }

  /** Closes the stream; the next read opens another. */
  @Override
  public void close() throws IOException {
    FSDataInputStream open = stream;
    if (open == null) {
      return;
    }
    ofClosedStreams.addAndGet(failures(open));
    stream = null;
    open.close();
  }
}
