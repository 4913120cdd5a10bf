package dev.weighmaster.jobs.filelist;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The bytes of one file, and their MD5, which S3 lists for each file of an inventory. Not
 * thread-safe.
 */
final class SourceStream extends InputStream {
  private final ByteSource source;
  private final MessageDigest digest = newDigest();
  private ByteBuffer chunk = ByteBuffer.allocate(0);
  private long position;

  /**
   * Opens a file.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  SourceStream(Storage storage, String path) throws IOException {
    source = storage.open(storage.stat(path));
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }

  long size() {
    return source.size();
  }

  /** Of all bytes, once the end is reached, lower-case hexadecimal. */
  String md5() {
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!chunk.hasRemaining()) {
      chunk = source.next();
      digest.update(chunk.duplicate());
    }
    int read = Math.min(length, chunk.remaining());
    chunk.get(target, offset, read);
    position += read;
    return read == 0 ? -1 : read;
  }

  /** More than 0 until the end: a decompressor takes 0 for the end of a file of several members. */
  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, size() - position);
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
