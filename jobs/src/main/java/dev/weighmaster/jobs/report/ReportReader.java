package dev.weighmaster.jobs.report;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.substring_index;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.jobs.report.Report.Breakdown;
import dev.weighmaster.jobs.report.Report.Change;
import dev.weighmaster.jobs.report.Report.Changes;
import dev.weighmaster.jobs.report.Report.Counts;
import dev.weighmaster.jobs.report.Report.Coverage;
import dev.weighmaster.jobs.report.Report.EarlierRun;
import dev.weighmaster.jobs.report.Report.Excerpt;
import dev.weighmaster.jobs.report.Report.FileProblem;
import dev.weighmaster.jobs.report.Report.Finding;
import dev.weighmaster.jobs.report.Report.Group;
import dev.weighmaster.jobs.report.Report.KindCoverage;
import dev.weighmaster.jobs.report.Report.ReasonCount;
import dev.weighmaster.jobs.report.Report.Run;
import dev.weighmaster.jobs.report.Report.Standing;
import dev.weighmaster.jobs.report.Report.Transition;
import dev.weighmaster.jobs.report.Report.TrendPoint;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.trust.TrustRootFile;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * Reads a run of an audit table for a report. Spark counts and compares; what comes to the driver
 * is bounded by {@link Limits}.
 */
public final class ReportReader {
  private static final String[] KEYS = {"repository", "revision", "quantization"};

  /** Without the revision: a new one replaces the old. */
  private static final String[] NAME = {"repository", "quantization"};

  private static final String BEFORE = "before";

  private final AuditedRun run;
  private final Optional<AuditedRun> since;
  private final Limits limits;

  /**
   * How much is listed of what may be many.
   *
   * @param runs of the trend, the one that is reported included
   * @param groups of a breakdown
   * @param findings broken chains, and as many that were not audited
   * @param changes of each kind, repositories included
   * @param files with which something is wrong
   */
  public record Limits(int runs, int groups, int findings, int changes, int files) {
    public static final Limits DEFAULT = new Limits(30, 25, 5_000, 1_000, 1_000);
  }

  private ReportReader(AuditedRun run, Optional<AuditedRun> since, Limits limits) {
    this.run = run;
    this.since = since;
    this.limits = limits;
  }

  /**
   * Chooses the run, and the one that it is compared with.
   *
   * @param table URI or path of the table
   * @param date of the run; the newest of all where there is none
   * @param since a day: the newest run over the same hub until then is compared with; the run
   *     before where there is none
   * @throws IOException if there is no such run, with a message for the person who asked
   */
  public static ReportReader open(
      SparkSession session,
      String table,
      Optional<LocalDate> date,
      Optional<LocalDate> since,
      Limits limits)
      throws IOException {
    AuditedRun run = AuditedRun.newest(session, table, date);
    if (since.isEmpty()) {
      return new ReportReader(run, run.before(1).stream().findFirst(), limits);
    }
    Optional<AuditedRun> earlier = run.lastUntil(since.get());
    if (earlier.isEmpty()) {
      throw new IOException(
          "the audit table %s has no run over %s until %s that is older than the one of %s: --since takes a later day"
              .formatted(table, run.row().hub(), since.get(), run.row().auditDate()));
    }
    return new ReportReader(run, earlier, limits);
  }

  /**
   * Reads everything but the rows that {@link #rows} gives.
   *
   * @throws IOException if the table contradicts itself
   */
  public Report read() throws IOException {
    Dataset<Row> slim =
        compared()
            .select(
                cols(
                    List.of(
                        "repository",
                        "revision",
                        "quantization",
                        "verdict",
                        "reason",
                        "detail",
                        BEFORE)))
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<ReasonCount> reasons = reasons(slim);
      Counts totals = reasons.stream().map(ReportReader::counts).reduce(Counts.NONE, Counts::plus);
      Coverage coverage = coverage();
      mustMatch(totals, coverage);
      return new Report(
          run(),
          totals,
          reasons,
          breakdown(col("format")),
          breakdown(col("method")),
          breakdown(substring_index(col("repository"), "/", 1)),
          trend(),
          since.isEmpty() ? Optional.empty() : Optional.of(changes(slim, since.get())),
          coverage,
          findings(Verdict.BROKEN, totals.broken()),
          findings(Verdict.ERROR, totals.error()),
          fileProblems(coverage.filesWithProblems()));
    } finally {
      slim.unpersist();
    }
  }

  /**
   * Every quantization of the run, sorted by repository, revision and quantization. They come to
   * the driver a partition at a time.
   */
  public Iterator<ReportedRow> rows() {
    Iterator<Row> rows = compared().orderBy(cols(List.of(KEYS))).toLocalIterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public ReportedRow next() {
        Row row = rows.next();
        return new ReportedRow(AuditedRun.quantization(row), before(row));
      }
    };
  }

  /**
   * A quantization, and what it was in the run that is compared with.
   *
   * @param before empty where it was not there, or there is no such run
   */
  public record ReportedRow(AuditRow row, Optional<Standing> before) {}

  private Run run() {
    RunRow row = run.row();
    return new Run(
        row.runId(),
        row.auditDate(),
        row.hub(),
        row.inventory(),
        row.scope(),
        row.earlierRun(),
        row.startedAt(),
        row.finishedAt(),
        row.version(),
        Optional.of(row.policyDigest()).filter(digest -> !digest.isEmpty()),
        row.trustRoots());
  }

  /** The columns of {@code audit}, and last the standing before. */
  private Dataset<Row> compared() {
    Dataset<Row> now = run.rows(AuditTable.AUDIT);
    List<String> columns = new ArrayList<>(List.of(now.columns()));
    columns.add(BEFORE);
    Dataset<Row> then =
        since
            .map(earlier -> earlier.rows(AuditTable.AUDIT))
            .orElseGet(() -> now.filter(lit(false)));
    // Of several revisions that a new one may have replaced, the best standing counts: rather is a
    // chain called newly broken that was broken in one of them, than the reverse.
    return now.join(standings(then, "same", KEYS), KEYS, "left")
        .join(standings(then, "named", NAME), NAME, "left")
        .withColumn(BEFORE, coalesce(col("same"), col("named")))
        .select(cols(columns));
  }

  private static Dataset<Row> standings(Dataset<Row> rows, String column, String[] keys) {
    Column rank =
        when(col("verdict").equalTo(Verdict.VERIFIED.name()), 0)
            .when(col("verdict").equalTo(Verdict.UNVERIFIED.name()), 1)
            .when(col("verdict").equalTo(Verdict.ERROR.name()), 2)
            .otherwise(3);
    return rows.groupBy(cols(List.of(keys)))
        .agg(min(struct(rank.as("rank"), col("verdict"), col("reason"))).as(column));
  }

  private static Optional<Standing> before(Row row) {
    return standing(row.getAs(BEFORE));
  }

  private static Optional<Standing> standing(Row struct) {
    return Optional.ofNullable(struct)
        .map(
            found ->
                new Standing(
                    Verdict.valueOf(found.getAs("verdict")),
                    Reason.valueOf(found.getAs("reason"))));
  }

  private static Column[] cols(List<String> names) {
    return names.stream().map(functions::col).toArray(Column[]::new);
  }

  private static List<ReasonCount> reasons(Dataset<Row> rows) {
    return rows.groupBy("reason", "verdict").count().collectAsList().stream()
        .map(
            row ->
                reason(
                    Reason.valueOf(row.getString(0)),
                    Verdict.valueOf(row.getString(1)),
                    row.getLong(2)))
        .sorted(Comparator.comparing(ReasonCount::reason).thenComparing(ReasonCount::verdict))
        .toList();
  }

  private static ReasonCount reason(Reason reason, Verdict verdict, long quantizations) {
    return new ReasonCount(reason, verdict, reason.parties(), quantizations);
  }

  private static Counts counts(ReasonCount count) {
    return counts(count.verdict(), count.quantizations());
  }

  private static Counts counts(Verdict verdict, long number) {
    return switch (verdict) {
      case VERIFIED -> new Counts(number, 0, 0, 0);
      case UNVERIFIED -> new Counts(0, number, 0, 0);
      case BROKEN -> new Counts(0, 0, number, 0);
      case ERROR -> new Counts(0, 0, 0, number);
    };
  }

  private static Counts counts(RunRow row) {
    return new Counts(row.verified(), row.unverified(), row.broken(), row.errors());
  }

  /** A report of half of a run would be worse than none. */
  private void mustMatch(Counts totals, Coverage coverage) throws IOException {
    RunRow row = run.row();
    if (!totals.equals(counts(row))) {
      throw new IOException(
          "the rows of run %s do not match its counts: %s in audit, %s in runs; 'weighmaster table verify' says what is wrong"
              .formatted(row.runId(), totals, counts(row)));
    }
    long files = coverage.kinds().stream().mapToLong(KindCoverage::files).sum();
    if (files != row.files()) {
      throw new IOException(
          "the rows of run %s do not match its counts: %d files, and %d in runs; 'weighmaster table verify' says what is wrong"
              .formatted(row.runId(), files, row.files()));
    }
  }

  private Breakdown breakdown(Column by) {
    Dataset<Row> groups =
        run.rows(AuditTable.AUDIT)
            .groupBy(by.as("name"))
            .agg(
                count(lit(1)).as("total"),
                having(Verdict.VERIFIED),
                having(Verdict.UNVERIFIED),
                having(Verdict.BROKEN),
                having(Verdict.ERROR));
    List<Group> listed =
        groups
            .orderBy(col("total").desc(), col("name").asc_nulls_last())
            .limit(limits.groups())
            .collectAsList()
            .stream()
            .map(
                row ->
                    new Group(
                        Optional.ofNullable(row.getString(0)),
                        new Counts(row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5))))
            .toList();
    long all = listed.size() < limits.groups() ? listed.size() : groups.count();
    Counts shown = listed.stream().map(Group::quantizations).reduce(Counts.NONE, Counts::plus);
    return new Breakdown(listed, all - listed.size(), counts(run.row()).minus(shown));
  }

  private static Column having(Verdict verdict) {
    return sum(when(col("verdict").equalTo(verdict.name()), 1L).otherwise(0L)).as(verdict.name());
  }

  private List<TrendPoint> trend() throws IOException {
    List<AuditedRun> newestFirst = new ArrayList<>(List.of(run));
    newestFirst.addAll(run.before(limits.runs() - 1));
    List<TrendPoint> points = new ArrayList<>();
    for (int i = newestFirst.size() - 1; i >= 0; i--) {
      RunRow row = newestFirst.get(i).row();
      points.add(
          new TrendPoint(
              row.auditDate(), row.runId(), row.finishedAt(), counts(row), row.policyDigest()));
    }
    return points;
  }

  private Changes changes(Dataset<Row> slim, AuditedRun earlier) {
    // Not kept in memory: Spark keeps every partition of a shuffle, most of them empty, and would
    // start a task for each at every use.
    Dataset<Row> gone =
        standings(earlier.rows(AuditTable.AUDIT), BEFORE, NAME)
            .join(slim.select(cols(List.of(NAME))).distinct(), NAME, "left_anti");
    List<Transition> transitions = transitions(slim, gone);
    RunRow then = earlier.row();
    return new Changes(
        new EarlierRun(then.runId(), then.auditDate(), then.finishedAt(), then.version()),
        !then.policyDigest().equals(run.row().policyDigest()),
        !digests(then).equals(digests(run.row())),
        transitions,
        changesTo(slim, transitions, Verdict.BROKEN, wasNot(Verdict.BROKEN)),
        changesTo(slim, transitions, Verdict.ERROR, wasNot(Verdict.ERROR)),
        changesTo(slim, transitions, Verdict.UNVERIFIED, was(Verdict.VERIFIED)),
        changesTo(slim, transitions, Verdict.VERIFIED, wasNot(Verdict.VERIFIED)),
        excerpt(
            slim.filter(col(BEFORE).isNull()),
            total(transitions, each -> each.before().isEmpty() && each.now().isPresent()),
            KEYS,
            ReportReader::change),
        excerpt(
            gone,
            total(transitions, each -> each.now().isEmpty()),
            NAME,
            ReportReader::disappeared),
        onlyIn(run, earlier),
        onlyIn(earlier, run));
  }

  private static List<String> digests(RunRow row) {
    return row.trustRoots().stream().map(TrustRootFile::sha256).sorted().toList();
  }

  private static List<Transition> transitions(Dataset<Row> slim, Dataset<Row> gone) {
    Stream<Transition> there =
        slim
            .groupBy(col(BEFORE + ".verdict").as("was"), col("verdict"))
            .count()
            .collectAsList()
            .stream()
            .map(
                row ->
                    new Transition(
                        Optional.ofNullable(row.getString(0)).map(Verdict::valueOf),
                        Optional.of(Verdict.valueOf(row.getString(1))),
                        row.getLong(2)));
    Stream<Transition> notThere =
        gone.groupBy(col(BEFORE + ".verdict").as("was")).count().collectAsList().stream()
            .map(
                row ->
                    new Transition(
                        Optional.of(Verdict.valueOf(row.getString(0))),
                        Optional.empty(),
                        row.getLong(1)));
    return Stream.concat(there, notThere)
        .sorted(
            Comparator.comparing((Transition each) -> order(each.before()))
                .thenComparing(each -> order(each.now())))
        .toList();
  }

  private static int order(Optional<Verdict> verdict) {
    return verdict.map(Enum::ordinal).orElse(Integer.MAX_VALUE);
  }

  /** A condition on the standing before, for Spark and for counts that it has made. */
  private record Condition(Column column, Predicate<Optional<Verdict>> onCounts) {}

  private static Condition was(Verdict verdict) {
    return new Condition(
        col(BEFORE + ".verdict").eqNullSafe(verdict.name()),
        before -> before.equals(Optional.of(verdict)));
  }

  private static Condition wasNot(Verdict verdict) {
    Condition was = was(verdict);
    return new Condition(functions.not(was.column()), was.onCounts().negate());
  }

  private Excerpt<Change> changesTo(
      Dataset<Row> slim, List<Transition> transitions, Verdict now, Condition before) {
    return excerpt(
        slim.filter(col("verdict").equalTo(now.name())).filter(before.column()),
        total(
            transitions,
            each -> each.now().equals(Optional.of(now)) && before.onCounts().test(each.before())),
        KEYS,
        ReportReader::change);
  }

  private static long total(List<Transition> transitions, Predicate<Transition> which) {
    return transitions.stream().filter(which).mapToLong(Transition::quantizations).sum();
  }

  private <T> Excerpt<T> excerpt(
      Dataset<Row> rows, long total, String[] order, Function<Row, T> mapper) {
    return total == 0
        ? Excerpt.none()
        : new Excerpt<>(
            total,
            rows.orderBy(cols(List.of(order))).limit(limits.changes()).collectAsList().stream()
                .map(mapper)
                .toList());
  }

  private static Change change(Row row) {
    Standing now =
        new Standing(Verdict.valueOf(row.getAs("verdict")), Reason.valueOf(row.getAs("reason")));
    return new Change(
        row.getAs("repository"),
        row.getAs("revision"),
        row.getAs("quantization"),
        before(row),
        Optional.of(now),
        now.reason().parties(),
        Optional.of(row.getAs("detail")));
  }

  private static Change disappeared(Row row) {
    return new Change(
        row.getAs("repository"),
        "",
        row.getAs("quantization"),
        before(row),
        Optional.empty(),
        List.of(),
        Optional.empty());
  }

  private Excerpt<String> onlyIn(AuditedRun one, AuditedRun other) {
    Dataset<Row> names =
        repositories(one).join(repositories(other), new String[] {"repository"}, "left_anti");
    List<String> listed =
        names.orderBy("repository").limit(limits.changes()).as(Encoders.STRING()).collectAsList();
    return new Excerpt<>(listed.size() < limits.changes() ? listed.size() : names.count(), listed);
  }

  private static Dataset<Row> repositories(AuditedRun of) {
    return of.rows(AuditTable.FILES).select("repository").distinct();
  }

  private Coverage coverage() {
    RunRow row = run.row();
    Column digested = col("sha256").isNotNull();
    Column readNow = coalesce(col("digested_by").equalTo(row.runId()), lit(true));
    List<Row> kinds =
        run.rows(AuditTable.FILES)
            .groupBy("kind")
            .agg(
                count(lit(1)).as("files"),
                sum("size").as("bytes"),
                number(digested.and(readNow)).as("read"),
                number(digested.and(functions.not(readNow))).as("carried"),
                number(functions.not(digested)).as("failed"),
                count(col("error")).as("problems"),
                min(col("digested_at")).as("oldest"))
            .collectAsList();
    Map<FileKind, Row> byKind = new EnumMap<>(FileKind.class);
    kinds.forEach(each -> byKind.put(FileKind.valueOf(each.getAs("kind")), each));
    return new Coverage(
        row.repositories(),
        row.quantizations(),
        row.signedModels(),
        row.signedModelsHolding(),
        row.files(),
        row.bytes(),
        row.filesRead(),
        row.bytesRead(),
        row.filesCarriedOver(),
        row.filesFailed(),
        row.filesRotten(),
        kinds.stream().mapToLong(each -> each.getAs("problems")).sum(),
        kinds.stream()
            .map(each -> each.<Instant>getAs("oldest"))
            .filter(each -> each != null)
            .min(Comparator.naturalOrder()),
        row.retries(),
        byKind.entrySet().stream().map(each -> kind(each.getKey(), each.getValue())).toList());
  }

  private static Column number(Column condition) {
    return sum(when(condition, 1L).otherwise(0L));
  }

  private static KindCoverage kind(FileKind kind, Row row) {
    return new KindCoverage(
        kind,
        row.getAs("files"),
        row.getAs("bytes"),
        row.getAs("read"),
        row.getAs("carried"),
        row.getAs("failed"));
  }

  private Excerpt<Finding> findings(Verdict verdict, long total) {
    if (total == 0) {
      return Excerpt.none();
    }
    Column isNew =
        since.isEmpty()
            ? lit(false)
            : functions.not(col(BEFORE + ".verdict").eqNullSafe(verdict.name()));
    return new Excerpt<>(
        total,
        compared()
            .filter(col("verdict").equalTo(verdict.name()))
            .withColumn("is_new", isNew)
            .orderBy(col("is_new").desc(), col("repository"), col("revision"), col("quantization"))
            .limit(limits.findings())
            .collectAsList()
            .stream()
            .map(ReportReader::finding)
            .toList());
  }

  private static Finding finding(Row found) {
    AuditRow row = AuditedRun.quantization(found);
    return new Finding(
        row.repository(),
        row.revision(),
        row.quantization(),
        row.format(),
        row.method(),
        row.digest(),
        row.declaredBaseModel(),
        row.reason(),
        row.reason().parties(),
        before(found).map(Standing::verdict),
        found.getAs("is_new"),
        row.detail(),
        row.chainDepth(),
        row.chain());
  }

  private Excerpt<FileProblem> fileProblems(long total) {
    if (total == 0) {
      return Excerpt.none();
    }
    return new Excerpt<>(
        total,
        run
            .rows(AuditTable.FILES)
            .filter(col("error").isNotNull())
            .orderBy("path")
            .limit(limits.files())
            .collectAsList()
            .stream()
            .map(
                row ->
                    new FileProblem(
                        row.getAs("path"),
                        FileKind.valueOf(row.getAs("kind")),
                        row.getAs("error"),
                        row.getAs("sha256") != null))
            .toList());
  }
}
