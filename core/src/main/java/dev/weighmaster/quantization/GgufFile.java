package dev.weighmaster.quantization;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.PieceName;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One GGUF file, whole or in the pieces that it was cut into.
 *
 * @param name of the file, or of the one that the pieces make
 * @param pieces in their order; the first has the header
 * @param incomplete why the pieces do not make the file
 */
record GgufFile(String name, List<ScannedFile> pieces, Optional<Problem> incomplete) {
  GgufFile {
    pieces = List.copyOf(pieces);
  }

  private static GgufFile whole(ScannedFile file) {
    Optional<Problem> cut =
        file.weights()
            .filter(header -> header.missingBytes() > 0)
            .map(header -> notHere(file, "a piece of %d bytes".formatted(header.missingBytes())));
    return new GgufFile(file.file().name(), List.of(file), cut);
  }

  ScannedFile first() {
    return pieces.get(0);
  }

  Optional<WeightsSummary> header() {
    return first().weights();
  }

  /** By name or by how the file begins. */
  static boolean is(ScannedFile file) {
    return file.file().kind() == FileKind.GGUF
        || file.weights().filter(GgufFormat.GGUF::made).isPresent();
  }

  /** Those of a repository. */
  static List<GgufFile> among(List<ScannedFile> files) {
    List<GgufFile> found = new ArrayList<>();
    Map<String, TreeMap<Integer, ScannedFile>> cut = new TreeMap<>();
    for (ScannedFile file : files) {
      Optional<PieceName> piece = PieceName.of(file.file().name());
      if (piece.isPresent()) {
        ScannedFile before =
            cut.computeIfAbsent(piece.get().set(), set -> new TreeMap<>())
                .putIfAbsent(piece.get().place(), file);
        // Names such as a.gguf.1 and a.gguf.01 stand for one place.
        if (before != null && is(file)) {
          found.add(whole(file));
        }
      } else if (is(file)) {
        found.add(whole(file));
      }
    }
    cut.values().forEach(pieces -> found.addAll(joined(pieces)));
    return found;
  }

  private static List<GgufFile> joined(TreeMap<Integer, ScannedFile> pieces) {
    ScannedFile first = pieces.firstEntry().getValue();
    PieceName name = PieceName.of(first.file().name()).orElseThrow();
    boolean cut = is(first) && !isWholeInItself(first);
    List<GgufFile> found = new ArrayList<>();
    List<ScannedFile> rest = new ArrayList<>();
    Optional<Integer> gap = Optional.empty();
    int place = pieces.firstKey();
    for (Map.Entry<Integer, ScannedFile> each : pieces.entrySet()) {
      ScannedFile piece = each.getValue();
      boolean header = cut && each.getKey().equals(pieces.firstKey());
      if (is(piece) && !header) {
        found.add(whole(piece));
      } else {
        rest.add(piece);
        gap = gap.isEmpty() && each.getKey() != place ? Optional.of(place) : gap;
        place = each.getKey() + 1;
      }
    }
    if (cut) {
      found.add(new GgufFile(name.whole(), rest, incomplete(rest, name, gap, place)));
    } else if (found.isEmpty() && name.marked()) {
      found.add(
          new GgufFile(
              first.file().name(),
              rest,
              Optional.of(notHere(rest.get(0), "the first piece of the file"))));
    }
    return found;
  }

  private static boolean isWholeInItself(ScannedFile file) {
    return file.problem().isEmpty()
        && file.weights().filter(header -> header.missingBytes() == 0).isPresent();
  }

  /**
   * @param gap the first place without a piece between others
   * @param end the place after the last piece
   */
  private static Optional<Problem> incomplete(
      List<ScannedFile> pieces, PieceName first, Optional<Integer> gap, int end) {
    ScannedFile header = pieces.get(0);
    long missing = header.weights().map(WeightsSummary::missingBytes).orElse(0L);
    long others = pieces.stream().skip(1).mapToLong(piece -> piece.file().size()).sum();
    if (gap.isPresent()
        || (first.count().isPresent() && (first.place() != 0 || end < first.count().get()))) {
      int number = gap.orElse(first.place() > 0 && first.count().isPresent() ? 0 : end) + 1;
      return Optional.of(
          notHere(
              header,
              first.count().isPresent()
                  ? "piece %d of %d".formatted(number, first.count().get())
                  : "one of the pieces between"));
    }
    if (others >= missing) {
      return Optional.empty();
    }
    return Optional.of(
        first.count().isPresent()
            ? new Problem(
                Reason.MALFORMED_WEIGHTS,
                "%s and the other pieces are %d bytes less than its header says"
                    .formatted(Quoted.line(header.file().name()), missing - others))
            : notHere(header, "another piece, of %d bytes,".formatted(missing - others)));
  }

  private static Problem notHere(ScannedFile piece, String what) {
    return new Problem(
        Reason.IO_ERROR,
        "%s is a piece of a GGUF file, of which %s is not here"
            .formatted(Quoted.line(piece.file().name()), what));
  }
}
