package dev.weighmaster.jobs.cli;

import picocli.CommandLine.Option;

/** The audit table that a command reads by Spark. */
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
}
