package dev.weighmaster.jobs.cli;

import java.time.LocalDate;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The run of an audit table that a command tells others of. */
final class RunDateOption {
  @Option(
      names = "--date",
      paramLabel = "DATE",
      description = "Take the last run of this audit date (default: the newest run).")
  private Optional<LocalDate> date;

  Optional<LocalDate> date() {
    return date;
  }
}
