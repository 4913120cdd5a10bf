package dev.weighmaster.jobs.badge;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.table.EarlierStandings;
import dev.weighmaster.jobs.table.QuantizationKey;
import dev.weighmaster.jobs.table.RowStream;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes for each quantization of a run an SVG, the JSON that shields.io takes and the page of its
 * chain, and a page that searches them all. Rows are streamed, sorted by repository: what is in
 * memory at once is a part of them, a path of each, and where the statements of sources lie.
 */
public final class BadgeExport {
  private final AuditedRun run;
  private final Path folder;
  private Progress progress = (done, of) -> {};

  /**
   * Sets it up.
   *
   * @param folder of this machine, made if it is missing
   */
  public BadgeExport(AuditedRun run, Path folder) {
    this.run = run;
    this.folder = folder;
  }

  /** Receives the progress. */
  @FunctionalInterface
  public interface Progress {
    /** So many quantizations are done. */
    void done(long quantizations, long of);
  }

  /** Tells somebody how far it is. */
  public BadgeExport progress(Progress told) {
    progress = told;
    return this;
  }

  /**
   * What was written.
   *
   * @param counts of the quantizations, by each verdict
   * @param removed how many files of earlier runs are gone, since their quantizations are
   */
  public record Written(String runId, Path index, Map<Verdict, Long> counts, int removed) {
    public Written {
      counts = Map.copyOf(counts);
    }

    /** How many quantizations have a badge. */
    public long quantizations() {
      return counts.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /** Of a row what its badge's path is made of, and whose statements its chain may rest on. */
  private record Named(
      String repository,
      String revision,
      String quantization,
      Optional<String> sourceModel,
      List<NamedSource> chain) {
    QuantizationKey key() {
      return new QuantizationKey(repository, revision, quantization);
    }
  }

  private record NamedSource(Optional<String> sourceModel) {}

  /**
   * Writes them. What earlier runs have written is replaced, file by file, and removed at the end
   * where its quantization is gone.
   *
   * @throws IOException if the folder can't be written, or the run's rows are not whole, with a
   *     message for the person who named them
   */
  public Written execute() throws IOException {
    Set<String> ambiguous = new HashSet<>();
    Set<String> sources = new HashSet<>();
    lookAhead(ambiguous, sources);
    try (BadgeFolder badges = BadgeFolder.open(folder);
        StatementPlaces places = StatementPlaces.of(run, sources)) {
      BadgeIndex index = new BadgeIndex(badges, run.row());
      mustBeAll(write(badges, index, places, ambiguous));
      Map<Verdict, Long> counts = index.finish();
      int removed = badges.finish();
      return new Written(run.row().runId(), folder.resolve("index.html"), counts, removed);
    }
  }

  /**
   * Finds paths that a file system which does not tell cases apart would take for one: none of them
   * is given out plain. Otherwise a name in other cases could take the place of a verified one.
   *
   * @param ambiguous gets those paths
   * @param sources gets the repositories that rows name beside their own
   */
  private void lookAhead(Set<String> ambiguous, Set<String> sources) throws IOException {
    Set<String> paths = new HashSet<>();
    try (RowStream<Named> rows = run.quantizations(Named.class, Named::key)) {
      for (Optional<Named> next = rows.next(); next.isPresent(); next = rows.next()) {
        Named row = next.get();
        String path = BadgePath.of(row.repository(), row.revision(), row.quantization()).folded();
        if (!paths.add(path)) {
          ambiguous.add(path);
        }
        row.sourceModel().ifPresent(sources::add);
        row.chain().forEach(link -> link.sourceModel().ifPresent(sources::add));
      }
    }
  }

  /** Writes the badges, and says how many. */
  private long write(
      BadgeFolder badges, BadgeIndex index, StatementPlaces places, Set<String> ambiguous)
      throws IOException {
    long done = 0;
    try (RowStream<AuditRow> rows = run.quantizations(AuditRow.class, QuantizationKey::of);
        VerifiedBefore before = VerifiedBefore.of(run)) {
      for (Optional<AuditRow> row = rows.next(); row.isPresent(); row = rows.next()) {
        write(badges, index, row.get(), places, before.date(row.get()), ambiguous);
        progress.done(++done, run.row().quantizations());
      }
    }
    return done;
  }

  private void write(
      BadgeFolder badges,
      BadgeIndex index,
      AuditRow row,
      StatementPlaces places,
      Optional<LocalDate> verifiedBefore,
      Set<String> ambiguous)
      throws IOException {
    if (!isReasonFor(row.reason(), row.verdict())) {
      throw damaged(
          "calls %s of %s %s, with the reason %s"
              .formatted(row.quantization(), row.repository(), row.verdict(), row.reason()));
    }
    BadgePath plain = BadgePath.of(row.repository(), row.revision(), row.quantization());
    BadgePath path = ambiguous.contains(plain.folded()) ? plain.apart() : plain;
    Badge badge = Badge.of(row);
    badges.write(path.value() + ".svg", BadgeSvg.of(badge));
    badges.write(path.value() + ".json", ShieldsBadge.of(badge) + "\n");
    badges.write(
        path.value() + ".html", ChainPage.of(row, places.evidence(row), verifiedBefore).html());
    index.add(row, path);
  }

  /** A policy can have a reason break what it leaves unverified elsewhere, and nothing better. */
  private static boolean isReasonFor(Reason reason, Verdict verdict) {
    return reason.verdict() == verdict
        || (reason.verdict() == Verdict.UNVERIFIED && verdict == Verdict.BROKEN);
  }

  private void mustBeAll(long done) throws IOException {
    if (done != run.row().quantizations()) {
      throw damaged(
          "counts %d quantizations and has %d".formatted(run.row().quantizations(), done));
    }
  }

  private IOException damaged(String how) {
    return new IOException(
        "the run %s %s; 'weighmaster table verify' says what is damaged"
            .formatted(run.row().runId(), how));
  }

  /** Which of the rows that are unverified now the run before had as verified. */
  private record VerifiedBefore(Optional<AuditedRun> run, Optional<EarlierStandings> standings)
      implements Closeable {

    static VerifiedBefore of(AuditedRun run) throws IOException {
      Optional<AuditedRun> before = run.before(1).stream().findFirst();
      return new VerifiedBefore(
          before,
          before.isPresent()
              ? Optional.of(
                  EarlierStandings.of(before.get(), (repository, quantization, standing) -> {}))
              : Optional.empty());
    }

    /** The date of that run, if this is such a row. */
    Optional<LocalDate> date(AuditRow row) throws IOException {
      boolean wasVerified =
          row.verdict() == Verdict.UNVERIFIED
              && standings.isPresent()
              && standings
                  .get()
                  .ofAnyRevision(QuantizationKey.of(row))
                  .filter(standing -> standing.verdict() == Verdict.VERIFIED)
                  .isPresent();
      return wasVerified ? run.map(before -> before.row().auditDate()) : Optional.empty();
    }

    @Override
    public void close() throws IOException {
      if (standings.isPresent()) {
        standings.get().close();
      }
    }
  }
}
