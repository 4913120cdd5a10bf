package dev.weighmaster.jobs;

import dev.weighmaster.audit.AttestationRow;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.audit.KnownFile;
import dev.weighmaster.audit.PlannedFile;
import dev.weighmaster.audit.RepositoryAudit.ReadSidecar;
import dev.weighmaster.audit.Run;
import dev.weighmaster.audit.RunFile;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.audit.Scope;
import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.chain.ModelSignature;
import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.HubIdentity;
import dev.weighmaster.jobs.spark.Durable;
import dev.weighmaster.jobs.spark.ExecutorPolicy;
import dev.weighmaster.jobs.spark.PackedRecord;
import dev.weighmaster.jobs.spark.RepositoryKey;
import dev.weighmaster.jobs.spark.SparkSessions;
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
import dev.weighmaster.jobs.stage.SharedReads;
import dev.weighmaster.jobs.stage.StatementStage;
import dev.weighmaster.jobs.stage.StoreStage;
import dev.weighmaster.jobs.stage.StoreStage.KeptStatements;
import dev.weighmaster.jobs.stage.Strays;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.EarlierRun;
import dev.weighmaster.jobs.table.RowCodec;
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
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/** Audits a whole hub and adds one run to the audit table. */
public final class AuditJob {
  private static final Logger LOG = LoggerFactory.getLogger(AuditJob.class);
  private static final DateTimeFormatter RUN_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final int BROKEN_SIGNATURES_NAMED = 10;

  /** A Parquet file of fewer rows than this is not worth its own footer. */
  private static final long ROWS_OF_A_PARQUET_FILE = 200_000;

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
   * the repositories whose files they speak of.
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
    HubIdentity identity = HubIdentity.of(hub);
    try (TableLock lock = audits.lock("run " + run.id());
        DigestProgress counted = DigestProgress.reporting(spark.sc(), progress)) {
      audits.sweep();
      Optional<EarlierRun> earlier = EarlierRun.last(session, audits, identity);
      Scope reading = reading(fromList, earlier);
      DigestJournal journal = new DigestJournal(audits.unfinished(), identity, run.id());
      Broadcast<ExecutorPolicy> rules = spark.broadcast(new ExecutorPolicy(policy));

      Durable.keepIn(spark, audits.scratch(run));
      JavaRDD<HubFile> everything = inventory(listed);
      JavaRDD<HubFile> inventory = everything.filter(file -> !file.isStray());
      Strays strays = Strays.among(everything);
      strays.checkIsHub(inventory, hub);
      JavaRDD<ReadSidecar> sidecars = sidecars(inventory, run, rules, counted);
      JavaRDD<CheckedStatement> statements = statements(sidecars);
      JavaRDD<PlannedFile> plan =
          plan(inventory, statements, earlier, journal, reading, run, rules);
      SharedReads reads = reads(plan, inventory, counted);
      JavaRDD<ScannedFile> files = digests(plan, reads, sidecars, journal, run, counted);
      FileTotals totals = totals(files, inventory, run, counted);
      Gone gone = earlier.map(before -> Gone.since(before, inventory)).orElse(Gone.NONE);
      Optional<KeptStatements> kept = elsewhere.map(stage -> stage.match(spark, files, rules));
      JavaRDD<RepositoryEvidence> evidence =
          evidence(
              files,
              kept.map(found -> statements.union(found.matched())).orElse(statements),
              rules);
      JavaRDD<AuditRow> verdicts = verdicts(evidence, run, rules);
      JavaRDD<AttestationRow> attestations = attestations(evidence, kept, run, rules);

      describe("table: write " + audits);
      Map<String, Long> counts =
          Map.of(
              AuditTable.FILES, totals.files(),
              AuditTable.ATTESTATIONS, attestations.count(),
              AuditTable.AUDIT, verdicts.count());
      audits.stage(run, AuditTable.FILES, fileRows(files, run, counts.get(AuditTable.FILES)));
      audits.stage(
          run,
          AuditTable.ATTESTATIONS,
          attestationRows(attestations, counts.get(AuditTable.ATTESTATIONS)));
      audits.stage(run, AuditTable.AUDIT, auditRows(verdicts, counts.get(AuditTable.AUDIT)));
      describe("table: read back");
      List<RunFile> contents = audits.inspect(spark, run, counts);
      RunRow row =
          runRow(
              run,
              trust,
              reading,
              earlier,
              totals,
              counted,
              gone,
              strays,
              evidence,
              verdicts,
              attestations,
              contents);
      audits.stage(run, AuditTable.RUNS, rows(spark.parallelize(List.of(row), 1), RunRow.class));
      AuditResult result =
          new AuditResult(
              row,
              brokenSignatures(attestations),
              sidecars.filter(ReadSidecar::isOfAnotherKind).count());
      audits.publish(run, contents, lock);
      journal.remove(spark);
      return result;
    } finally {
      audits.discard(run);
      spark.getPersistentRDDs().values().forEach(JavaRDD::unpersist);
    }
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

  /** What Spark's pages and logs call the work that follows. */
  private void describe(String work) {
    spark.sc().setJobDescription(work);
  }

  /** The hub's files, which are yet to be listed. */
  private JavaRDD<HubFile> listed(Optional<FileListStage> fromList) throws IOException {
    return fromList.isPresent()
        ? fromList.get().list(session)
        : InventoryStage.list(spark, hub, InventoryStage.root(hub));
  }

  private JavaRDD<HubFile> inventory(JavaRDD<HubFile> listed) throws IOException {
    describe("inventory: " + fileList.map(uri -> "read " + uri).orElse("list " + hub));
    try {
      JavaRDD<HubFile> inventory = Durable.listing(listed);
      inventory.count();
      return inventory;
    } catch (Exception e) {
      // Spark's own is checked, and declared nowhere.
      if (fileList.isPresent()) {
        FileListStage.throwComplaint(fileList.get(), e);
      }
      throw e;
    }
  }

  private JavaRDD<ReadSidecar> sidecars(
      JavaRDD<HubFile> inventory,
      Run run,
      Broadcast<ExecutorPolicy> rules,
      DigestProgress counted) {
    describe("statements: read and verify the sidecars");
    return StatementStage.read(inventory, hub, run.id(), rules, counted)
        .persist(StorageLevel.MEMORY_AND_DISK_SER());
  }

  private static JavaRDD<CheckedStatement> statements(JavaRDD<ReadSidecar> sidecars) {
    return sidecars.flatMap(sidecar -> sidecar.statements().iterator());
  }

  /**
   * What was read by the newest run, or after it by one that was interrupted, is not read again.
   */
  private JavaRDD<PlannedFile> plan(
      JavaRDD<HubFile> inventory,
      JavaRDD<CheckedStatement> statements,
      Optional<EarlierRun> earlier,
      DigestJournal journal,
      Scope reading,
      Run run,
      Broadcast<ExecutorPolicy> rules)
      throws IOException {
    describe("plan: compare with " + earlier.map(EarlierRun::id).orElse("no earlier run"));
    Instant since = earlier.map(EarlierRun::startedAt).orElse(Instant.EPOCH);
    return PlanStage.plan(
            inventory,
            StatementStage.series(statements, rules),
            earlier.map(EarlierRun::knownFiles).orElseGet(this::nothingKnown),
            journal.knownFiles(spark, since, earlier.map(EarlierRun::id)),
            reading,
            run.date())
        .persist(StorageLevel.MEMORY_AND_DISK_SER());
  }

  private SharedReads reads(
      JavaRDD<PlannedFile> plan, JavaRDD<HubFile> inventory, DigestProgress counted) {
    SharedReads reads = SharedReads.of(plan, hub);
    JavaRDD<HubFile> toRead =
        reads
            .readers()
            .map(PlannedFile::file)
            .union(inventory.filter(file -> file.kind() == FileKind.SIDECAR));
    counted.expect(toRead.count(), toRead.mapToDouble(HubFile::size).sum().longValue());
    return reads;
  }

  private JavaPairRDD<RepositoryKey, KnownFile> nothingKnown() {
    return JavaPairRDD.fromJavaRDD(spark.emptyRDD());
  }

  private JavaRDD<ScannedFile> digests(
      JavaRDD<PlannedFile> plan,
      SharedReads reads,
      JavaRDD<ReadSidecar> sidecars,
      DigestJournal journal,
      Run run,
      DigestProgress counted) {
    describe("digests: read " + counted.expected());
    JavaRDD<ScannedFile> read =
        new DigestStage(hub, run.id(), journal, counted, spark.defaultParallelism(), clock)
            .digest(reads.readers());
    return plan.flatMap(file -> file.carried().stream().iterator())
        .union(reads.all(read))
        .union(sidecars.map(ReadSidecar::file))
        .persist(StorageLevel.MEMORY_AND_DISK_SER());
  }

  /** Makes the digests happen, and sees to it that no file was lost on the way. */
  private static FileTotals totals(
      JavaRDD<ScannedFile> files, JavaRDD<HubFile> inventory, Run run, DigestProgress counted) {
    String id = run.id();
    counted.digestsBegin();
    FileTotals totals =
        files.mapPartitions(part -> List.of(FileTotals.of(part, id)).iterator()).collect().stream()
            .reduce(FileTotals.NONE, FileTotals::plus);
    counted.digestsEnd();
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

  private JavaRDD<RepositoryEvidence> evidence(
      JavaRDD<ScannedFile> files,
      JavaRDD<CheckedStatement> statements,
      Broadcast<ExecutorPolicy> rules) {
    describe("evidence: bring files and statements together");
    JavaRDD<RepositoryEvidence> evidence =
        EvidenceStage.gather(files, statements, rules).persist(StorageLevel.MEMORY_AND_DISK_SER());
    evidence.count();
    return evidence;
  }

  private JavaRDD<AuditRow> verdicts(
      JavaRDD<RepositoryEvidence> evidence, Run run, Broadcast<ExecutorPolicy> rules) {
    describe("chains: judge every quantization");
    return ChainStage.judge(evidence, run, rules).persist(StorageLevel.MEMORY_AND_DISK_SER());
  }

  private static JavaRDD<AttestationRow> attestations(
      JavaRDD<RepositoryEvidence> evidence,
      Optional<KeptStatements> kept,
      Run run,
      Broadcast<ExecutorPolicy> rules) {
    JavaRDD<AttestationRow> rows =
        evidence.flatMap(repository -> attestationRows(repository, run, rules.value().judge()));
    return kept.map(found -> rows.union(unmatchedRows(found.unmatched(), run, rules)))
        .orElse(rows)
        .persist(StorageLevel.MEMORY_AND_DISK_SER());
  }

  private static JavaRDD<AttestationRow> unmatchedRows(
      JavaRDD<CheckedStatement> statements, Run run, Broadcast<ExecutorPolicy> rules) {
    return statements.map(
        statement ->
            AttestationRow.of(
                run, statement, Optional.of(rules.value().judge().problemOfUnmatched(statement))));
  }

  private static Iterator<AttestationRow> attestationRows(
      RepositoryEvidence repository, Run run, ChainJudge judge) {
    Stream<AttestationRow> signatures =
        repository.signatures().stream().map(signature -> row(signature, run, judge));
    Stream<AttestationRow> others =
        repository.statements().stream()
            .map(held -> AttestationRow.of(run, held.statement(), judge.problemOf(held)));
    return Stream.concat(signatures, others).iterator();
  }

  private static AttestationRow row(ModelSignature signature, Run run, ChainJudge judge) {
    CheckedStatement statement = signature.statement();
    return AttestationRow.of(run, statement, judge.problemOf(signature, statement.repository()));
  }

  private RunRow runRow(
      Run run,
      TrustPolicy trust,
      Scope reading,
      Optional<EarlierRun> earlier,
      FileTotals totals,
      DigestProgress counted,
      Gone gone,
      Strays strays,
      JavaRDD<RepositoryEvidence> evidence,
      JavaRDD<AuditRow> verdicts,
      JavaRDD<AttestationRow> attestations,
      List<RunFile> contents) {
    Map<String, Long> counts = count(verdicts.map(AuditRow::verdict));
    Map<String, Long> signatures =
        count(attestations.filter(AuditJob::isOfAModel).map(AttestationRow::verdict));
    return new RunRow(
        run.id(),
        run.date(),
        hub,
        fileList,
        reading.describe(run.date()),
        earlier.map(EarlierRun::id),
        run.startedAt(),
        clock.instant(),
        version(),
        evidence.count(),
        sum(counts),
        counts.getOrDefault(Verdict.VERIFIED.name(), 0L),
        counts.getOrDefault(Verdict.UNVERIFIED.name(), 0L),
        counts.getOrDefault(Verdict.BROKEN.name(), 0L),
        counts.getOrDefault(Verdict.ERROR.name(), 0L),
        sum(signatures),
        signatures.getOrDefault(Verdict.VERIFIED.name(), 0L),
        totals.files(),
        totals.bytes(),
        totals.read(),
        totals.carriedOver(),
        totals.failed(),
        totals.rotten(),
        totals.bytesRead(),
        totals.weightsBytesRead(),
        counted.digestTime().toMillis(),
        counted.perSecond(totals.digestedBytes()),
        counted.skew(),
        totals.retries() + counted.failedTasks(),
        totals.slowest(),
        gone.repositories(),
        gone.names(),
        Optional.of(strays.count()),
        Optional.of(strays.names()),
        policy.isPresent() ? trust.digest() : "",
        trust.trustRootFiles(),
        contents);
  }

  /** By name: a constant's hash code differs between executors, so it can't be a shuffle's key. */
  private static Map<String, Long> count(JavaRDD<Verdict> verdicts) {
    return verdicts.map(Verdict::name).countByValue();
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  private static List<String> brokenSignatures(JavaRDD<AttestationRow> attestations) {
    return attestations
        .filter(row -> isOfAModel(row) && row.verdict() == Verdict.BROKEN)
        .map(row -> row.repository() + ": " + row.reason() + ", " + row.detail())
        .takeOrdered(BROKEN_SIGNATURES_NAMED);
  }

  /** Whether the row is of a model signature, and the hub has that model. */
  private static boolean isOfAModel(AttestationRow row) {
    return row.rootDigest().isPresent() && !row.repository().isEmpty();
  }

  private Dataset<Row> fileRows(JavaRDD<ScannedFile> files, Run run, long count) {
    return rows(
        files
            .mapToPair(file -> new Tuple2<>(file.file().path(), PackedRecord.pack(file)))
            .sortByKey(true, parquetFiles(count))
            .values()
            .map(packed -> FileRow.of(run, PackedRecord.unpack(packed, ScannedFile.class))),
        FileRow.class);
  }

  private Dataset<Row> auditRows(JavaRDD<AuditRow> verdicts, long count) {
    return rows(
        verdicts
            .mapToPair(
                row ->
                    new Tuple2<>(
                        String.join("\0", row.repository(), row.revision(), row.quantization()),
                        PackedRecord.pack(row)))
            .sortByKey(true, parquetFiles(count))
            .values()
            .map(packed -> PackedRecord.unpack(packed, AuditRow.class)),
        AuditRow.class);
  }

  private Dataset<Row> attestationRows(JavaRDD<AttestationRow> attestations, long count) {
    return rows(
        attestations.sortBy(
            row -> String.join("\0", row.repository(), row.revision(), row.sidecar()),
            true,
            parquetFiles(count)),
        AttestationRow.class);
  }

  private static int parquetFiles(long rows) {
    return (int) (rows / ROWS_OF_A_PARQUET_FILE) + 1;
  }

  private <T extends Record> Dataset<Row> rows(JavaRDD<T> records, Class<T> type) {
    return session.createDataFrame(records.map(RowCodec::row), RowCodec.schema(type));
  }

  private static String version() {
    return Optional.ofNullable(AuditJob.class.getPackage().getImplementationVersion())
        .orElse("unreleased");
  }
}
