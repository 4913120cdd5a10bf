package dev.weighmaster.digest;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What reading a piece of a file has shown.
 *
 * @param digests of its shards, one after the other in hexadecimal; empty where it could not be
 *     read
 * @param failure why it could not
 */
public record ScannedPiece(
    Piece piece, Optional<String> digests, Reading reading, Optional<Problem> failure) {

  /**
   * What a file comes to whose pass and whose pieces were done apart: the same as if one pass had
   * done all. Where the pass found another version than was listed, and took that, the pieces are
   * not of the bytes that it hashed.
   *
   * @param listed the file as the pieces were read
   * @param whole what the pass has shown
   * @param pieces all of the file's, in any order
   * @param asked the series, in the order in which they are told
   */
  public static ScannedFile joined(
      HubFile listed, ScannedFile whole, List<ScannedPiece> pieces, List<DigestSeries> asked) {
    Reading reading =
        pieces.stream().map(ScannedPiece::reading).reduce(whole.reading(), Reading::plus);
    Optional<Problem> failure =
        pieces.stream().flatMap(piece -> piece.failure().stream()).findFirst();
    if (failure.isPresent() || whole.sha256().isEmpty()) {
      return ScannedFile.unread(
          whole.file(), reading, whole.failure().or(() -> failure).orElseThrow());
    }
    if (!whole.file().equals(listed)) {
      return ScannedFile.unread(
          whole.file(),
          reading,
          new Problem(
              Reason.CHANGED_DURING_READ,
              listed.path() + " has changed since some of its pieces were read"));
    }
    List<SeriesDigest> series = new ArrayList<>();
    for (DigestSeries one : asked) {
      List<ScannedPiece> own = pieces.stream().filter(p -> p.piece().series().equals(one)).toList();
      if (own.isEmpty()) {
        whole.series().stream().filter(s -> s.series().equals(one)).forEach(series::add);
      } else {
        series.add(new SeriesDigest(one, digest(own, whole.file().size())));
      }
    }
    return new ScannedFile(
        whole.file(),
        whole.sha256(),
        reading,
        whole.findings().with(series),
        whole.origin(),
        whole.storeSha256(),
        whole.earlier(),
        whole.failure());
  }

  private static String digest(List<ScannedPiece> pieces, long size) {
    List<ScannedPiece> inOrder =
        pieces.stream()
            .sorted(Comparator.comparingLong((ScannedPiece p) -> p.piece().offset()))
            .toList();
    StringBuilder digests = new StringBuilder();
    long end = 0;
    for (ScannedPiece each : inOrder) {
      if (each.piece().offset() != end) {
        throw new IllegalStateException("no piece of " + each.piece().series() + " at " + end);
      }
      digests.append(each.digests().orElseThrow());
      end += each.piece().length();
    }
    if (end != size) {
      throw new IllegalStateException("the pieces end at " + end + ", the file at " + size);
    }
    return Sha256Hex.of(HexFormat.of().parseHex(digests));
  }
}
