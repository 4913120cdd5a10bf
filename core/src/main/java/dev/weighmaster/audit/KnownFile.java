package dev.weighmaster.audit;

import dev.weighmaster.digest.DigestOrigin;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.EarlierDigest;
import dev.weighmaster.digest.Findings;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.SeriesDigest;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.FileVersion;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What an earlier reading of a file recorded, in the table or in the journal of an interrupted run.
 *
 * @param path relative to the hub's root
 * @param sha256 that was computed, by that reading or, where it came to none, before
 * @param findings empty where the digest is not to be relied on
 * @param earlier what the same version hashed to before that, where that reading found something
 *     else, or nothing
 */
public record KnownFile(
    String path,
    FileVersion version,
    String sha256,
    DigestOrigin origin,
    Optional<Findings> findings,
    Optional<String> storeSha256,
    Optional<EarlierDigest> earlier) {

  /**
   * How long before it was read a file must have been changed last for its digest to be carried
   * over, as git does with what it calls racily clean.
   *
   * <p>A time says only that a file has not been changed since if every change gives it another.
   * Two of the same second are one to an object store, and what is written to a mapped page gives a
   * local file no time until the page has been written back, which Linux does within half a minute
   * unless the disk lags far behind. The rest is for clocks: an object store takes requests from
   * one that is up to 15 minutes off.
   */
  static final Duration SETTLED = Duration.ofMinutes(20);

  /**
   * What a row of {@code files} has; empty where nobody has computed a digest of that version of
   * the file.
   */
  public static Optional<KnownFile> of(FileRow row) {
    return row.scanned().flatMap(scanned -> of(scanned).or(() -> before(scanned)));
  }

  /** What a file hashed to before, of which a reading has given no digest. */
  private static Optional<KnownFile> before(ScannedFile scanned) {
    return scanned.earlier().map(earlier -> of(scanned, earlier.sha256(), earlier.origin()));
  }

  /** What a reading has just shown; empty where it has no digest. */
  public static Optional<KnownFile> of(ScannedFile scanned) {
    return scanned
        .sha256()
        .flatMap(sha256 -> scanned.origin().map(origin -> of(scanned, sha256, origin)));
  }

  private static KnownFile of(ScannedFile scanned, String sha256, DigestOrigin origin) {
    return new KnownFile(
        scanned.file().path(),
        scanned.file().version(),
        sha256,
        origin,
        scanned.failure().isPresent() ? Optional.empty() : Optional.of(scanned.findings()),
        scanned.storeSha256(),
        scanned.earlier());
  }

  /**
   * Whether the storage says that a file is still what was read.
   *
   * <p>It can't say that of a file that was changed less than {@link #SETTLED} before that reading
   * began: the change after it may look the same.
   */
  public boolean isOf(HubFile file) {
    return file.problem().isEmpty()
        && file.path().equals(path)
        && file.version().isSameAs(version)
        && file.changed().plus(SETTLED).isBefore(digest().origin().at());
  }

  /** Whether it says of the file all that reading it again for these series would. */
  public boolean answers(List<DigestSeries> series) {
    if (findings.isEmpty() || findings.get().version() != Findings.VERSION) {
      return false;
    }
    List<DigestSeries> computed =
        findings.get().series().stream().map(SeriesDigest::series).toList();
    return series.stream()
        .filter(wanted -> wanted.isListable(version.size()))
        .allMatch(computed::contains);
  }

  /** What the file must hash to as long as it is the same version. */
  public EarlierDigest digest() {
    return earlier.orElseGet(() -> new EarlierDigest(sha256, origin));
  }
}
