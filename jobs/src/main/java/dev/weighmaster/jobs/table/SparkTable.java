package dev.weighmaster.jobs.table;

import dev.weighmaster.audit.Run;
import dev.weighmaster.audit.RunFile;
import dev.weighmaster.jobs.spark.ExactPaths;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/** The audit table as Spark's data sets: how an audit writes them, and Spark SQL reads them. */
public record SparkTable(AuditTable table) {
  private static final int TASKS_OF_A_CORE = 16;

  /** The columns of a data set, as this version writes them. */
  public static StructType schema(String dataSet) {
    return RowCodec.schema(AuditTable.rowType(dataSet));
  }

  /**
   * A data set with all of its runs, visible or not, in the columns of this version: those that an
   * older one did not write are null. Its files are those that are there now.
   *
   * @return empty where there is no such folder
   */
  public Optional<Dataset<Row>> read(SparkSession session, String dataSet) throws IOException {
    Path folder = new Path(table.root(), dataSet);
    if (!folder.getFileSystem(table.configuration()).exists(folder)) {
      return Optional.empty();
    }
    // Left to itself, Spark would take the types of run_id and audit_date from the folders' names,
    // read a run called 7 as a number, and put both last.
    StructType schema = schema(dataSet);
    Column[] columns = Stream.of(schema.fieldNames()).map(functions::col).toArray(Column[]::new);
    return Optional.of(
        ExactPaths.read(session).schema(schema).parquet(folder.toString()).select(columns));
  }

  /** Writes one data set of a run where no reader sees it yet. */
  void stage(Run run, String dataSet, Dataset<Row> rows) {
    rows.write().parquet(table.staged(run).folder(dataSet).toString());
  }

  /**
   * Reads back on the executors what was staged, see {@link StagedRun#inspect}.
   *
   * @param rows how many each data set must have
   */
  List<RunFile> inspect(JavaSparkContext spark, Run run, Map<String, Long> rows)
      throws IOException {
    return table.staged(run).inspect(rows, paths -> parts(spark, paths));
  }

  private List<PartFile> parts(JavaSparkContext spark, List<String> paths) {
    if (paths.isEmpty()) {
      return List.of();
    }
    Broadcast<SerializableConfiguration> configuration =
        SerializableConfiguration.broadcast(spark.sc(), spark.hadoopConfiguration());
    String root = table.root().toString();
    return spark
        .parallelize(paths, Math.min(paths.size(), spark.defaultParallelism() * TASKS_OF_A_CORE))
        .map(path -> PartFile.inspect(new Path(root), path, configuration.value().value()))
        .collect();
  }
}
