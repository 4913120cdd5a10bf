package dev.weighmaster.jobs.cli;

/** What stands above the parts of a command's help that picocli has no heading for. */
final class HelpHeading {
  static final String EXIT_CODES = "%nExit codes:%n";

  static final String EXAMPLES = "%nExamples:%n";

  private HelpHeading() {}
}
