package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.SparkSessions;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weighmaster sql}: a query over the audit table. */
@Command(
    name = "sql",
    description = {
      "Runs a query over the audit table.",
      "Views: audit, files, attestations and runs, with every run that has finished;"
          + " latest, the rows of audit of the newest run."
    })
final class SqlCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private TableOption table;
  @Mixin private MasterOption master;

  @Option(
      names = "--format",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private ResultFormat format;

  @Parameters(paramLabel = "QUERY", description = "A statement in Spark's SQL.")
  private String query;

  @Override
  public Integer call() throws IOException {
    try (SparkSession spark = SparkSessions.open("weighmaster sql", master.url())) {
      AuditViews.create(spark, table.uri());
      new SqlQuery(spark, query).print(format, spec.commandLine().getOut());
    }
    return 0;
  }
}
