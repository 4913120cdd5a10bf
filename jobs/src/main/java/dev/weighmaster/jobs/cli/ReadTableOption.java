package dev.weighmaster.jobs.cli;

import dev.weighmaster.io.HadoopSettings;
import dev.weighmaster.jobs.table.AuditTable;
import java.io.IOException;
import picocli.CommandLine.Option;

/** The audit table that a command reads without Spark. */
final class ReadTableOption {
  @Option(
      names = "--table",
      required = true,
      paramLabel = "URI",
      description = "The folder that audit writes to.")
  private String uri;

  /** These commands took it while they needed Spark: who still gives it gets the same result. */
  @Option(
      names = "--master",
      hidden = true,
      paramLabel = "URL",
      description = "Has no effect: this command runs without Spark.")
  void master(String url) {}

  /**
   * Opens the table.
   *
   * @throws IOException if there is none, with a message for the person who named it
   */
  AuditTable existing() throws IOException {
    return AuditTable.existing(uri, new HadoopSettings().configuration());
  }
}
