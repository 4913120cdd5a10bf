package dev.weighmaster.jobs.table;

import dev.weighmaster.audit.AttestationRow;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.audit.Run;
import dev.weighmaster.audit.RunFile;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.chain.JudgedCase;
import dev.weighmaster.chain.ModelSignature;
import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.jobs.spark.ExecutorPolicy;
import dev.weighmaster.jobs.spark.Kept;
import dev.weighmaster.jobs.spark.PackedRecord;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/**
 * The rows of one run: made of what the stages have found, and written in the table's order to
 * where no reader sees them before the run is published.
 */
public final class RunRows {
  private static final int BROKEN_SIGNATURES_NAMED = 10;

  /** A Parquet file of fewer rows than this is not worth its own footer. */
  private static final long ROWS_OF_A_PARQUET_FILE = 200_000;

  private final SparkSession session;
  private final SparkTable staging;
  private final Run run;
  private final JavaRDD<ScannedFile> files;
  private final JavaRDD<AttestationRow> attestations;
  private final JavaRDD<AuditRow> verdicts;

  private RunRows(
      SparkSession session,
      AuditTable table,
      Run run,
      JavaRDD<ScannedFile> files,
      JavaRDD<AttestationRow> attestations,
      JavaRDD<AuditRow> verdicts) {
    this.session = session;
    this.staging = new SparkTable(table);
    this.run = run;
    this.files = files;
    this.attestations = attestations;
    this.verdicts = verdicts;
  }

  /**
   * What the stages have found.
   *
   * @param unmatched statements that are stored away from the weights and cover none of them
   */
  public record Found(
      JavaRDD<ScannedFile> files,
      JavaRDD<RepositoryEvidence> evidence,
      Optional<JavaRDD<CheckedStatement>> unmatched,
      JavaRDD<JudgedCase> verdicts) {}

  /** The rows of what was found; nothing is computed yet. */
  public static RunRows of(
      SparkSession session,
      AuditTable table,
      Run run,
      Found found,
      Broadcast<ExecutorPolicy> policy,
      Kept kept) {
    return new RunRows(
        session,
        table,
        run,
        found.files(),
        kept.keep(attestations(found, run, policy)),
        kept.keep(found.verdicts().map(run::row)));
  }

  private static JavaRDD<AttestationRow> attestations(
      Found found, Run run, Broadcast<ExecutorPolicy> policy) {
    JavaRDD<AttestationRow> rows =
        found
            .evidence()
            .flatMap(repository -> attestations(repository, run, policy.value().judge()));
    return found
        .unmatched()
        .map(statements -> rows.union(unmatched(statements, run, policy)))
        .orElse(rows);
  }

  private static JavaRDD<AttestationRow> unmatched(
      JavaRDD<CheckedStatement> statements, Run run, Broadcast<ExecutorPolicy> policy) {
    return statements.map(
        statement ->
            AttestationRow.of(
                run, statement, Optional.of(policy.value().judge().problemOfUnmatched(statement))));
  }

  private static Iterator<AttestationRow> attestations(
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

  /**
   * Writes all of them but the run's own, and reads them back.
   *
   * @param fileCount how many files there are
   * @return the Parquet files, as they will lie in the table
   * @throws IOException if they can't be written, or do not arrive whole
   */
  public List<RunFile> write(long fileCount) throws IOException {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    spark.sc().setJobDescription("table: write " + staging.table());
    Map<String, Long> counts =
        Map.of(
            AuditTable.FILES, fileCount,
            AuditTable.ATTESTATIONS, attestations.count(),
            AuditTable.AUDIT, verdicts.count());
    staging.stage(run, AuditTable.FILES, fileRows(counts.get(AuditTable.FILES)));
    staging.stage(
        run, AuditTable.ATTESTATIONS, attestationRows(counts.get(AuditTable.ATTESTATIONS)));
    staging.stage(run, AuditTable.AUDIT, auditRows(counts.get(AuditTable.AUDIT)));
    spark.sc().setJobDescription("table: read back");
    return staging.inspect(spark, run, counts);
  }

  /** Writes the run's own row. */
  public void write(RunRow row) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    staging.stage(run, AuditTable.RUNS, rows(spark.parallelize(List.of(row), 1), RunRow.class));
  }

  /** How many quantizations have which verdict, by its name. */
  public Map<String, Long> verdicts() {
    return count(verdicts.map(AuditRow::verdict));
  }

  /** How many model signatures have which verdict, by its name. */
  public Map<String, Long> signatures() {
    return count(attestations.filter(RunRows::isOfAModel).map(AttestationRow::verdict));
  }

  /** Model signatures that do not hold, the first few, a sentence each. */
  public List<String> brokenSignatures() {
    return attestations
        .filter(row -> isOfAModel(row) && row.verdict() == Verdict.BROKEN)
        .map(row -> row.repository() + ": " + row.reason() + ", " + row.detail())
        .takeOrdered(BROKEN_SIGNATURES_NAMED);
  }

  /** By name: a constant's hash code differs between executors, so it can't be a shuffle's key. */
  private static Map<String, Long> count(JavaRDD<Verdict> verdicts) {
    return verdicts.map(Verdict::name).countByValue();
  }

  /** Whether the row is of a model signature, and the hub has that model. */
  private static boolean isOfAModel(AttestationRow row) {
    return row.rootDigest().isPresent() && !row.repository().isEmpty();
  }

  private Dataset<Row> fileRows(long count) {
    Run of = run;
    return rows(
        files
            .mapToPair(file -> new Tuple2<>(file.file().path(), PackedRecord.pack(file)))
            .sortByKey(true, parquetFiles(count))
            .values()
            .map(packed -> FileRow.of(of, PackedRecord.unpack(packed, ScannedFile.class))),
        FileRow.class);
  }

  private Dataset<Row> auditRows(long count) {
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

  private Dataset<Row> attestationRows(long count) {
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
}
