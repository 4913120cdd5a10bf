package dev.weighmaster.jobs.table;

import dev.weighmaster.audit.FileRow;
import dev.weighmaster.audit.KnownFile;
import dev.weighmaster.audit.PublishedRun;
import dev.weighmaster.audit.RunHistory;
import dev.weighmaster.hub.HubIdentity;
import dev.weighmaster.jobs.spark.ExactPaths;
import dev.weighmaster.jobs.spark.RepositoryKey;
import java.io.IOException;
import java.time.Instant;
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
   * The last run over a hub to finish, see {@link RunHistory}.
   *
   * @return empty where there is none, or none that a run of this version can build on
   */
  public static Optional<EarlierRun> last(SparkSession session, AuditTable table, HubIdentity hub)
      throws IOException {
    return table.history().over(hub).lastToFinish().flatMap(run -> of(session, table, run));
  }

  /** A run of an older form has no findings, and one that lost its files nothing: no use. */
  private static Optional<EarlierRun> of(SparkSession session, AuditTable table, PublishedRun run) {
    String id = run.id();
    String folder = table.folder(AuditTable.FILES, run.date(), id);
    StructType columns = RowCodec.schema(FileRow.class);
    Dataset<Row> files;
    try {
      files = ExactPaths.read(session).option("recursiveFileLookup", true).parquet(folder);
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
        ExactPaths.read(session)
            .schema(columns)
            .option("recursiveFileLookup", true)
            .parquet(folder);
    return Optional.of(new EarlierRun(id, run.startedAt(), typed));
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
