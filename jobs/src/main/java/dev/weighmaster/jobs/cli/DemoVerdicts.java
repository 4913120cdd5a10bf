package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.demo.DemoHub;
import dev.weighmaster.jobs.spark.ExactPaths;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.verdict.Verdict;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The verdicts on the demo's hub, each beside what was done to the repository. */
final class DemoVerdicts {
  private static final List<String> READ =
      List.of("repository", "quantization", "method", "verdict", "reason");

  private DemoVerdicts() {}

  /** Prints the one run that is in the demo's table, the best verdicts first. */
  static void print(SparkSession spark, DemoHub demo, PrintWriter out, Screen screen) {
    List<Row> rows =
        ExactPaths.read(spark)
            .option("recursiveFileLookup", true)
            .parquet(demo.table().resolve(AuditTable.AUDIT).toString())
            .selectExpr(READ.toArray(String[]::new))
            .collectAsList();
    TableWriter table =
        new TableWriter(
            Stream.concat(READ.stream(), Stream.of("why"))
                .map(name -> new ResultWriter.Column(name, false))
                .toList(),
            out,
            screen);
    rows.stream()
        .sorted(
            Comparator.comparing((Row row) -> Verdict.valueOf(row.getString(3)))
                .thenComparing(row -> row.getString(0))
                .thenComparing(row -> row.getString(1)))
        .map(row -> cells(row, demo))
        .forEach(table::row);
    table.end();
  }

  private static List<Optional<String>> cells(Row row, DemoHub demo) {
    Stream<Optional<String>> read =
        Stream.iterate(0, i -> i < READ.size(), i -> i + 1)
            .map(i -> Optional.ofNullable(row.getString(i)));
    Optional<String> why = Optional.ofNullable(demo.stories().get(row.getString(0)));
    return Stream.concat(read, Stream.of(why)).toList();
  }
}
