package dev.weighmaster.jobs.evidence;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.jobs.spark.RepositoryKey;
import dev.weighmaster.jobs.spark.SparkSessions;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.table.RowCodec;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The quantizations of one run with their files, of a run that is as it was written. */
public final class AuditedQuantizations {
  private final SparkSession session;
  private final String table;
  private final AuditedRun run;
  private Optional<String> repository = Optional.empty();
  private Optional<Verdict> verdict = Optional.empty();

  /**
   * @param session one of {@link SparkSessions}
   */
  public AuditedQuantizations(SparkSession session, String table, AuditedRun run) {
    this.session = session;
    this.table = table;
    this.run = run;
  }

  /** Only those of one repository, {@code org/name}. */
  public AuditedQuantizations of(Optional<String> name) {
    repository = name;
    return this;
  }

  /** Only those of one verdict. */
  public AuditedQuantizations that(Verdict is) {
    verdict = Optional.of(is);
    return this;
  }

  /**
   * Checks the run as {@code table verify} does, and brings its rows together on the executors, a
   * repository at a time.
   *
   * @throws IOException if the run is not as it was written
   */
  public JavaRDD<AuditedQuantization> execute() throws IOException {
    RunSigning.whole(session, table, run.row().runId());
    Dataset<Row> audit = rows(AuditTable.AUDIT);
    if (verdict.isPresent()) {
      audit = audit.filter(col("verdict").equalTo(lit(verdict.get().name())));
    }
    JavaPairRDD<RepositoryKey, AuditRow> rows =
        audit
            .toJavaRDD()
            .map(row -> RowCodec.record(row, AuditRow.class))
            .keyBy(row -> new RepositoryKey(row.repository(), row.revision()));
    JavaPairRDD<RepositoryKey, FileRow> files =
        rows(AuditTable.FILES)
            .toJavaRDD()
            .map(row -> RowCodec.record(row, FileRow.class))
            .keyBy(row -> new RepositoryKey(row.repository(), row.revision()));
    return rows.cogroup(files)
        .values()
        .flatMap(
            each -> {
              List<AuditRow> audited = new ArrayList<>();
              each._1().forEach(audited::add);
              List<FileRow> own = new ArrayList<>();
              if (!audited.isEmpty()) {
                each._2().forEach(own::add);
              }
              return AuditedQuantization.of(audited, own).iterator();
            });
  }

  private Dataset<Row> rows(String dataSet) {
    Dataset<Row> rows = run.rows(dataSet);
    return repository.map(name -> rows.filter(col("repository").equalTo(lit(name)))).orElse(rows);
  }
}
