package dev.weighmaster.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.hadoop.fs.FSDataInputStream;

/** A file of a Hadoop file system, read from its first byte to its last. */
final class HadoopSource implements ByteSource {
  private static final int CHUNK = 256 << 10;

  private final HadoopStorage storage;
  private final Storage.Entry file;
  private final FSDataInputStream in;
  private final byte[] chunk;
  private long position;

  HadoopSource(HadoopStorage storage, Storage.Entry file, FSDataInputStream in) {
    this.storage = storage;
    this.file = file;
    this.in = in;
    this.chunk = new byte[(int) Math.min(CHUNK, file.size())];
  }

  @Override
  public long size() {
    return file.size();
  }

  @Override
  public ByteBuffer next() throws IOException {
    int length = (int) Math.min(chunk.length, size() - position);
    if (length == 0) {
      storage.checkUnchanged(file);
      return ByteBuffer.allocate(0);
    }
    int read;
    try {
      read = in.readNBytes(chunk, 0, length);
    } catch (IOException e) {
      // A store that watches the file's version fails with an error of its own.
      storage.checkUnchanged(file);
      throw e;
    }
    if (read < length) {
      throw new ChangedDuringReadException(file.path() + " became shorter while it was read");
    }
    position += read;
    return ByteBuffer.wrap(chunk, 0, read);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
