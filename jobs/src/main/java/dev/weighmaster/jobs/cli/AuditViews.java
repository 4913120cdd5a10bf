package dev.weighmaster.jobs.cli;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/** The audit table's folders as views of Spark's SQL. */
final class AuditViews {
  private static final List<String> FOLDERS_OF_RUNS = List.of("audit", "files", "attestations");

  private AuditViews() {}

  /**
   * Creates the views {@code runs}, {@code audit}, {@code files} and {@code attestations}, and
   * {@code latest}: the rows of {@code audit} of the run with the newest audit date, of several on
   * one date the last to finish. A run that has no row in {@code runs} has not finished and is not
   * seen. A folder that is missing has no view.
   *
   * @throws CommandFailure where there is no audit table
   */
  static void create(SparkSession spark, String table) throws IOException {
    Path root = new Path(table);
    FileSystem storage = root.getFileSystem(spark.sparkContext().hadoopConfiguration());
    Path runsFolder = new Path(root, "runs");
    if (!storage.exists(runsFolder)) {
      throw CommandFailure.error(
          "no audit table at %s: it has no folder 'runs'; 'weighmaster audit --table %s' makes one"
              .formatted(table, table));
    }
    Dataset<Row> runs = read(spark, runsFolder);
    runs.createOrReplaceTempView("runs");
    List<String> newestFirst =
        runs.orderBy(col("audit_date").desc(), col("finished_at").desc())
            .select(col("run_id").cast("string"))
            .as(Encoders.STRING())
            .collectAsList();
    for (String folder : FOLDERS_OF_RUNS) {
      if (storage.exists(new Path(root, folder))) {
        Dataset<Row> rows = read(spark, new Path(root, folder));
        rows.filter(col("run_id").isin(newestFirst.toArray())).createOrReplaceTempView(folder);
        if (folder.equals("audit")) {
          Object[] newest = newestFirst.stream().limit(1).toArray();
          rows.filter(col("run_id").isin(newest)).createOrReplaceTempView("latest");
        }
      }
    }
  }

  /**
   * Reads a folder with the columns that its files hold. Left to itself, Spark would take the types
   * of those that name partitions from the folders' names, and read a run called {@code 7} as a
   * number; and it would put them last.
   */
  private static Dataset<Row> read(SparkSession spark, Path folder) {
    StructType inFiles =
        spark.read().option("recursiveFileLookup", true).parquet(folder.toString()).schema();
    Column[] columns = Stream.of(inFiles.fieldNames()).map(functions::col).toArray(Column[]::new);
    return spark.read().schema(inFiles).parquet(folder.toString()).select(columns);
  }
}
