package dev.weighmaster.jobs.report;

import dev.weighmaster.attest.CanonicalPath;
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
import dev.weighmaster.jobs.table.RowStream;
import dev.weighmaster.trust.TrustRootFile;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Reads a run of an audit table for a report, once from its first row to its last. What is kept of
 * the rows is bounded by {@link Limits}, and by how many organisations there are.
 */
public final class ReportReader {
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
   * @param date of the run; the newest of all where there is none
   * @param since a day: the newest run over the same hub until then is compared with; the run
   *     before where there is none
   * @throws IOException if there is no such run, with a message for the person who asked
   */
  public static ReportReader open(
      AuditTable table, Optional<LocalDate> date, Optional<LocalDate> since, Limits limits)
      throws IOException {
    AuditedRun run = AuditedRun.newest(table, date);
    if (since.isEmpty()) {
      return new ReportReader(run, run.before(1).stream().findFirst(), limits);
    }
    Optional<AuditedRun> earlier = run.lastUntil(since.get());
    if (earlier.isEmpty()) {
      throw new IOException(
          "the audit table %s has no run over %s until %s that is older than the one of %s: --since takes a later day"
              .formatted(table.name(), run.row().hub(), since.get(), run.row().auditDate()));
    }
    return new ReportReader(run, earlier, limits);
  }

  /**
   * Reads everything but the rows that {@link #rows} gives.
   *
   * @throws IOException if the table contradicts itself
   */
  public Report read() throws IOException {
    Findings found = findings();
    FilesRead files = files();
    Coverage coverage = files.coverage(run.row());
    List<ReasonCount> reasons = found.reasons();
    Counts totals = reasons.stream().map(ReportReader::counts).reduce(Counts.NONE, Counts::plus);
    mustMatch(totals, coverage);
    return new Report(
        run(),
        totals,
        reasons,
        breakdown(found.formats),
        breakdown(found.methods),
        breakdown(found.organisations),
        trend(),
        since.isEmpty() ? Optional.empty() : Optional.of(changes(found, since.get())),
        coverage,
        found.broken.excerpt(),
        found.notAudited.excerpt(),
        files.problems.excerpt());
  }

  /**
   * Every quantization of the run in the order of the table, by repository, revision and
   * quantization. The caller closes them.
   */
  public ComparedRows rows() throws IOException {
    return ComparedRows.of(run, since, (repository, quantization, before) -> {});
  }

  /**
   * A quantization, and what it was in the run that is compared with.
   *
   * @param before empty where it was not there, or there is no such run
   */
  public record ReportedRow(AuditRow row, Optional<Standing> before) {}

  private Findings findings() throws IOException {
    Findings found = new Findings(limits, since.isPresent());
    try (ComparedRows rows = ComparedRows.of(run, since, found::addGone)) {
      for (Optional<ReportedRow> row = rows.next(); row.isPresent(); row = rows.next()) {
        found.add(row.get());
      }
    }
    return found;
  }

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

  private Breakdown breakdown(Map<Optional<String>, Counts> groups) {
    List<Group> listed =
        groups.entrySet().stream()
            .map(group -> new Group(group.getKey(), group.getValue()))
            .sorted(
                Comparator.comparing((Group group) -> -group.quantizations().total())
                    .thenComparing(group -> group.name().isEmpty())
                    .thenComparing(
                        group -> group.name().orElse(""), CanonicalPath.CODE_POINT_ORDER))
            .limit(limits.groups())
            .toList();
    Counts shown = listed.stream().map(Group::quantizations).reduce(Counts.NONE, Counts::plus);
    return new Breakdown(listed, groups.size() - listed.size(), counts(run.row()).minus(shown));
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

  private Changes changes(Findings found, AuditedRun earlier) throws IOException {
    RunRow then = earlier.row();
    RepositoryChanges repositories = RepositoryChanges.between(run, earlier, limits.changes());
    return new Changes(
        new EarlierRun(then.runId(), then.auditDate(), then.finishedAt(), then.version()),
        !then.policyDigest().equals(run.row().policyDigest()),
        !digests(then).equals(digests(run.row())),
        found.transitions(),
        found.newlyBroken.excerpt(),
        found.newlyNotAudited.excerpt(),
        found.newlyUnverified.excerpt(),
        found.newlyVerified.excerpt(),
        found.appeared.excerpt(),
        found.disappeared.excerpt(),
        repositories.appeared(),
        repositories.disappeared());
  }

  private static List<String> digests(RunRow row) {
    return row.trustRoots().stream().map(TrustRootFile::sha256).sorted().toList();
  }

  private FilesRead files() throws IOException {
    FilesRead files = new FilesRead(run.row().runId(), limits.files());
    try (RowStream<ReportedFile> rows = run.files(ReportedFile.class, ReportedFile::path)) {
      for (Optional<ReportedFile> row = rows.next(); row.isPresent(); row = rows.next()) {
        files.add(row.get());
      }
    }
    return files;
  }

  /** The first of what there is, and how much there is. */
  private static final class Listed<T> {
    private final int limit;
    private final List<T> listed = new ArrayList<>();
    private long total;

    Listed(int limit) {
      this.limit = limit;
    }

    void add(Supplier<T> one) {
      total++;
      if (listed.size() < limit) {
        listed.add(one.get());
      }
    }

    Excerpt<T> excerpt() {
      return new Excerpt<>(total, listed);
    }
  }

  /** Quantizations that need attention, those that are new first. */
  private static final class Attention {
    private final int limit;
    private final Listed<Finding> isNew;
    private final Listed<Finding> isOld;

    Attention(int limit) {
      this.limit = limit;
      isNew = new Listed<>(limit);
      isOld = new Listed<>(limit);
    }

    void add(ReportedRow reported, boolean news) {
      (news ? isNew : isOld).add(() -> finding(reported, news));
    }

    Excerpt<Finding> excerpt() {
      return new Excerpt<>(
          isNew.total + isOld.total,
          Stream.concat(isNew.listed.stream(), isOld.listed.stream()).limit(limit).toList());
    }
  }

  /** What the rows of {@code audit} come to. */
  private static final class Findings {
    private final boolean compared;
    private final Map<ReasonOf, Long> reasons = new HashMap<>();
    private final Map<Optional<String>, Counts> formats = new HashMap<>();
    private final Map<Optional<String>, Counts> methods = new HashMap<>();
    private final Map<Optional<String>, Counts> organisations = new HashMap<>();
    private final Map<FromTo, Long> transitions = new HashMap<>();
    private final Attention broken;
    private final Attention notAudited;
    private final Listed<Change> newlyBroken;
    private final Listed<Change> newlyNotAudited;
    private final Listed<Change> newlyUnverified;
    private final Listed<Change> newlyVerified;
    private final Listed<Change> appeared;
    private final Listed<Change> disappeared;

    Findings(Limits limits, boolean compared) {
      this.compared = compared;
      broken = new Attention(limits.findings());
      notAudited = new Attention(limits.findings());
      newlyBroken = new Listed<>(limits.changes());
      newlyNotAudited = new Listed<>(limits.changes());
      newlyUnverified = new Listed<>(limits.changes());
      newlyVerified = new Listed<>(limits.changes());
      appeared = new Listed<>(limits.changes());
      disappeared = new Listed<>(limits.changes());
    }

    private record ReasonOf(Reason reason, Verdict verdict) {}

    private record FromTo(Optional<Verdict> before, Optional<Verdict> now) {}

    void add(ReportedRow reported) {
      AuditRow row = reported.row();
      Verdict now = row.verdict();
      Optional<Verdict> before = reported.before().map(Standing::verdict);
      reasons.merge(new ReasonOf(row.reason(), now), 1L, Long::sum);
      formats.merge(Optional.of(row.format()), counts(now, 1), Counts::plus);
      methods.merge(row.method(), counts(now, 1), Counts::plus);
      organisations.merge(
          Optional.of(organisation(row.repository())), counts(now, 1), Counts::plus);
      transitions.merge(new FromTo(before, Optional.of(now)), 1L, Long::sum);
      boolean isOther = !before.equals(Optional.of(now));
      switch (now) {
        case BROKEN -> {
          broken.add(reported, compared && isOther);
          addIf(isOther, newlyBroken, reported);
        }
        case ERROR -> {
          notAudited.add(reported, compared && isOther);
          addIf(isOther, newlyNotAudited, reported);
        }
        case UNVERIFIED ->
            addIf(before.equals(Optional.of(Verdict.VERIFIED)), newlyUnverified, reported);
        case VERIFIED -> addIf(isOther, newlyVerified, reported);
      }
      addIf(before.isEmpty(), appeared, reported);
    }

    private static String organisation(String repository) {
      int slash = repository.indexOf('/');
      return slash < 0 ? repository : repository.substring(0, slash);
    }

    private static void addIf(boolean condition, Listed<Change> changes, ReportedRow reported) {
      if (condition) {
        changes.add(() -> change(reported));
      }
    }

    void addGone(String repository, String quantization, Standing before) {
      transitions.merge(new FromTo(Optional.of(before.verdict()), Optional.empty()), 1L, Long::sum);
      disappeared.add(
          () ->
              new Change(
                  repository,
                  "",
                  quantization,
                  Optional.of(before),
                  Optional.empty(),
                  List.of(),
                  Optional.empty()));
    }

    List<ReasonCount> reasons() {
      return reasons.entrySet().stream()
          .map(
              count ->
                  new ReasonCount(
                      count.getKey().reason(),
                      count.getKey().verdict(),
                      count.getKey().reason().parties(),
                      count.getValue()))
          .sorted(Comparator.comparing(ReasonCount::reason).thenComparing(ReasonCount::verdict))
          .toList();
    }

    List<Transition> transitions() {
      return transitions.entrySet().stream()
          .map(
              count ->
                  new Transition(count.getKey().before(), count.getKey().now(), count.getValue()))
          .sorted(
              Comparator.comparing((Transition each) -> order(each.before()))
                  .thenComparing(each -> order(each.now())))
          .toList();
    }

    private static int order(Optional<Verdict> verdict) {
      return verdict.map(Enum::ordinal).orElse(Integer.MAX_VALUE);
    }
  }

  private static Change change(ReportedRow reported) {
    AuditRow row = reported.row();
    return new Change(
        row.repository(),
        row.revision(),
        row.quantization(),
        reported.before(),
        Optional.of(new Standing(row.verdict(), row.reason())),
        row.reason().parties(),
        Optional.of(row.detail()));
  }

  private static Finding finding(ReportedRow reported, boolean isNew) {
    AuditRow row = reported.row();
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
        reported.before().map(Standing::verdict),
        isNew,
        row.detail(),
        row.chainDepth(),
        row.chain());
  }

  /** Of a row of {@code files} what a report counts. */
  private record ReportedFile(
      String path,
      FileKind kind,
      long size,
      Optional<String> sha256,
      Optional<String> digestedBy,
      Optional<Instant> digestedAt,
      Optional<String> error) {}

  /** What the rows of {@code files} come to. */
  private static final class FilesRead {
    private final String runId;
    private final Map<FileKind, KindCoverage> kinds = new EnumMap<>(FileKind.class);
    private final Listed<FileProblem> problems;
    private Optional<Instant> oldest = Optional.empty();

    FilesRead(String runId, int limit) {
      this.runId = runId;
      this.problems = new Listed<>(limit);
    }

    void add(ReportedFile file) {
      boolean hasDigest = file.sha256().isPresent();
      boolean isOurs = file.digestedBy().map(runId::equals).orElse(true);
      kinds.merge(
          file.kind(),
          new KindCoverage(
              file.kind(),
              1,
              file.size(),
              hasDigest && isOurs ? 1 : 0,
              hasDigest && !isOurs ? 1 : 0,
              hasDigest ? 0 : 1),
          FilesRead::sum);
      if (file.digestedAt().isPresent()
          && (oldest.isEmpty() || file.digestedAt().get().isBefore(oldest.get()))) {
        oldest = file.digestedAt();
      }
      file.error()
          .ifPresent(
              error ->
                  problems.add(() -> new FileProblem(file.path(), file.kind(), error, hasDigest)));
    }

    private static KindCoverage sum(KindCoverage one, KindCoverage other) {
      return new KindCoverage(
          one.kind(),
          one.files() + other.files(),
          one.bytes() + other.bytes(),
          one.read() + other.read(),
          one.carriedOver() + other.carriedOver(),
          one.failed() + other.failed());
    }

    Coverage coverage(RunRow row) {
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
          problems.total,
          oldest,
          row.retries(),
          List.copyOf(kinds.values()));
    }
  }
}
