package dev.weighmaster.sign;

import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a model signature asks of the pass that hashes the files of its repository.
 *
 * @param holds whether the signature does, by some trust root of the policy
 */
public record SeriesRequest(DigestSeries series, boolean holds) {
  /** Each costs as much as hashing the whole repository once more, and anyone can ask. */
  public static final int MAX_GRANTED = 4;

  private static final Comparator<SeriesRequest> BY_WORTH =
      Comparator.comparing(SeriesRequest::holds)
          .reversed()
          .thenComparing(request -> request.series().hashType())
          .thenComparing(request -> request.series().shardSize().orElse(0L));

  /** The request of a statement, if it is a model signature of more than the files' SHA-256. */
  public static Optional<SeriesRequest> of(CheckedStatement statement) {
    return statement
        .manifest()
        .map(manifest -> new SeriesRequest(manifest.series(), statement.signature().holds()))
        .filter(SeriesRequest::isMoreThanSha256);
  }

  /**
   * The series that are computed for a repository: the first {@link #MAX_GRANTED}, of signatures
   * that hold before others. {@link ManifestCheck} says of the rest that they were not.
   *
   * @param requests of all its statements, in any order
   */
  public static List<DigestSeries> granted(List<SeriesRequest> requests) {
    return requests.stream()
        .sorted(BY_WORTH)
        .map(SeriesRequest::series)
        .distinct()
        .limit(MAX_GRANTED)
        .toList();
  }

  private boolean isMoreThanSha256() {
    return series.hashType() != HashType.SHA256 || series.shardSize().isPresent();
  }
}
