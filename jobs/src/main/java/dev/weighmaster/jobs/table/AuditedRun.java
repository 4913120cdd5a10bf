package dev.weighmaster.jobs.table;

import static org.apache.spark.sql.functions.col;

import dev.weighmaster.audit.AttestationRow;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.audit.PublishedRun;
import dev.weighmaster.audit.RunHistory;
import dev.weighmaster.audit.RunRow;
import java.io.IOException;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** One whole run of an audit table, for those who tell others what it has found. */
public final class AuditedRun {
  private final SparkSession session;
  private final AuditTable table;
  private final RunRow row;

  private AuditedRun(SparkSession session, AuditTable table, RunRow row) {
    this.session = session;
    this.table = table;
    this.row = row;
  }

  /**
   * The newest run, see {@link RunHistory}.
   *
   * @param uri URI or path of the table
   * @param date only runs of this date
   * @throws IOException if there is none, with a message for the person who asked
   */
  public static AuditedRun newest(SparkSession session, String uri, Optional<LocalDate> date)
      throws IOException {
    AuditTable table = AuditTable.existing(uri, session);
    Dataset<Row> runs = table.runs(session, table.list());
    RunHistory history = AuditTable.history(runs);
    List<PublishedRun> newest =
        date.map(history::on).orElse(history).newest().map(List::of).orElse(List.of());
    if (newest.isEmpty()) {
      throw new IOException(
          "the audit table %s has no run%s; 'weighmaster sql --table %s \"SELECT audit_date, run_id FROM runs\"' lists them"
              .formatted(uri, date.map(day -> " of " + day).orElse(""), uri));
    }
    return of(session, table, runs, newest).get(0);
  }

  /** These runs, with their rows, in this order. */
  private static List<AuditedRun> of(
      SparkSession session, AuditTable table, Dataset<Row> runs, List<PublishedRun> chosen) {
    if (chosen.isEmpty()) {
      return List.of();
    }
    List<String> ids = chosen.stream().map(PublishedRun::id).toList();
    return runs.filter(col("run_id").isin(ids.toArray())).collectAsList().stream()
        .map(row -> new AuditedRun(session, table, RowCodec.record(row, RunRow.class)))
        .sorted(Comparator.comparingInt(run -> ids.indexOf(run.row().runId())))
        .toList();
  }

  /** The run's own row. */
  public RunRow row() {
    return row;
  }

  /**
   * The runs over the same hub before this one.
   *
   * @param limit how many at most
   * @return the newest first
   */
  public List<AuditedRun> before(int limit) throws IOException {
    return earlier(history -> history.newestFirst().stream().limit(limit).toList());
  }

  /**
   * The newest run over the same hub of a date, or of the last date before that has one.
   *
   * @return empty where there is none, or none before this one
   */
  public Optional<AuditedRun> lastUntil(LocalDate date) throws IOException {
    return earlier(history -> history.until(date).newest().map(List::of).orElse(List.of())).stream()
        .findFirst();
  }

  private List<AuditedRun> earlier(Function<RunHistory, List<PublishedRun>> chosen)
      throws IOException {
    Dataset<Row> runs = table.runs(session, table.list());
    RunHistory before = AuditTable.history(runs).before(PublishedRun.of(row));
    return of(session, table, runs, chosen.apply(before));
  }

  /** A row of {@code audit} in the columns of this version. */
  public static AuditRow quantization(Row row) {
    return RowCodec.record(row, AuditRow.class);
  }

  /** The run's rows in {@code audit}, sorted by repository, revision and quantization. */
  public JavaRDD<AuditRow> quantizations() {
    return records(AuditTable.AUDIT, AuditRow.class);
  }

  /** The run's rows in {@code files}, sorted by path. */
  public JavaRDD<FileRow> files() {
    return records(AuditTable.FILES, FileRow.class);
  }

  /** The run's rows in {@code attestations}. */
  public JavaRDD<AttestationRow> attestations() {
    return records(AuditTable.ATTESTATIONS, AttestationRow.class);
  }

  private <T extends Record> JavaRDD<T> records(String dataSet, Class<T> type) {
    return rows(dataSet).toJavaRDD().map(found -> RowCodec.record(found, type));
  }

  /**
   * The run's rows of a data set of {@link AuditTable}, for Spark's SQL.
   *
   * @return in the columns of this version: those that an older one did not write are null
   */
  public Dataset<Row> rows(String dataSet) {
    return session
        .read()
        .schema(AuditTable.schema(dataSet))
        .option("recursiveFileLookup", true)
        .parquet(table.folder(dataSet, row.auditDate(), row.runId()));
  }
}
