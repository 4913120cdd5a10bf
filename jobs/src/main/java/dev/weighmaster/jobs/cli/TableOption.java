package dev.weighmaster.jobs.cli;

import dev.weighmaster.io.HadoopSettings;
import dev.weighmaster.jobs.table.AuditTable;
import java.io.IOException;
import picocli.CommandLine.Option;

/** The audit table that a command reads. */
final class TableOption {
  @Option(
      names = "--table",
      required = true,
      paramLabel = "URI",
      description = "The folder that audit writes to.")
  private String uri;

  String uri() {
    return uri;
  }

  /**
   * Opens the table, without Spark.
   *
   * @throws IOException if there is none, with a message for the person who named it
   */
  AuditTable existing() throws IOException {
    return AuditTable.existing(uri, new HadoopSettings().configuration());
  }
}
