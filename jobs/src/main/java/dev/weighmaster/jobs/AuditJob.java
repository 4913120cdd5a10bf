package dev.weighmaster.jobs;

import dev.weighmaster.audit.PlannedFile;
import dev.weighmaster.audit.RepositoryAudit.ReadSidecar;
import dev.weighmaster.audit.Run;
import dev.weighmaster.audit.RunFile;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.audit.Scope;
import dev.weighmaster.chain.JudgedCase;
import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.HubIdentity;
import dev.weighmaster.io.HadoopSettings;
import dev.weighmaster.io.Storages;
import dev.weighmaster.jobs.spark.Durable;
import dev.weighmaster.jobs.spark.ExecutorPolicy;
import dev.weighmaster.jobs.spark.Kept;
import dev.weighmaster.jobs.spark.SparkSessions;
import dev.weighmaster.jobs.spark.Spread;
import dev.weighmaster.jobs.stage.AuditProgress;
import dev.weighmaster.jobs.stage.ChainStage;
import dev.weighmaster.jobs.stage.DigestJournal;
import dev.weighmaster.jobs.stage.DigestProgress;
import dev.weighmaster.jobs.stage.DigestStage;
import dev.weighmaster.jobs.stage.EvidenceStage;
import dev.weighmaster.jobs.stage.FileListStage;
import dev.weighmaster.jobs.stage.FileTotals;
import dev.weighmaster.jobs.stage.Gone;
import dev.weighmaster.jobs.stage.InventoryStage;
import dev.weighmaster.jobs.stage.PlanStage;
import dev.weighmaster.jobs.stage.RunContext;
import dev.weighmaster.jobs.stage.SharedReads;
import dev.weighmaster.jobs.stage.StatementStage;
import dev.weighmaster.jobs.stage.StoreStage;
import dev.weighmaster.jobs.stage.StoreStage.KeptStatements;
import dev.weighmaster.jobs.stage.Strays;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.EarlierRun;
import dev.weighmaster.jobs.table.RunRows;
import dev.weighmaster.jobs.table.TableLock;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Audits a whole hub and adds one run to the audit table. */
public final class AuditJob {
  private static final Logger LOG = LoggerFactory.getLogger(AuditJob.class);
  private static final DateTimeFormatter RUN_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final SparkSession session;
  private final JavaSparkContext spark;
  private final String hub;
  private final String table;
  private Optional<PolicySource> policy = Optional.empty();
  private Optional<String> store = Optional.empty();
  private Optional<String> fileList = Optional.empty();
  private Optional<LocalDate> date = Optional.empty();
  private Scope scope = Scope.CHANGED;
  private AuditProgress progress = AuditProgress.SILENT;
  private Clock clock = Clock.systemUTC();

  /**
   * Sets up an audit by a policy that trusts nobody, filed under today's date in UTC.
   *
   * @param session one of {@link SparkSessions}
   * @param hub URI or path of the hub's root; runs over the same {@link HubIdentity} follow one
   *     another, so a path should be absolute
   * @param table URI or path of the audit table's folder, made if it is missing
   */
  public AuditJob(SparkSession session, String hub, String table) {
    this.session = session;
    this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    this.hub = hub;
    this.table = table;
  }

  /** Judges by this policy. */
  public AuditJob policy(PolicySource source) {
    policy = Optional.of(source);
    return this;
  }

  /**
   * Takes the statements of a folder of sidecars that are kept away from the weights for those of
   * the repositories whose files they cover.
   *
   * @param attestations URI or path of the folder
   */
  public AuditJob attestations(String attestations) {
    store = Optional.of(attestations);
    return this;
  }

  /**
   * Takes the hub's files from a list of them instead of listing it.
   *
   * @param uri of an S3 Inventory's manifest, of the {@code files} of an earlier run, or of a plain
   *     list of paths
   */
  public AuditJob inventory(String uri) {
    fileList = Optional.of(uri);
    return this;
  }

  /** Files the run under this date. */
  public AuditJob date(LocalDate day) {
    date = Optional.of(day);
    return this;
  }

  /** Reads these files beside those that have changed since the newest run over this hub. */
  public AuditJob scope(Scope also) {
    scope = also;
    return this;
  }

  /** Tells this of what is being done. */
  public AuditJob progress(AuditProgress listener) {
    progress = listener;
    return this;
  }

  /** Takes the time from this, which must be serializable. */
  AuditJob clock(Clock time) {
    clock = time;
    return this;
  }

  /**
   * Checks that the local files of an audit exist, before a session is started. It throws what
   * {@link #execute} would throw, which checks remote storage.
   *
   * @param fileList URI or path of the list that the hub's files are taken from, if there is one
   * @param store URI or path of the folder of sidecars, if there is one
   * @throws IOException if something is not there, with a message for the person who named it
   */
  public static void checkLocal(
      String hub, Optional<String> fileList, Optional<String> store, String table)
      throws IOException {
    if (Storages.isLocal(hub)) {
      if (fileList.isEmpty()) {
        InventoryStage.root(hub);
      } else if (Storages.isLocal(fileList.get())) {
        FileListStage.open(fileList.get(), hub);
      }
    }
    if (store.filter(Storages::isLocal).isPresent()) {
      StoreStage.list(store.get());
    }
    if (Storages.isLocal(table)) {
      AuditTable.at(table, new HadoopSettings().configuration()).checkFolder();
    }
  }

  /**
   * Runs the audit.
   *
   * @throws IOException if the hub or the folder of attestations can't be listed, the report of the
   *     hub can't be used, or the table can't be written
   * @throws PolicyException if the policy is wrong
   */
  public AuditResult execute() throws IOException, PolicyException {
    TrustPolicy trust = policy.isPresent() ? TrustPolicy.parse(policy.get()) : TrustPolicy.none();
    Optional<FileListStage> fromList =
        fileList.isPresent()
            ? Optional.of(FileListStage.open(fileList.get(), hub))
            : Optional.empty();
    JavaRDD<HubFile> listed = listed(fromList);
    Optional<StoreStage> elsewhere =
        store.isPresent() ? Optional.of(StoreStage.list(store.get())) : Optional.empty();
    AuditTable audits = AuditTable.at(table, spark.hadoopConfiguration());
    Run run = newRun();
    try (TableLock lock = audits.lock("run " + run.id());
        DigestProgress counted = DigestProgress.reporting(spark.sc(), progress);
        Kept kept = new Kept()) {
      audits.sweep();
      RunContext context = context(run, audits, fromList, counted, kept);

      JavaRDD<HubFile> everything = inventory(listed, context);
      JavaRDD<HubFile> inventory = everything.filter(file -> !file.isStray());
      Strays strays = Strays.among(everything);
      strays.checkIsHub(inventory, hub);
      JavaRDD<ReadSidecar> sidecars = sidecars(inventory, context);
      JavaRDD<CheckedStatement> statements =
          sidecars.flatMap(sidecar -> sidecar.statements().iterator());
      JavaRDD<PlannedFile> plan = plan(inventory, statements, context);
      JavaRDD<ScannedFile> read = digests(plan, inventory, sidecars, context);
      FileTotals totals = totals(read, inventory, context);
      JavaRDD<ScannedFile> files = Spread.overFewer(read, totals.files());
      Gone gone = context.earlier().map(before -> Gone.since(before, inventory)).orElse(Gone.NONE);
      Optional<KeptStatements> stored = elsewhere.map(stage -> stage.match(files, context));
      JavaRDD<RepositoryEvidence> evidence =
          evidence(
              files,
              stored.map(found -> statements.union(found.matched())).orElse(statements),
              context);
      JavaRDD<JudgedCase> verdicts = verdicts(evidence, context);

      RunRows rows =
          RunRows.of(
              session,
              audits,
              run,
              new RunRows.Found(files, evidence, stored.map(KeptStatements::unmatched), verdicts),
              context.policy(),
              kept);
      progress.begins("writing the table");
      List<RunFile> contents = rows.write(totals.files());
      RunRow row =
          runRow(
              context, trust, new Totals(totals, gone, strays, evidence.count()), rows, contents);
      rows.write(row);
      AuditResult result =
          new AuditResult(
              row, rows.brokenSignatures(), sidecars.filter(ReadSidecar::isOfAnotherKind).count());
      audits.staged(run).publish(contents, lock);
      context.journal().remove(spark);
      return result;
    } finally {
      audits.staged(run).discard();
    }
  }

  private RunContext context(
      Run run,
      AuditTable audits,
      Optional<FileListStage> fromList,
      DigestProgress counted,
      Kept kept)
      throws IOException {
    HubIdentity identity = HubIdentity.of(hub);
    Optional<EarlierRun> earlier = EarlierRun.last(session, audits, identity);
    Durable.keepIn(spark, audits.staged(run).scratch());
    return new RunContext(
        spark,
        run,
        spark.broadcast(new ExecutorPolicy(policy)),
        earlier,
        reading(fromList, earlier),
        new DigestJournal(audits.unfinished(), identity, run.id()),
        counted,
        kept,
        clock);
  }

  /** All, where the store's list is older than the run that would be carried over. */
  private Scope reading(Optional<FileListStage> fromList, Optional<EarlierRun> earlier) {
    boolean old =
        earlier.isPresent()
            && fromList.filter(stage -> !stage.tellsChangesSince(earlier.get())).isPresent();
    if (old) {
      LOG.warn(
          "the inventory {} was made before the run {} began, so it can't say what has changed"
              + " since: every file is read",
          fileList.orElseThrow(),
          earlier.get().id());
      return Scope.FULL;
    }
    return scope;
  }

  private Run newRun() {
    Instant now = clock.instant();
    String id = RUN_TIME.format(now) + "-" + UUID.randomUUID().toString().substring(0, 8);
    return new Run(id, date.orElseGet(() -> LocalDate.ofInstant(now, ZoneOffset.UTC)), now, hub);
  }

  /** The hub's files, which are yet to be listed. */
  private JavaRDD<HubFile> listed(Optional<FileListStage> fromList) throws IOException {
    return fromList.isPresent()
        ? fromList.get().list(session)
        : InventoryStage.list(spark, hub, InventoryStage.root(hub));
  }

  private JavaRDD<HubFile> inventory(JavaRDD<HubFile> listed, RunContext context)
      throws IOException {
    progress.begins("listing the hub");
    context.describe("inventory: " + fileList.map(uri -> "read " + uri).orElse("list " + hub));
    try {
      JavaRDD<HubFile> inventory = Durable.listing(listed, context.kept());
      return Spread.overFewer(inventory, inventory.count());
    } catch (Exception e) {
      // Spark's own is checked, and declared nowhere.
      if (fileList.isPresent()) {
        FileListStage.throwComplaint(fileList.get(), e);
      }
      throw e;
    }
  }

  private static JavaRDD<ReadSidecar> sidecars(JavaRDD<HubFile> inventory, RunContext context) {
    context.describe("statements: read and verify the sidecars");
    return context.kept().keep(StatementStage.read(inventory, context));
  }

  private static JavaRDD<PlannedFile> plan(
      JavaRDD<HubFile> inventory, JavaRDD<CheckedStatement> statements, RunContext context)
      throws IOException {
    context.describe(
        "plan: compare with " + context.earlier().map(EarlierRun::id).orElse("no earlier run"));
    return context.kept().keep(PlanStage.plan(inventory, statements, context));
  }

  private static JavaRDD<ScannedFile> digests(
      JavaRDD<PlannedFile> plan,
      JavaRDD<HubFile> inventory,
      JavaRDD<ReadSidecar> sidecars,
      RunContext context) {
    SharedReads reads = SharedReads.of(plan, context.hub(), context.kept());
    JavaRDD<HubFile> toRead =
        reads
            .readers()
            .map(PlannedFile::file)
            .union(inventory.filter(file -> file.kind() == FileKind.SIDECAR));
    DigestProgress counted = context.progress();
    counted.expect(toRead.count(), toRead.mapToDouble(HubFile::size).sum().longValue());
    context.describe("digests: read " + counted.expected());
    JavaRDD<ScannedFile> read =
        new DigestStage(context, context.spark().defaultParallelism()).digest(reads.readers());
    return context
        .kept()
        .keep(
            plan.flatMap(file -> file.carried().stream().iterator())
                .union(reads.all(read))
                .union(sidecars.map(ReadSidecar::file)));
  }

  /** Makes the digests happen, and sees to it that no file was lost on the way. */
  private static FileTotals totals(
      JavaRDD<ScannedFile> files, JavaRDD<HubFile> inventory, RunContext context) {
    String id = context.run().id();
    context.progress().digestsBegin();
    FileTotals totals =
        files.mapPartitions(part -> List.of(FileTotals.of(part, id)).iterator()).collect().stream()
            .reduce(FileTotals.NONE, FileTotals::plus);
    context.progress().digestsEnd();
    long listed = inventory.count();
    if (totals.files() != listed) {
      throw new IllegalStateException(
          "the inventory has "
              + listed
              + " files, but "
              + totals.files()
              + " were looked at; run it again: what was read is not read again");
    }
    return totals;
  }

  private static JavaRDD<RepositoryEvidence> evidence(
      JavaRDD<ScannedFile> files, JavaRDD<CheckedStatement> statements, RunContext context) {
    context.describe("evidence: bring files and statements together");
    JavaRDD<RepositoryEvidence> evidence =
        context.kept().keep(EvidenceStage.gather(files, statements, context.policy()));
    evidence.count();
    return evidence;
  }

  private JavaRDD<JudgedCase> verdicts(JavaRDD<RepositoryEvidence> evidence, RunContext context) {
    progress.begins("following chains");
    context.describe("chains: judge every quantization");
    return ChainStage.judge(evidence, context);
  }

  /** What a run's row counts beside its rows in the other data sets. */
  private record Totals(FileTotals files, Gone gone, Strays strays, long repositories) {}

  private RunRow runRow(
      RunContext context, TrustPolicy trust, Totals totals, RunRows rows, List<RunFile> contents) {
    Run run = context.run();
    FileTotals files = totals.files();
    DigestProgress counted = context.progress();
    Map<String, Long> counts = rows.verdicts();
    Map<String, Long> signatures = rows.signatures();
    return new RunRow(
        run.id(),
        run.date(),
        run.hub(),
        fileList,
        context.scope().describe(run.date()),
        context.earlier().map(EarlierRun::id),
        run.startedAt(),
        clock.instant(),
        version(),
        totals.repositories(),
        sum(counts),
        counts.getOrDefault(Verdict.VERIFIED.name(), 0L),
        counts.getOrDefault(Verdict.UNVERIFIED.name(), 0L),
        counts.getOrDefault(Verdict.BROKEN.name(), 0L),
        counts.getOrDefault(Verdict.ERROR.name(), 0L),
        sum(signatures),
        signatures.getOrDefault(Verdict.VERIFIED.name(), 0L),
        files.files(),
        files.bytes(),
        files.read(),
        files.carriedOver(),
        files.failed(),
        files.rotten(),
        files.bytesRead(),
        files.weightsBytesRead(),
        counted.digestTime().toMillis(),
        counted.perSecond(files.digestedBytes()),
        counted.skew(),
        files.retries() + counted.failedTasks(),
        files.slowest(),
        totals.gone().repositories(),
        totals.gone().names(),
        Optional.of(totals.strays().count()),
        Optional.of(totals.strays().names()),
        policy.isPresent() ? trust.digest() : "",
        trust.trustRootFiles(),
        contents);
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  private static String version() {
    return Optional.ofNullable(AuditJob.class.getPackage().getImplementationVersion())
        .orElse("unreleased");
  }
}
