package dev.weighmaster.jobs.cli;

import picocli.CommandLine.Option;

/** What commands took while they needed Spark: who still gives it gets the same result. */
final class NoMasterOption {
  @Option(
      names = "--master",
      hidden = true,
      paramLabel = "URL",
      description = "Has no effect: this command runs without Spark.")
  private String url;
}
