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

  private final DemoHub demo;
  private final List<Row> rows;

  private DemoVerdicts(DemoHub demo, List<Row> rows) {
    this.demo = demo;
    this.rows = rows;
  }

  /** Reads the one run that is in the demo's table. */
  static DemoVerdicts read(SparkSession spark, DemoHub demo) {
    return new DemoVerdicts(
        demo,
        ExactPaths.read(spark)
            .option("recursiveFileLookup", true)
            .parquet(demo.table().resolve(AuditTable.AUDIT).toString())
            .selectExpr(READ.toArray(String[]::new))
            .collectAsList());
  }

  /** The verdict on the only quantization of a repository. */
  Verdict of(String repository) {
    return rows.stream()
        .filter(row -> row.getString(0).equals(repository))
        .map(DemoVerdicts::verdict)
        .findFirst()
        .orElseThrow();
  }

  private static Verdict verdict(Row row) {
    return Verdict.valueOf(row.getString(3));
  }

  /** Prints them, the best first. */
  void print(PrintWriter out, Screen screen) {
    TableWriter table =
        new TableWriter(
            Stream.concat(READ.stream(), Stream.of("why"))
                .map(name -> new ResultWriter.Column(name, false))
                .toList(),
            out,
            screen);
    rows.stream()
        .sorted(
            Comparator.comparing(DemoVerdicts::verdict)
                .thenComparing(row -> row.getString(0))
                .thenComparing(row -> row.getString(1)))
        .map(this::cells)
        .forEach(table::row);
    table.end();
  }

  private List<Optional<String>> cells(Row row) {
    Stream<Optional<String>> read =
        Stream.iterate(0, i -> i < READ.size(), i -> i + 1)
            .map(i -> Optional.ofNullable(row.getString(i)));
    Optional<String> why = Optional.ofNullable(demo.stories().get(row.getString(0)));
    return Stream.concat(read, Stream.of(why)).toList();
  }
}
