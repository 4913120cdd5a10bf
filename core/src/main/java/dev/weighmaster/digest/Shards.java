package dev.weighmaster.digest;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/** Digests of the shards of bytes that pass, the last of which may be shorter. Not thread-safe. */
final class Shards {
  private final long shardSize;
  private final long size;
  private final MessageDigest digest;
  private final ByteArrayOutputStream done = new ByteArrayOutputStream();
  private long position;

  /**
   * @param size of all that will pass, in bytes
   */
  Shards(HashType hashType, long shardSize, long size) {
    this.digest = hashType.newDigest();
    this.shardSize = shardSize;
    this.size = size;
  }

  void update(ByteBuffer chunk) {
    int end = chunk.limit();
    while (chunk.position() < end) {
      long left = shardSize - position % shardSize;
      int length = (int) Math.min(left, end - chunk.position());
      digest.update(chunk.limit(chunk.position() + length));
      position += length;
      if (length == left || position == size) {
        done.writeBytes(digest.digest());
      }
    }
  }

  /** The digests of the shards that have passed whole, one after the other. */
  byte[] digests() {
    return done.toByteArray();
  }
}
