package dev.weighmaster.digest;

import java.io.Serializable;
import java.util.List;

/**
 * How long it takes one core to read and hash bytes, as far as can be told beforehand: good enough
 * to say which of two pieces of work is the longer one.
 *
 * @param nanosPerRequest what the storage takes to answer, in nanoseconds
 */
public record ReadingTime(long nanosPerRequest) implements Serializable {
  /** Of a file system of this machine. */
  public static final ReadingTime LOCAL = new ReadingTime(100_000);

  /** Of an object store, or of a file system across a network. */
  public static final ReadingTime REMOTE = new ReadingTime(25_000_000);

  /** What a request for weights asks for; the others are under way meanwhile. */
  private static final long BYTES_OF_A_REQUEST = 32L << 20;

  /**
   * Of all bytes of a file, which are always hashed by SHA-256.
   *
   * @param size in bytes
   * @param series that are computed beside
   * @return nanoseconds
   */
  public long ofFile(long size, List<DigestSeries> series) {
    return ofShards(size, HashType.SHA256)
        + series.stream().mapToLong(one -> hashing(size, one)).sum();
  }

  /** Of bytes that are hashed by one type alone, in nanoseconds. */
  public long ofShards(long size, HashType type) {
    return nanosPerRequest * (1 + size / BYTES_OF_A_REQUEST) + hashing(size, type);
  }

  /** What one series adds to the time of a file, in nanoseconds. */
  static long hashing(long size, DigestSeries series) {
    boolean none =
        !series.isListable(size) || (series.isWhole(size) && series.hashType() == HashType.SHA256);
    return none ? 0 : hashing(size, series.hashType());
  }

  private static long hashing(long size, HashType type) {
    return (long) (size * type.nanosPerByte());
  }
}
