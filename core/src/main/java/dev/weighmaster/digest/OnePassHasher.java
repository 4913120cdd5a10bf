package dev.weighmaster.digest;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.ChangedDuringReadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Hashes the bytes that pass through: the whole file, and the shards of OMS 1.0, section 6.3.2, for
 * any number of shard sizes. Not thread-safe.
 *
 * <p>A series whose first shard holds the whole file costs nothing; every other one costs as much
 * as hashing the file once more.
 */
public final class OnePassHasher implements ByteSource {
  /** More shards than the largest sidecar that is read could list. */
  private static final long MAX_SHARDS = 1 << 18;

  private final ByteSource source;
  private final Progress progress;
  private final MessageDigest whole = Sha256Hex.newDigest();
  private final List<Series> series = new ArrayList<>();
  private long position;
  private String sha256 = "";

  /**
   * @param shardSizes in bytes; a size that would cut the file into more than 262,144 shards is
   *     left out
   * @throws IllegalArgumentException for a shard size that is not positive
   */
  public OnePassHasher(ByteSource source, List<Long> shardSizes, Progress progress) {
    this.source = source;
    this.progress = progress;
    for (long shardSize : shardSizes.stream().distinct().sorted().toList()) {
      if (shardSize <= 0) {
        throw new IllegalArgumentException("shard size " + shardSize);
      }
      if ((source.size() - 1) / shardSize < MAX_SHARDS) {
        series.add(new Series(shardSize, source.size()));
      }
    }
  }

  @Override
  public long size() {
    return source.size();
  }

  @Override
  public boolean mapped() {
    return source.mapped();
  }

  @Override
  public ByteBuffer next() throws IOException {
    ByteBuffer chunk = source.next();
    int length = chunk.remaining();
    if (length > 0) {
      whole.update(chunk.duplicate());
      for (Series one : series) {
        one.update(chunk.duplicate());
      }
      position += length;
      progress.bytes(length);
    } else if (position != size()) {
      throw new ChangedDuringReadException(
          "the file has " + position + " bytes, but had " + size() + " when it was opened");
    } else if (sha256.isEmpty()) {
      sha256 = HexFormat.of().formatHex(whole.digest());
    }
    return chunk;
  }

  /** Bytes that have passed. */
  public long position() {
    return position;
  }

  /**
   * The SHA-256 of the whole file, in lower-case hexadecimal.
   *
   * @throws IllegalStateException before the source has come to its end
   */
  public String sha256() {
    if (sha256.isEmpty()) {
      throw new IllegalStateException("not at the end of the file");
    }
    return sha256;
  }

  /**
   * The digests of all shards, in the order of shard size, then of place; none for an empty file.
   *
   * @throws IllegalStateException before the source has come to its end
   */
  public List<ShardDigest> shards() {
    String all = sha256();
    List<ShardDigest> shards = new ArrayList<>();
    for (Series one : series) {
      shards.addAll(one.shards(all));
    }
    return shards;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }

  private static final class Series {
    private final long shardSize;
    private final long fileSize;
    private final boolean single;
    private final MessageDigest digest = Sha256Hex.newDigest();
    private final List<ShardDigest> done = new ArrayList<>();
    private long position;

    Series(long shardSize, long fileSize) {
      this.shardSize = shardSize;
      this.fileSize = fileSize;
      this.single = fileSize <= shardSize;
    }

    void update(ByteBuffer chunk) {
      if (single) {
        return;
      }
      int end = chunk.limit();
      while (chunk.position() < end) {
        long left = shardSize - position % shardSize;
        int length = (int) Math.min(left, end - chunk.position());
        digest.update(chunk.limit(chunk.position() + length));
        position += length;
        if (length == left || position == fileSize) {
          long start = (position - 1) / shardSize * shardSize;
          done.add(shard(start, position, HexFormat.of().formatHex(digest.digest())));
        }
      }
    }

    List<ShardDigest> shards(String whole) {
      if (!single) {
        return done;
      }
      return fileSize == 0 ? List.of() : List.of(shard(0, fileSize, whole));
    }

    private ShardDigest shard(long start, long end, String sha256) {
      return new ShardDigest(shardSize, start, end, sha256);
    }
  }
}
