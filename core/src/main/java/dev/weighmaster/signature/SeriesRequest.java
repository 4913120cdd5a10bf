package dev.weighmaster.signature;

import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.TrustPolicy;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a model signature asks of the pass that hashes the files of its repository.
 *
 * @param worth what is known of who asks
 */
public record SeriesRequest(DigestSeries series, Worth worth) {
  /**
   * Whose requests go first: a Sigstore root proves the identity of anybody with an e-mail address.
   */
  enum Worth {
    /** The policy names the signer for the repository. */
    TRUSTED,
    /** The signature holds by some trust root of the policy. */
    HOLDS,
    UNKNOWN
  }

  /** Each costs as much as hashing the whole repository once more, and anyone can ask. */
  public static final int MAX_GRANTED = 4;

  private static final Comparator<SeriesRequest> BY_WORTH =
      Comparator.comparing(SeriesRequest::worth)
          .thenComparing(request -> request.series().hashType())
          .thenComparing(request -> request.series().shardSize().orElse(0L));

  /** The request of a statement, if it is a model signature of more than the files' SHA-256. */
  public static Optional<SeriesRequest> of(CheckedStatement statement, TrustPolicy policy) {
    return statement
        .manifest()
        .map(manifest -> new SeriesRequest(manifest.series(), worthOf(statement, policy)))
        .filter(SeriesRequest::isMoreThanSha256);
  }

  private static Worth worthOf(CheckedStatement statement, TrustPolicy policy) {
    Optional<Signer> signer = statement.signature().signer();
    if (signer.isEmpty()) {
      return Worth.UNKNOWN;
    }
    String repository = statement.repository();
    return policy.trustsPublisher(signer.get(), repository)
            || policy.trustsQuantizer(signer.get(), repository)
        ? Worth.TRUSTED
        : Worth.HOLDS;
  }

  /**
   * The series that are computed for a repository: the first {@link #MAX_GRANTED}, in the order of
   * {@link Worth}. {@link ManifestCheck} says of the rest that they were not.
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
