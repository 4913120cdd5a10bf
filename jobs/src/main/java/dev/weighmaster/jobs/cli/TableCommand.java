package dev.weighmaster.jobs.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weighmaster table}: what an audit table needs over time. */
@Command(
    name = "table",
    description = "Removes old runs from an audit table, signs runs, and checks them.",
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {"0:see the command", "64:no command, or an unknown one"},
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster table verify --table /srv/audit",
      "  weighmaster table prune --table /srv/audit --keep 30d"
    },
    subcommands = {TablePruneCommand.class, TableSignCommand.class, TableVerifyCommand.class})
final class TableCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }
}
