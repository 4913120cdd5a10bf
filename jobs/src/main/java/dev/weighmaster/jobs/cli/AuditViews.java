package dev.weighmaster.jobs.cli;

import static org.apache.spark.sql.functions.col;

import dev.weighmaster.audit.RunHistory;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.SparkTable;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The audit table's folders as views of Spark's SQL. */
final class AuditViews {
  private static final List<String> FOLDERS_OF_RUNS =
      List.of(AuditTable.AUDIT, AuditTable.FILES, AuditTable.ATTESTATIONS);

  private AuditViews() {}

  /**
   * Creates the views {@code runs}, {@code audit}, {@code files} and {@code attestations}, and
   * {@code latest}: the rows of {@code audit} of the newest run, see {@link RunHistory}. They show
   * the runs that have a row in {@code runs} at this moment, each whole, and stay as they are when
   * runs are added; a query over a run that is removed meanwhile fails. A folder that is missing
   * has no view.
   *
   * @throws IOException where there is no audit table
   */
  static void create(SparkSession spark, String table) throws IOException {
    AuditTable audits = AuditTable.existing(table, spark.sparkContext().hadoopConfiguration());
    RunHistory history = audits.history();
    Dataset<Row> runs = new SparkTable(audits).read(spark, AuditTable.RUNS).orElseThrow();
    Map<String, Dataset<Row>> found = new HashMap<>();
    for (String folder : FOLDERS_OF_RUNS) {
      Optional<Dataset<Row>> rows = new SparkTable(audits).read(spark, folder);
      rows.ifPresent(present -> found.put(folder, present));
    }
    List<String> newestFirst = audits.stillVisible(history);
    runs.filter(isOf(newestFirst)).createOrReplaceTempView(AuditTable.RUNS);
    found.forEach((name, rows) -> rows.filter(isOf(newestFirst)).createOrReplaceTempView(name));
    if (found.containsKey(AuditTable.AUDIT)) {
      found
          .get(AuditTable.AUDIT)
          .filter(isOf(newestFirst.stream().limit(1).toList()))
          .createOrReplaceTempView("latest");
    }
  }

  private static Column isOf(List<String> runs) {
    return col("run_id").isin(runs.toArray());
  }
}
