package dev.weighmaster.digest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reading a file, or some of its shards: what one core does in one go.
 *
 * @param series that are computed in the pass over the whole file
 * @param piece set where only these shards are read, by their own hash alone
 * @param nanos that it will take, by {@link ReadingTime}
 */
public record Work(List<DigestSeries> series, Optional<Piece> piece, long nanos) {
  /** A file that takes less is never split. */
  private static final long LEAST_SPLIT = 2_000_000_000L;

  /** A piece that takes less is not worth a request of its own. */
  private static final long LEAST_PIECE = 500_000_000L;

  private static final int PIECES_A_CORE = 4;

  public Work {
    series = List.copyOf(series);
  }

  /**
   * What has to be done for a file. One that would take longer than a core's fair share of all the
   * work would hold up the end of it: its SHA-256 can't be computed but from the first byte to the
   * last, but what is asked for in shards, which takes several times as long, can be computed in
   * pieces by several cores.
   *
   * @param size of the file in bytes
   * @param asked series, beside the SHA-256
   * @param fairShare of one core, in nanoseconds
   * @return the pass over the whole file, and the pieces
   */
  public static List<Work> of(
      long size, List<DigestSeries> asked, ReadingTime time, long fairShare) {
    long whole = time.ofFile(size, asked);
    List<DigestSeries> split =
        asked.stream().filter(one -> one.isListable(size) && !one.isWhole(size)).toList();
    if (split.isEmpty() || whole <= Math.max(fairShare, LEAST_SPLIT)) {
      return List.of(new Work(asked, Optional.empty(), whole));
    }
    List<DigestSeries> rest = asked.stream().filter(one -> !split.contains(one)).toList();
    List<Work> works = new ArrayList<>();
    works.add(new Work(rest, Optional.empty(), time.ofFile(size, rest)));
    long longest = Math.max(LEAST_PIECE, fairShare / PIECES_A_CORE);
    split.forEach(one -> works.addAll(pieces(size, one, time, longest)));
    return works;
  }

  private static List<Work> pieces(long size, DigestSeries series, ReadingTime time, long longest) {
    long shard = series.shardSize().orElseThrow();
    long parts = ReadingTime.hashing(size, series) / longest + 1;
    long length = shard * Math.max(1, size / parts / shard);
    List<Work> pieces = new ArrayList<>();
    for (long offset = 0; offset < size; offset += length) {
      Piece piece = new Piece(series, offset, Math.min(length, size - offset));
      pieces.add(
          new Work(
              List.of(), Optional.of(piece), time.ofShards(piece.length(), series.hashType())));
    }
    return pieces;
  }
}
