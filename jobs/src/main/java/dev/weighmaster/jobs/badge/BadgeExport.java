package dev.weighmaster.jobs.badge;

import static org.apache.spark.sql.functions.col;

import dev.weighmaster.audit.AttestationRow;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Writes for each quantization of a run an SVG, the JSON that shields.io takes and the page of its
 * chain, and a page that searches them all. Rows are streamed, sorted by repository: what is in
 * memory at once is a part of them, and a path of each.
 */
public final class BadgeExport {
  private static final int ROWS_IN_A_PART = 5_000;

  /** Between the parts of a key; no path has one. */
  private static final String SEPARATOR = "\u0000";

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

  /** Is told how far it is. */
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

  /**
   * One row.
   *
   * @param evidence digests of the statements of its chain, each with where it lies
   * @param verifiedBefore the date of the run before, if it was verified in that
   */
  private record Chained(AuditRow row, List<String> evidence, Optional<LocalDate> verifiedBefore) {}

  /**
   * Writes them. What earlier runs have written is replaced, file by file, and removed at the end
   * where its quantization is gone.
   *
   * @throws IOException if the folder can't be written, or the run's rows are not whole, with a
   *     message for the person who named them
   */
  public Written execute() throws IOException {
    Set<String> ambiguous = ambiguous();
    try (BadgeFolder badges = BadgeFolder.open(folder)) {
      BadgeIndex index = new BadgeIndex(badges, run.row());
      long done = 0;
      for (Iterator<Chained> rows = chained().toLocalIterator(); rows.hasNext(); ) {
        Chained next = rows.next();
        write(badges, index, next, ambiguous);
        progress.done(++done, run.row().quantizations());
      }
      mustBeAll(done);
      Map<Verdict, Long> counts = index.finish();
      int removed = badges.finish();
      return new Written(run.row().runId(), folder.resolve("index.html"), counts, removed);
    }
  }

  private void write(BadgeFolder badges, BadgeIndex index, Chained next, Set<String> ambiguous)
      throws IOException {
    AuditRow row = next.row();
    if (!isReasonFor(row.reason(), row.verdict())) {
      throw damaged(
          "calls %s of %s %s, with the reason %s"
              .formatted(row.quantization(), row.repository(), row.verdict(), row.reason()));
    }
    BadgePath plain = path(row);
    BadgePath path = ambiguous.contains(plain.folded()) ? plain.apart() : plain;
    Badge badge = Badge.of(row);
    badges.write(path.value() + ".svg", BadgeSvg.of(badge));
    badges.write(path.value() + ".json", ShieldsBadge.of(badge) + "\n");
    badges.write(
        path.value() + ".html",
        ChainPage.of(row, evidence(next.evidence()), next.verifiedBefore()).html());
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

  /**
   * Paths that a file system which does not tell cases apart would take for one: none of them is
   * given out plain. Otherwise a name in other cases could take the place of a verified one.
   */
  private Set<String> ambiguous() {
    return new HashSet<>(
        run.quantizations()
            .mapToPair(row -> new Tuple2<>(path(row).folded(), 1))
            .reduceByKey((a, b) -> 2)
            .filter(path -> path._2() > 1)
            .keys()
            .collect());
  }

  private static BadgePath path(AuditRow row) {
    return BadgePath.of(row.repository(), row.revision(), row.quantization());
  }

  /** The rows, each with what lies in its own repository or in those that its links name. */
  private JavaRDD<Chained> chained() throws IOException {
    int parts = (int) Math.min(10_000, 1 + run.row().quantizations() / ROWS_IN_A_PART);
    JavaPairRDD<String, AuditRow> rows =
        run.quantizations().mapToPair(row -> new Tuple2<>(key(row), row));
    JavaPairRDD<String, String> places =
        run.attestations()
            .filter(statement -> statement.statementDigest().isPresent())
            .mapToPair(BadgeExport::place)
            .reduceByKey((a, b) -> a.compareTo(b) <= 0 ? a : b);
    JavaPairRDD<String, List<String>> found =
        run.quantizations()
            .flatMapToPair(BadgeExport::wanted)
            .join(places)
            .mapToPair(match -> evidence(match._1(), match._2()))
            .<List<String>>aggregateByKey(
                new ArrayList<>(), BadgeExport::with, BadgeExport::together);
    return rows.leftOuterJoin(found)
        .leftOuterJoin(verifiedBefore())
        .sortByKey(true, parts)
        .values()
        .map(
            row ->
                new Chained(
                    row._1()._1(), row._1()._2().orElse(List.of()), optional(row._2().orNull())));
  }

  private static Optional<LocalDate> optional(LocalDate date) {
    return Optional.ofNullable(date);
  }

  /** Of the rows that are unverified now, those that the run before had as verified. */
  private JavaPairRDD<String, LocalDate> verifiedBefore() throws IOException {
    JavaPairRDD<String, String> unverified =
        run.quantizations()
            .filter(row -> row.verdict() == Verdict.UNVERIFIED)
            .mapToPair(row -> new Tuple2<>(named(row.repository(), row.quantization()), key(row)));
    Optional<AuditedRun> before = run.before(1).stream().findFirst();
    if (before.isEmpty()) {
      return unverified.filter(any -> false).mapToPair(any -> new Tuple2<>("", LocalDate.EPOCH));
    }
    LocalDate date = before.get().row().auditDate();
    JavaPairRDD<String, LocalDate> verified =
        before
            .get()
            .rows(AuditTable.AUDIT)
            .filter(col("verdict").equalTo(Verdict.VERIFIED.name()))
            .select("repository", "quantization")
            .distinct()
            .toJavaRDD()
            .mapToPair(row -> new Tuple2<>(named(row.getString(0), row.getString(1)), date));
    // Of whatever revision: a new one replaces the old.
    return unverified.join(verified).values().mapToPair(row -> row);
  }

  private static String named(String repository, String quantization) {
    return repository + SEPARATOR + quantization;
  }

  private static String key(AuditRow row) {
    return String.join(SEPARATOR, row.repository(), row.revision(), row.quantization());
  }

  private static Tuple2<String, String> place(AttestationRow statement) {
    return new Tuple2<>(
        statement.statementDigest().orElseThrow() + SEPARATOR + statement.repository(),
        statement.repository()
            + (statement.revision().isEmpty() ? "" : " @ " + statement.revision())
            + "/"
            + statement.sidecar());
  }

  /** For each statement of a row's chain the repositories that it may lie in, and the row. */
  private static Iterator<Tuple2<String, String>> wanted(AuditRow row) {
    Set<String> repositories = new HashSet<>(Set.of(row.repository()));
    row.sourceModel().ifPresent(repositories::add);
    row.chain().forEach(link -> link.sourceModel().ifPresent(repositories::add));
    return row.chain().stream()
        .flatMap(link -> link.statementDigest().stream())
        .distinct()
        .flatMap(
            digest ->
                repositories.stream()
                    .map(repository -> new Tuple2<>(digest + SEPARATOR + repository, key(row))))
        .iterator();
  }

  /** From a match of a digest and repository: the row, and the digest with its place. */
  private static Tuple2<String, String> evidence(
      String digestAndRepository, Tuple2<String, String> match) {
    String digest = digestAndRepository.substring(0, digestAndRepository.indexOf(SEPARATOR));
    return new Tuple2<>(match._1(), digest + SEPARATOR + match._2());
  }

  private static List<String> with(List<String> all, String one) {
    all.add(one);
    return all;
  }

  private static List<String> together(List<String> all, List<String> others) {
    all.addAll(others);
    return all;
  }

  private static Map<String, String> evidence(List<String> found) {
    Map<String, String> evidence = new HashMap<>();
    for (String each : found) {
      int separator = each.indexOf(SEPARATOR);
      evidence.merge(
          each.substring(0, separator),
          each.substring(separator + 1),
          (a, b) -> a.compareTo(b) <= 0 ? a : b);
    }
    return evidence;
  }
}
