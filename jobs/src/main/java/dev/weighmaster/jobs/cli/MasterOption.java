package dev.weighmaster.jobs.cli;

import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a command's Spark runs. */
final class MasterOption {
  @Option(
      names = "--master",
      paramLabel = "URL",
      description = "Spark's master (default: what spark-submit says, else this machine).")
  private Optional<String> url;

  Optional<String> url() {
    return url;
  }
}
