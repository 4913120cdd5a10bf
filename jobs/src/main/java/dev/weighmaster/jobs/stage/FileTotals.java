package dev.weighmaster.jobs.stage;

import dev.weighmaster.audit.SlowFile;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.Serializable;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The totals of a run's files, as in its row in {@code runs}.
 *
 * @param read to the end, by this run
 * @param carriedOver whose digest is from an earlier or an interrupted run
 * @param failed without a digest
 * @param rotten with another digest than before, or than the store says
 * @param digestedBytes that were read of all but sidecars
 * @param slowest of those that were read, the slowest first
 */
public record FileTotals(
    long files,
    long bytes,
    long read,
    long carriedOver,
    long failed,
    long rotten,
    long bytesRead,
    long weightsBytesRead,
    long digestedBytes,
    long retries,
    List<SlowFile> slowest)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final int SLOWEST = 10;

  private static final Comparator<SlowFile> SLOWEST_FIRST =
      Comparator.comparingLong(SlowFile::millis).reversed().thenComparing(SlowFile::path);

  public static final FileTotals NONE = new FileTotals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, List.of());

  /** What several files of a run come to. */
  public static FileTotals of(Iterator<ScannedFile> files, String run) {
    FileTotals totals = NONE;
    while (files.hasNext()) {
      totals = totals.plus(of(files.next(), run));
    }
    return totals;
  }

  private static FileTotals of(ScannedFile file, String run) {
    boolean digested = file.sha256().isPresent();
    boolean read = digested && file.origin().filter(origin -> !origin.run().equals(run)).isEmpty();
    return new FileTotals(
        1,
        file.file().size(),
        count(read),
        count(digested && !read),
        count(!digested),
        count(digested && file.failure().map(Problem::reason).stream().anyMatch(FileTotals::isRot)),
        file.reading().bytes(),
        file.isWeights() ? file.reading().bytes() : 0,
        file.file().kind() == FileKind.SIDECAR ? 0 : file.reading().bytes(),
        file.reading().retries(),
        file.reading().millis() == 0
            ? List.of()
            : List.of(
                new SlowFile(
                    file.file().path(),
                    file.reading().bytes(),
                    file.reading().millis(),
                    file.reading().retries())));
  }

  private static boolean isRot(Reason reason) {
    return reason == Reason.DIGEST_MISMATCH;
  }

  private static long count(boolean is) {
    return is ? 1 : 0;
  }

  /** What these files and others come to. */
  public FileTotals plus(FileTotals other) {
    return new FileTotals(
        files + other.files,
        bytes + other.bytes,
        read + other.read,
        carriedOver + other.carriedOver,
        failed + other.failed,
        rotten + other.rotten,
        bytesRead + other.bytesRead,
        weightsBytesRead + other.weightsBytesRead,
        digestedBytes + other.digestedBytes,
        retries + other.retries,
        Stream.concat(slowest.stream(), other.slowest.stream())
            .sorted(SLOWEST_FIRST)
            .limit(SLOWEST)
            .toList());
  }
}
