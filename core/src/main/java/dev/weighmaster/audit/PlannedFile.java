package dev.weighmaster.audit;

import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.EarlierDigest;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * A file of this run's inventory, and whether it must be read.
 *
 * @param series that are asked of it beside the SHA-256
 * @param carried what an earlier reading says of it; empty where it has to be read
 * @param known what it must hash to where its storage holds it for unchanged
 */
public record PlannedFile(
    HubFile file,
    List<DigestSeries> series,
    Optional<ScannedFile> carried,
    Optional<EarlierDigest> known) {
  public PlannedFile {
    series = List.copyOf(series);
  }

  /**
   * Plans one file.
   *
   * @param earlier its row in the newest run
   * @param interrupted what a run has found of it that began after that and was not finished
   * @param due whether it is read although it has not changed; what an interrupted run has read is
   *     not read again for that
   */
  public static PlannedFile of(
      HubFile file,
      List<DigestSeries> series,
      Optional<KnownFile> earlier,
      Optional<KnownFile> interrupted,
      boolean due) {
    Optional<KnownFile> same = earlier.filter(known -> known.isOf(file));
    Optional<KnownFile> carried =
        interrupted
            .filter(known -> known.isOf(file) && known.answers(series))
            .or(() -> same.filter(known -> !due && known.answers(series)));
    return new PlannedFile(
        file, series, carried.map(known -> carried(file, known)), same.map(KnownFile::digest));
  }

  private static ScannedFile carried(HubFile file, KnownFile known) {
    return new ScannedFile(
        file,
        Optional.of(known.sha256()),
        Reading.NONE,
        known.findings().orElseThrow(),
        Optional.of(known.origin()),
        known.storeSha256(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * What a reading comes to in the light of an earlier one: bytes that have changed in a file that
   * the storage holds for unchanged have rotted, or were changed behind its back. A file that could
   * not be read keeps what the next reading has to be compared with.
   */
  public ScannedFile compared(ScannedFile scanned) {
    Optional<EarlierDigest> before =
        known.filter(
            digest ->
                scanned.file().equals(file)
                    && !scanned.sha256().equals(Optional.of(digest.sha256())));
    if (before.isEmpty()) {
      return scanned;
    }
    return new ScannedFile(
        scanned.file(),
        scanned.sha256(),
        scanned.reading(),
        scanned.findings(),
        scanned.origin(),
        scanned.storeSha256(),
        before,
        scanned
            .sha256()
            .map(now -> new Problem(Reason.DIGEST_MISMATCH, rot(scanned, now, before.get())))
            .or(scanned::failure));
  }

  private String rot(ScannedFile scanned, String now, EarlierDigest before) {
    return Quoted.of(file.path())
        + " hashes to sha256:"
        + now
        + scanned
            .origin()
            .map(origin -> " on " + origin.at().truncatedTo(ChronoUnit.SECONDS))
            .orElse("")
        + ", but hashed to sha256:"
        + before.sha256()
        + " on "
        + before.origin().at().truncatedTo(ChronoUnit.SECONDS)
        + " (run "
        + before.origin().run()
        + "), and its size, etag and time are the same: its bytes were changed where they are stored";
  }
}
