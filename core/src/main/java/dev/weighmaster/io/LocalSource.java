package dev.weighmaster.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A local file, mapped one window at a time and handed out in copies.
 *
 * <p>The copy costs nothing: hashing a mapped buffer copies it too, in smaller pieces. And it keeps
 * the mapping to this class: where a truncation has taken pages away, this copy faults, and nothing
 * that reads the source can.
 */
final class LocalSource implements ByteSource {
  /** Stays in a core's second-level cache between the copy and the hash. */
  private static final int CHUNK = 128 << 10;

  /** What is mapped at a time, and so the most of a file that is resident because of it. */
  private static final long WINDOW = 64L << 20;

  /** Up to here, a mapping costs more than it saves. */
  private static final long MAPPED_FROM = 1 << 20;

  private final String path;
  private final Path real;
  private final FileState opened;
  private final FileChannel channel;
  private final ByteBuffer chunk;
  private MappedByteBuffer window;
  private final long length;
  private final long end;
  private long position;

  /** The bytes of a file that has been opened, from an offset on. */
  LocalSource(
      String path, Path real, FileState opened, FileChannel channel, long offset, long length) {
    this.path = path;
    this.real = real;
    this.opened = opened;
    this.channel = channel;
    this.length = length;
    this.position = offset;
    this.end = offset + length;
    this.chunk = ByteBuffer.allocate((int) Math.min(CHUNK, length));
  }

  @Override
  public long size() {
    return length;
  }

  @Override
  public boolean mapped() {
    return size() >= MAPPED_FROM;
  }

  @Override
  public ByteBuffer next() throws IOException {
    chunk.clear().limit((int) Math.min(chunk.capacity(), end - position));
    if (!chunk.hasRemaining()) {
      checkUnchanged();
      return chunk;
    }
    if (mapped()) {
      copyFromWindow();
    } else {
      readFully();
    }
    position += chunk.limit();
    return chunk.flip();
  }

  private void copyFromWindow() throws IOException {
    try {
      if (window == null || !window.hasRemaining()) {
        unmap();
        if (channel.size() < end) {
          throw shortened();
        }
        window =
            channel.map(FileChannel.MapMode.READ_ONLY, position, Math.min(WINDOW, end - position));
      }
      int length = Math.min(chunk.limit(), window.remaining());
      chunk.put(window.slice(window.position(), length));
      window.position(window.position() + length);
      chunk.limit(length);
      settleFault(window.capacity() - window.limit());
    } catch (InternalError e) {
      throw shortened();
    }
  }

  /**
   * Has the JVM throw the error for a fault in the copy here.
   *
   * <p>Left alone, it throws when the thread next enters the runtime, in whatever code that is, a
   * channel's locking or a class's initialisation among it. Making an array of arrays of a length
   * that the compiler can't know is a cheap way to enter the runtime; a native method isn't always
   * one.
   */
  private static Object settleFault(int zero) {
    return new byte[zero][zero];
  }

  private void unmap() {
    if (window != null) {
      Mappings.unmap(window);
      window = null;
    }
  }

  private void readFully() throws IOException {
    while (chunk.hasRemaining()) {
      if (channel.read(chunk, position + chunk.position()) < 0) {
        throw shortened();
      }
    }
  }

  private ChangedDuringReadException shortened() {
    return new ChangedDuringReadException(path + " became shorter while it was read");
  }

  private void checkUnchanged() throws IOException {
    try {
      if (!FileState.of(real).equals(opened)) {
        throw new ChangedDuringReadException(path + " was changed while it was read");
      }
    } catch (NoSuchFileException e) {
      throw new ChangedDuringReadException(path + " was deleted while it was read");
    }
  }

  @Override
  public void close() throws IOException {
    unmap();
    channel.close();
  }
}
