package dev.weighmaster.digest;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.ChangedDuringReadException;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.WorkStopped;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Hashes the bytes that pass through: the whole file by SHA-256, and by any number of series. Not
 * thread-safe.
 *
 * <p>A series whose first shard holds the whole file costs nothing beyond that hash of the file,
 * which is computed once; every other one costs as much as hashing the file once more.
 */
public final class OnePassHasher implements ByteSource {
  /** More shards than the largest sidecar that is read could list. */
  public static final long MAX_SHARDS = 1 << 18;

  private final ByteSource source;
  private final Progress progress;
  private final Map<HashType, MessageDigest> whole = new EnumMap<>(HashType.class);
  private final Map<HashType, byte[]> wholeDigests = new EnumMap<>(HashType.class);
  private final Map<DigestSeries, Shards> sharded = new LinkedHashMap<>();
  private final List<DigestSeries> series;
  private long position;

  /**
   * @param series beside the whole file's SHA-256; one that would cut the file into more than
   *     262,144 shards is left out
   */
  public OnePassHasher(ByteSource source, List<DigestSeries> series, Progress progress) {
    this.source = source;
    this.progress = progress;
    this.series = series.stream().distinct().filter(one -> one.isListable(size())).toList();
    whole.put(HashType.SHA256, HashType.SHA256.newDigest());
    for (DigestSeries one : this.series) {
      if (one.isWhole(size())) {
        whole.computeIfAbsent(one.hashType(), HashType::newDigest);
      } else {
        sharded.put(one, new Shards(one.hashType(), one.shardSize().orElseThrow(), size()));
      }
    }
  }

  /**
   * Hashes a file that is still as it was listed.
   *
   * @return its SHA-256, in lower-case hexadecimal
   * @throws ChangedDuringReadException if it has changed since it was listed
   * @throws WorkStopped if this thread is interrupted
   */
  public static String sha256(Storage storage, Storage.Entry file, Progress progress)
      throws IOException {
    try (OnePassHasher hasher = new OnePassHasher(storage.open(file), List.of(), progress)) {
      while (hasher.next().hasRemaining()) {
        WorkStopped.check();
      }
      return hasher.sha256();
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
      whole.values().forEach(digest -> digest.update(chunk.duplicate()));
      sharded.values().forEach(shards -> shards.update(chunk.duplicate()));
      position += length;
      progress.bytes(length);
    } else if (position != size()) {
      throw new ChangedDuringReadException(
          "the file has " + position + " bytes, but had " + size() + " when it was opened");
    } else if (wholeDigests.isEmpty()) {
      whole.forEach((type, digest) -> wholeDigests.put(type, digest.digest()));
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
    return hex(wholeDigest(HashType.SHA256));
  }

  /**
   * What the file hashes to by every series, in the order in which they were asked for.
   *
   * @throws IllegalStateException before the source has come to its end
   */
  public List<SeriesDigest> digests() {
    return series.stream().map(one -> new SeriesDigest(one, digest(one))).toList();
  }

  private String digest(DigestSeries one) {
    byte[] digests = bytes(one);
    return one.shardSize().isPresent() ? Sha256Hex.of(digests) : hex(digests);
  }

  /**
   * The digests of a series' shards in the order of place, none for an empty file; of a series
   * without shards, the whole file's.
   *
   * @throws IllegalStateException before the source has come to its end
   * @throws IllegalArgumentException for a series that was not computed
   */
  public List<String> shards(DigestSeries one) {
    if (!series.contains(one)) {
      throw new IllegalArgumentException("the file was not hashed by " + one);
    }
    int digits = one.hashType().hexDigits();
    String all = hex(bytes(one));
    return IntStream.range(0, all.length() / digits)
        .mapToObj(i -> all.substring(i * digits, (i + 1) * digits))
        .toList();
  }

  /** The digests one after the other. */
  private byte[] bytes(DigestSeries one) {
    if (sharded.containsKey(one)) {
      wholeDigest(HashType.SHA256);
      return sharded.get(one).digests();
    }
    byte[] all = wholeDigest(one.hashType());
    return one.shardSize().isPresent() && size() == 0 ? new byte[0] : all;
  }

  private byte[] wholeDigest(HashType type) {
    byte[] digest = wholeDigests.get(type);
    if (digest == null) {
      throw new IllegalStateException("not at the end of the file");
    }
    return digest;
  }

  private static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
