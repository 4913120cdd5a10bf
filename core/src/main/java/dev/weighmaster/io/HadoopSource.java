package dev.weighmaster.io;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file of a Hadoop file system, or a range of one, read in pieces: several at once, ahead of
 * whoever takes them, and handed out in order. What is no longer than one piece is one request, by
 * the thread that asks.
 */
final class HadoopSource implements ByteSource {
  /** Long enough that a store's time to answer is little beside the time that the bytes take. */
  static final int PIECE = 8 << 20;

  /** Pieces of one file that are under way, or wait to be taken. */
  static final int IN_FLIGHT = 4;

  /** What is handed out at a time. */
  private static final int CHUNK = 1 << 20;

  /** Smaller buffers are not worth keeping. */
  private static final int POOLED_FROM = 256 << 10;

  /** Each has room for the byte that must not follow a file's last. */
  static final BufferPool BUFFERS = BufferPool.forCores(PIECE + 1, IN_FLIGHT);

  private static final AtomicInteger THREADS = new AtomicInteger();

  /** As many as there are pieces under way, each of which holds a buffer: those are bounded. */
  private static final ExecutorService READING =
      Executors.newCachedThreadPool(HadoopSource::thread);

  private final ListedFile file;
  private final Backoff backoff;
  private final long length;
  private final long end;
  private final Deque<Piece> ahead = new ArrayDeque<>();
  private final List<PieceReader> readers = new ArrayList<>();
  private final Deque<PieceReader> idle = new ArrayDeque<>();
  private long asked;
  private boolean asksForMore;
  private Optional<Piece> current = Optional.empty();
  private int available;
  private int taken;
  private boolean ended;
  private boolean closed;

  /** The bytes of a file from an offset on. */
  HadoopSource(ListedFile file, Backoff backoff, long offset, long length) {
    this.file = file;
    this.backoff = backoff;
    this.length = length;
    this.end = offset + length;
    this.asked = offset;
    // That a file is empty is seen by asking it for a byte.
    this.asksForMore = length > 0 || file.tellsItsEnd();
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "weighmaster-read-" + THREADS.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public long size() {
    return length;
  }

  @Override
  public long retries() {
    synchronized (readers) {
      return readers.stream().mapToLong(PieceReader::retries).sum();
    }
  }

  @Override
  public ByteBuffer next() throws IOException {
    if (taken == available) {
      advance();
    }
    if (taken == available) {
      return ByteBuffer.allocate(0);
    }
    int chunk = Math.min(CHUNK, available - taken);
    ByteBuffer bytes = ByteBuffer.wrap(current.orElseThrow().buffer, taken, chunk);
    taken += chunk;
    return bytes;
  }

  private void advance() throws IOException {
    release();
    if (length > PIECE) {
      askAhead();
    } else if (asksForMore) {
      Piece only = ask(asked, (int) length, Optional.empty());
      only.run();
    }
    if (ahead.isEmpty()) {
      end();
      return;
    }
    Piece next = ahead.remove();
    current = Optional.of(next);
    int read = next.await();
    if (read > next.length) {
      throw new ChangedDuringReadException(file.entry().path() + " is longer than it was listed");
    }
    available = read;
  }

  private void end() throws IOException {
    if (!ended) {
      file.ended();
      ended = true;
    }
  }

  /** The piece that is needed next is always asked for, more only where there are buffers. */
  private void askAhead() {
    while (asksForMore && ahead.size() < IN_FLIGHT) {
      Optional<byte[]> buffer = ahead.isEmpty() ? Optional.of(BUFFERS.take()) : BUFFERS.ifAny();
      if (buffer.isEmpty()) {
        return;
      }
      READING.execute(ask(asked, (int) Math.min(PIECE, end - asked), buffer));
    }
  }

  private Piece ask(long position, int size, Optional<byte[]> buffer) {
    boolean pooled = buffer.isPresent() || size >= POOLED_FROM;
    Piece piece =
        new Piece(
            position,
            size,
            buffer.orElseGet(() -> pooled ? BUFFERS.take() : new byte[size + 1]),
            pooled);
    ahead.add(piece);
    asked += size;
    asksForMore = asked < end;
    return piece;
  }

  private void release() {
    current.ifPresent(Piece::abandon);
    current = Optional.empty();
    available = 0;
    taken = 0;
  }

  private PieceReader reader() {
    synchronized (readers) {
      if (!idle.isEmpty()) {
        return idle.pop();
      }
      PieceReader reader = new PieceReader(file, backoff);
      readers.add(reader);
      return reader;
    }
  }

  private void giveBack(PieceReader reader) throws IOException {
    synchronized (readers) {
      if (!closed) {
        idle.push(reader);
        return;
      }
    }
    reader.close();
  }

  /** Gives up what is under way; each of those readers closes its own stream. */
  @Override
  public void close() throws IOException {
    release();
    ahead.forEach(Piece::abandon);
    ahead.clear();
    List<PieceReader> unused;
    synchronized (readers) {
      closed = true;
      unused = List.copyOf(idle);
      idle.clear();
    }
    for (PieceReader reader : unused) {
      reader.close();
    }
  }

  /** One request's worth of the file. */
  private final class Piece implements Runnable {
    private final long position;
    private final int length;
    private final byte[] buffer;
    private final boolean pooled;
    private final CompletableFuture<Integer> read = new CompletableFuture<>();
    private Optional<Thread> reading = Optional.empty();
    private boolean abandoned;

    Piece(long position, int length, byte[] buffer, boolean pooled) {
      this.position = position;
      this.length = length;
      this.buffer = buffer;
      this.pooled = pooled;
    }

    @Override
    public void run() {
      if (!begin()) {
        return;
      }
      try {
        read.complete(readAll());
      } catch (Throwable e) {
        read.completeExceptionally(e);
      } finally {
        finish();
      }
    }

    private int readAll() throws IOException {
      boolean last = position + length == file.entry().size();
      PieceReader reader = reader();
      try {
        return reader.read(position, buffer, length + (last && file.tellsItsEnd() ? 1 : 0));
      } finally {
        giveBack(reader);
      }
    }

    private synchronized boolean begin() {
      reading = Optional.of(Thread.currentThread());
      return !abandoned;
    }

    private synchronized void finish() {
      reading = Optional.empty();
      if (abandoned) {
        giveBuffer();
      }
    }

    /** The buffer goes back once nothing writes to it any more. */
    synchronized void abandon() {
      if (abandoned) {
        return;
      }
      abandoned = true;
      if (reading.isPresent()) {
        reading.get().interrupt();
      } else {
        giveBuffer();
      }
    }

    private void giveBuffer() {
      if (pooled) {
        BUFFERS.give(buffer);
      }
    }

    int await() throws IOException {
      try {
        return read.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while reading " + file.entry().path());
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException failure) {
          throw failure;
        }
        throw new IllegalStateException(e.getCause());
      }
    }
  }
}
