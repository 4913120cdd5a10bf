package dev.weighmaster.jobs.table;

import static org.apache.spark.sql.functions.col;

import dev.weighmaster.audit.FileRow;
import dev.weighmaster.audit.KnownFile;
import dev.weighmaster.jobs.spark.RepositoryKey;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * A run of the table that a new one can build on.
 *
 * @param files the run's rows in {@code files}
 */
public record EarlierRun(String id, Instant startedAt, Dataset<Row> files) {
  private static final Logger LOG = LoggerFactory.getLogger(EarlierRun.class);

  /**
   * The newest complete run over a hub.
   *
   * @param hub as that run was given it, but for a slash at the end
   */
  public static Optional<EarlierRun> newest(SparkSession session, AuditTable table, String hub)
      throws IOException {
    Optional<Dataset<Row>> runs = table.read(session, AuditTable.RUNS);
    if (runs.isEmpty()) {
      return Optional.empty();
    }
    List<Row> newest =
        runs.get()
            .filter(col("hub").isin(withoutSlash(hub), withoutSlash(hub) + "/"))
            .orderBy(col("finished_at").desc())
            .select("run_id", "audit_date", "started_at")
            .limit(1)
            .collectAsList();
    return newest.isEmpty()
        ? Optional.empty()
        : of(
            session,
            table,
            newest.get(0).getString(0),
            newest.get(0).getAs(1),
            newest.get(0).getAs(2));
  }

  private static String withoutSlash(String hub) {
    return hub.endsWith("/") && hub.length() > 1 ? hub.substring(0, hub.length() - 1) : hub;
  }

  /** A run of an older form has no findings, and one that lost its files nothing: no use. */
  private static Optional<EarlierRun> of(
      SparkSession session, AuditTable table, String id, LocalDate date, Instant startedAt) {
    StructType columns = RowCodec.schema(FileRow.class);
    Dataset<Row> files;
    try {
      files =
          session
              .read()
              .option("recursiveFileLookup", true)
              .parquet(table.folder(AuditTable.FILES, date, id));
    } catch (Exception e) {
      // Spark's own is checked, and declared nowhere.
      if (e instanceof AnalysisException) {
        LOG.warn(
            "the run {} has lost its files in the table, see 'table verify': every file is read"
                + " again",
            id);
        return Optional.empty();
      }
      throw e;
    }
    if (!named(files.schema(), columns).catalogString().equals(columns.catalogString())) {
      LOG.warn("the run {} is of an older version: every file is read again", id);
      return Optional.empty();
    }
    Dataset<Row> typed =
        session
            .read()
            .schema(columns)
            .option("recursiveFileLookup", true)
            .parquet(table.folder(AuditTable.FILES, date, id));
    return Optional.of(new EarlierRun(id, startedAt, typed));
  }

  /** Those columns of a run that this version knows; nested ones have changed too. */
  private static StructType named(StructType found, StructType columns) {
    List<String> known = List.of(columns.fieldNames());
    return new StructType(
        Stream.of(found.fields())
            .filter(field -> known.contains(field.name()))
            .sorted(Comparator.comparingInt(field -> known.indexOf(field.name())))
            .toArray(StructField[]::new));
  }

  /** What the run knows of each repository's files. */
  public JavaPairRDD<RepositoryKey, KnownFile> knownFiles() {
    return files
        .toJavaRDD()
        .map(row -> RowCodec.record(row, FileRow.class))
        .flatMapToPair(
            row ->
                KnownFile.of(row).stream()
                    .map(
                        known ->
                            new Tuple2<>(
                                new RepositoryKey(row.repository(), row.revision()), known))
                    .iterator());
  }

  /** The names of the repositories that it has found. */
  public JavaRDD<String> repositories() {
    return files.select("repository").distinct().toJavaRDD().map(row -> row.getString(0));
  }
}
