package dev.weighmaster.jobs.table;

import dev.weighmaster.jobs.TestSpark;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;

/** The rows of an audit table, to be compared with those of another. */
public final class TableRows {
  /** What tells one run, or one kind of storage, from another. */
  private static final String[] OF_THE_RUN = {
    "run_id",
    "audited_at",
    "started_at",
    "finished_at",
    "version",
    "hub",
    "etag",
    "mtime",
    "read_method",
    "digested_by",
    "digested_at",
    "read_millis",
    "digest_millis",
    "bytes_per_second",
    "skew",
    "retries",
    "slowest_files",
    "contents"
  };

  private TableRows() {}

  /** Those of each data set, sorted, without what differs from run to run. */
  public static Map<String, List<String>> of(String table) {
    return of(table, AuditTable.DATA_SETS.stream(), List.of());
  }

  /** The same without {@code runs} and what counts bytes, which differ where a run was resumed. */
  public static Map<String, List<String>> ofResumed(String table) {
    return of(
        table,
        AuditTable.DATA_SETS.stream().filter(name -> !name.equals(AuditTable.RUNS)),
        List.of("bytes_read"));
  }

  private static Map<String, List<String>> of(
      String table, Stream<String> dataSets, List<String> without) {
    Map<String, List<String>> rows = new TreeMap<>();
    dataSets.forEach(
        name ->
            rows.put(
                name,
                TestSpark.session()
                    .read()
                    .option("recursiveFileLookup", true)
                    .parquet(table + "/" + name)
                    .drop(OF_THE_RUN)
                    .drop(without.toArray(String[]::new))
                    .collectAsList()
                    .stream()
                    .map(Row::toString)
                    .sorted()
                    .toList()));
    return rows;
  }
}
